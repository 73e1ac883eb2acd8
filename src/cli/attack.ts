/** `wsscale attack`: the main job. */

import { type Command, InvalidArgumentError } from 'commander';
import {
  announceRun,
  answersInWords,
  answersOf,
  attack,
  checkParts,
  describePlan,
  descriptorsLeft,
  freeBytes,
  freshSeed,
  lastCalibration,
  type Notice,
  type Plan,
  preflight,
  prepareFolder,
  resolvePlan,
  runId,
  takeReadings,
  toFullScale,
  toJson,
  toTerminal,
  usageError,
  wholeCores,
  withoutSecrets,
  writeReports,
} from '../index.ts';
import { announce } from './announce.ts';
import { commandLine } from './command-line.ts';
import { confirmTargets } from './consent.ts';
import { exitStatusOf } from './exit.ts';
import { addLoadFlags, collect, readLoadFlags } from './load-flags.ts';
import { createProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';

interface RunFlags {
  phases?: string[];
  workers?: number;
  seed?: number;
  gate?: string[];
  out?: string;
  json?: true;
  quiet?: true;
  quick?: true;
  fullScale?: true;
  redis?: string;
  dryRun?: true;
  yes?: true;
}

export function addAttack(program: Command, terminal: Terminal): void {
  const command = program
    .command('attack')
    .summary('attack a server and measure it: the main job')
    .description(
      'Runs a scenario, or the bundled ladder against the bundled reference server.\n\n' +
        'Examples:\n' +
        '  wsscale attack\n' +
        '  wsscale attack --target ws://127.0.0.1:8080 --clients 2000 --rate 1 --duration 15s\n' +
        '  wsscale attack --target ws://127.0.0.1:8080 --clients 10000 --ceiling --herd drop\n' +
        "  wsscale attack my.yaml --gate '*.latency.responseMs.p99 < 50ms' --json > record.json",
    )
    .argument('[scenario]', 'a scenario file, or a record.json to repeat its run');
  addLoadFlags(command);
  command
    .optionsGroup('Run:')
    .option('--phases <a,b>', 'run only these phases', (text) => text.split(',').map((name) => name.trim()))
    .option('--workers <n>', 'worker threads that hold the clients (default: cores - 1)', parseWhole)
    .option('--seed <n>', 'repeat the random draws of another run', parseWhole)
    .option('--gate <rule>', 'a rule that must hold, e.g. "*.ordering.missing == 0" (repeatable)', collect)
    .option('--redis <url>', 'use this Redis wherever there is a choice: the same as --broker <url>')
    .option('--quick', 'a short run, to see that everything works')
    .option(
      '--full-scale',
      'as many clients as each rung is there for (10,000, 100,000, 1,000,000), as far as this machine allows',
    )
    .option('--dry-run', 'print the resolved plan, its cost and its preflight, and do nothing')
    .option('--yes', 'attack a public address without asking')
    .optionsGroup('Output:')
    .option('--out <dir>', "the run's own folder (default: reports/<UTC time>-<name>)")
    .option('--json', 'the record alone on stdout, all else on stderr')
    .option('--quiet', 'no progress')
    .action((scenario: string | undefined, flags: RunFlags & Record<string, unknown>) =>
      run(scenario, flags, command.parent?.args ?? [], terminal),
    );
}

async function run(
  scenario: string | undefined,
  flags: RunFlags & Record<string, unknown>,
  args: readonly string[],
  terminal: Terminal,
): Promise<void> {
  checkFullScale(flags);
  const machine = takeReadings();
  const { limits } = machine;
  const { phases, workers, seed, gate, quick, redis } = flags;
  const overrides = { ...readLoadFlags(flags), phases, workers, seed, gate, quick, redis };
  const planned = resolvePlan(scenario, overrides, { cores: wholeCores(machine.cpu), limits }, freshSeed);
  const room = {
    // What others have open is not to be had.
    limits: { ...limits, fileMax: descriptorsLeft(machine) },
    freeMemoryBytes: freeBytes(machine.memory),
    mayDropBalancer: flags.balancer === undefined,
  };
  const { plan, notices } = flags.fullScale ? toFullScale(planned, room) : { plan: planned, notices: [] };
  const checks = [
    ...notices,
    ...preflight(
      plan,
      machine,
      plan.phases.flatMap((phase) => checkParts(phase.topology)),
    ),
  ];
  if (flags.dryRun) {
    const description = [...describePlan(plan, limits), ...answersInWords(answersOf(machine), machine)];
    return explainPlan(plan, description, checks, terminal);
  }
  const obstacles = checks.filter(({ level }) => level === 'error').map(({ message }) => message);
  if (obstacles.length > 0) throw usageError('This machine cannot run that plan:', obstacles);
  await confirmTargets(plan, terminal, flags.yes === true);
  const id = runId(plan.name);
  const folder = prepareFolder(flags.out ?? `reports/${id}`);
  for (const { message } of checks) terminal.err(`warning: ${message}`);

  const stop = new AbortController();
  void terminal.interrupted.then((signal) => {
    terminal.err(`${signal}: ending the run and writing its reports; once more quits at once`);
    stop.abort(signal);
  });
  const result = await attack(plan, {
    id,
    folder,
    command: commandLine(args),
    signal: stop.signal,
    calibration: lastCalibration(),
    ...(flags.quiet ? {} : { onSecond: createProgress(terminal.err) }),
  });
  const { folder: written, problems } = writeReports(folder, result.record);
  for (const problem of problems) terminal.err(`wsscale: ${problem}`);
  announce(announceRun(result.record, { folder: written, scenario, env: process.env }), terminal);
  if (result.ending !== null) terminal.err(`wsscale: ${result.ending.reason}`);
  if (flags.json) {
    await terminal.raw(toJson(result.record));
    terminal.err(written);
  } else {
    terminal.out(toTerminal(result.record, terminal));
    terminal.out(written);
  }
  terminal.exit(exitStatusOf(result));
}

/** Full scale says how many clients there are, and so nothing else may. */
function checkFullScale({ fullScale, quick, clients }: RunFlags & Record<string, unknown>): void {
  if (!fullScale) return;
  const other = quick ? '--quick' : clients === undefined ? null : '--clients';
  if (other !== null) {
    throw usageError(
      `--full-scale: says how many clients there are, as ${other} does; leave one of them out`,
    );
  }
}

function explainPlan(plan: Plan, description: string[], checks: Notice[], { out }: Terminal): void {
  for (const line of description) out(line);
  for (const { level, message } of checks) out(`${level}: ${message}`);
  out(JSON.stringify(withoutSecrets(plan), null, 2));
}

function parseWhole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number)) throw new InvalidArgumentError('Give a whole number.');
  return number;
}
