/** `wsscale gate --compare`: two servers by turns, or one with itself. */

import { join } from 'node:path';
import {
  announceGate,
  type Comparison,
  comparisonLines,
  formatMs,
  freshSeed,
  type GatePairsProgress,
  gateJunit,
  gatePairs,
  loadNoise,
  measureNoise,
  noiseLines,
  type Plan,
  preflight,
  prepareFolder,
  resolvePlan,
  type Side,
  saveNoise,
  slim,
  takeReadings,
  usageError,
  wholeCores,
  writeText,
} from '../index.ts';
import { announce } from './announce.ts';
import { commandLine } from './command-line.ts';
import { confirmTargets } from './consent.ts';
import { EXIT } from './exit.ts';
import { readLoadFlags } from './load-flags.ts';
import type { Terminal } from './terminal.ts';

export interface CompareFlags extends Record<string, unknown> {
  compare?: string[];
  pairs: number;
  metric?: string[];
  url?: string;
  aa?: number;
  noise?: string;
  phases?: string[];
  workers?: number;
  seed?: number;
  yes?: true;
  out?: string;
  json?: true;
  junit?: string;
  quiet?: true;
}

/** Stands for what a command has not announced yet: on this machine, and nobody's. */
const UNKNOWN_URL = 'ws://127.0.0.1:9';

export async function runCompare(
  positional: readonly string[],
  flags: CompareFlags & { noiseFile: string },
  args: readonly string[],
  terminal: Terminal,
): Promise<void> {
  const { sides, scenario } = readSides(flags, positional);
  const plan = planOf(scenario, sides.base, flags);
  for (const side of Object.values(sides))
    await confirmTargets(withTarget(plan, side), terminal, flags.yes === true);
  const folder = flags.out === undefined ? null : prepareFolder(flags.out);
  const noise = flags.aa === undefined ? loadNoise(flags.noiseFile) : null;
  const stop = new AbortController();
  void terminal.interrupted.then((signal) => {
    terminal.err(`${signal}: ending the run; once more quits at once`);
    stop.abort(signal);
  });
  const options = {
    ...{ plan, pairs: flags.pairs, metrics: flags.metric ?? [] },
    ...{ command: commandLine(args), signal: stop.signal, onRun: watch(flags, folder, terminal) },
  };
  if (flags.aa !== undefined) {
    await compareWithItself({ ...options, side: sides.base, comparisons: flags.aa }, flags, terminal);
    return;
  }
  const { comparison, ending } = await gatePairs({ ...options, sides, noise });
  if (folder !== null) writeText(join(folder, 'comparison.json'), `${JSON.stringify(comparison, null, 2)}\n`);
  if (flags.junit !== undefined) writeText(flags.junit, gateJunit({ judged: [], comparison }));
  announce(
    announceGate({ status: comparison.status, judged: [], comparison }, { env: process.env }),
    terminal,
  );
  if (flags.json)
    await terminal.raw(`${JSON.stringify({ status: comparison.status, judged: [], comparison }, null, 2)}\n`);
  else for (const line of comparisonLines(comparison)) terminal.out(line);
  terminal.exit(statusOf(comparison.status, ending));
}

type NoiseOptions = Parameters<typeof measureNoise>[0];

async function compareWithItself(
  options: NoiseOptions,
  { noiseFile, json }: { noiseFile: string; json?: true },
  terminal: Terminal,
): Promise<void> {
  const onComparison = ({ status }: Comparison, number: number) => {
    terminal.err(`comparison ${number} of ${options.comparisons}: ${status}`);
  };
  const { noise, ending } = await measureNoise(options, onComparison);
  if (noise === null) {
    if (ending === null)
      terminal.err('The generator was the bottleneck in too many runs: no pair of them counts.');
  } else {
    saveNoise(noiseFile, noise);
    if (json) await terminal.raw(`${JSON.stringify(noise, null, 2)}\n`);
    else for (const line of noiseLines(noise)) terminal.out(line);
    terminal.err(`saved ${noiseFile}`);
  }
  terminal.exit(statusOf(noise?.status ?? 'inconclusive', ending));
}

function statusOf(status: Comparison['status'], ending: { kind: string; reason: string } | null): number {
  if (ending?.kind === 'signal') return ending.reason === 'SIGTERM' ? EXIT.sigterm : EXIT.sigint;
  if (status === 'fail') return EXIT.failed;
  return ending !== null || status === 'inconclusive' ? EXIT.inconclusive : EXIT.passed;
}

/** What has no name of a side is the scenario, wherever it stands. */
function readSides({ compare = [], url, aa }: CompareFlags, positional: readonly string[]) {
  const isSide = (word: string) => /^(base|head)=/.test(word);
  const [scenario, ...more] = [...positional, ...compare.filter((word) => !isSide(word))];
  if (more.length > 0) throw usageError(`one scenario is enough; leave out ${more.join(', ')}`);
  const find = (name: string): Side | null => {
    const said = compare
      .filter((word) => word.startsWith(`${name}=`))
      .map((word) => word.slice(name.length + 1));
    if (said.length > 1) throw usageError(`--compare: ${name} stands there twice`);
    if (said.length === 0 || said[0] === '') return null;
    return /^wss?:\/\//.test(said[0])
      ? { kind: 'url', url: said[0] }
      : { kind: 'command', command: said[0], url: url ?? null };
  };
  const base = find('base');
  const head = find('head');
  if (base === null) throw usageError('--compare: say base=<command|url>');
  if (aa !== undefined && head !== null) throw usageError('--aa compares base with itself; leave out head=');
  if (aa === undefined && head === null)
    throw usageError('--compare: say head=<command|url>, or --aa for base with itself');
  return { sides: { base, head: head ?? base }, scenario };
}

function planOf(scenario: string | undefined, base: Side, flags: CompareFlags): Plan {
  const load = readLoadFlags(flags);
  if (load.target !== undefined) throw usageError('--target: the sides are the targets; leave it out');
  const { phases, workers, seed } = flags;
  const target = base.kind === 'url' ? base.url : UNKNOWN_URL;
  const machine = takeReadings();
  const overrides = { ...load, phases, workers, seed, target };
  const plan = resolvePlan(
    scenario,
    overrides,
    { cores: wholeCores(machine.cpu), limits: machine.limits },
    freshSeed,
  );
  const obstacles = preflight(plan, machine)
    .filter(({ level }) => level === 'error')
    .map(({ message }) => message);
  if (obstacles.length > 0) throw usageError('This machine cannot run that plan:', obstacles);
  return plan;
}

function withTarget(plan: Plan, side: Side): Plan {
  const url = side.url !== null && URL.canParse(side.url) ? side.url : UNKNOWN_URL;
  return { ...plan, phases: plan.phases.map((phase) => ({ ...phase, topology: { kind: 'target', url } })) };
}

/** Tells of each run, and keeps its record if there is a folder: of one comparison, the last that there was. */
function watch({ pairs, quiet }: CompareFlags, folder: string | null, { err }: Terminal): GatePairsProgress {
  return ({ side, pair, record }, fault) => {
    if (folder !== null) {
      writeText(
        join(folder, `${side}-${String(pair).padStart(2, '0')}.json`),
        `${JSON.stringify(slim(record))}\n`,
      );
    }
    if (quiet) return;
    const values = record.phases.map(({ name, latency }) => {
      const { p50, p99 } =
        latency.responseMs.count > 0 ? latency.responseMs : (latency.oneWayMs ?? latency.responseMs);
      return p50 === null || p99 === null ? name : `${name} p50 ${formatMs(p50)}, p99 ${formatMs(p99)}`;
    });
    err(
      `pair ${pair} of ${pairs}, ${side}: ${values.join('; ')}${fault === null ? '' : ` (does not count: ${fault})`}`,
    );
  };
}
