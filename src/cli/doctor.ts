/** `wsscale doctor`: what this machine can hold, and what its generator can do. */

import type { Command } from 'commander';
import {
  type Calibrated,
  calibrateHere,
  calibrationLines,
  type Diagnosis,
  diagnosisLines,
  examine,
  lastCalibration,
} from '../index.ts';
import { EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';

interface DoctorFlags {
  calibrate?: true;
  json?: true;
}

export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .summary('tell what this machine can hold, and which limit binds first')
    .description(
      'Reads the limits of this machine and tells how many connections each allows, and the command that lifts it.\n' +
        'With --calibrate it measures what the load generator can do without any server work, for less than half a\n' +
        'minute, and keeps the result for this user: later runs say how much of it they used.',
    )
    .option('--calibrate', 'measure what the generator can do (less than 30 s)')
    .option('--json', 'one JSON document on stdout, all else on stderr')
    .action((flags: DoctorFlags) => run(flags, terminal));
}

async function run({ calibrate, json }: DoctorFlags, terminal: Terminal): Promise<void> {
  const diagnosis = examine();
  if (!json) for (const line of diagnosisLines(diagnosis, terminal.columns)) terminal.out(line);
  const calibrated = calibrate ? await measure(terminal) : kept();
  if (calibrated === null) return;
  if (json) await terminal.raw(`${JSON.stringify(toDocument(diagnosis, calibrated), null, 2)}\n`);
  else tell(calibrated, terminal);
  if (calibrate && calibrated.calibration === null) {
    terminal.err('The machine is too busy to be calibrated: not even a light load was sent on time.');
    terminal.exit(EXIT.inconclusive);
  }
}

/** Null if it was interrupted. */
async function measure(terminal: Terminal): Promise<Calibrated | null> {
  const stop = new AbortController();
  void terminal.interrupted.then((signal) => stop.abort(signal));
  try {
    const onStep = (step: string) => terminal.err(`calibrating: ${step}`);
    return await calibrateHere({ onStep, signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    terminal.exit(stop.signal.reason === 'SIGTERM' ? EXIT.sigterm : EXIT.sigint);
    return null;
  }
}

function kept(): Calibrated {
  return { calibration: lastCalibration(), file: null, problem: null };
}

function tell({ calibration, file, problem }: Calibrated, { out, err }: Terminal): void {
  out('');
  if (calibration !== null) for (const line of calibrationLines(calibration)) out(line);
  else out('The generator is not calibrated: wsscale doctor --calibrate');
  if (file !== null) out(`  kept in ${file}`);
  if (problem !== null) err(`warning: ${problem}; later runs cannot compare with it`);
}

function toDocument(diagnosis: Diagnosis, { calibration }: Calibrated) {
  return { ...diagnosis, calibration };
}
