import { type PartProcess, startPart } from './part-process.ts';
import type { Part } from './sample.ts';
import type { ProgramOptions } from './supervisor/program.ts';

/** Longer than a supervisor gives its program. */
const STOP_TIMEOUT_MS = 4_000;

/** Starts a program that is not ours, with a supervisor that lives as long as the channel to this process. */
export function startSupervised(part: Part, program: ProgramOptions): PartProcess {
  return startPart({
    part,
    role: program.role,
    title: program.name,
    entry: 'topology/supervisor/process',
    argument: program,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    orderly: true,
  });
}
