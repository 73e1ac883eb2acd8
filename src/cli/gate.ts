/** `wsscale gate`: judges records again, compares them with a baseline, and compares servers with each other. */

import { type Command, InvalidArgumentError } from 'commander';
import {
  announceGate,
  type GateResult,
  gateJunit,
  gateLines,
  gateRecords,
  loadNoise,
  loadRecords,
  loadRules,
  NOISE_FILE,
  parseRules,
  type Rule,
  saveBaseline,
  usageError,
  writeText,
} from '../index.ts';
import { announce } from './announce.ts';
import { EXIT } from './exit.ts';
import { type CompareFlags, runCompare } from './gate-compare.ts';
import { addLoadFlags, collect } from './load-flags.ts';
import type { Terminal } from './terminal.ts';

const BASELINE_FOLDER = 'baseline';
const DEFAULT_PAIRS = 8;
const DEFAULT_COMPARISONS = 20;

interface GateFlags extends CompareFlags {
  gate?: string[];
  rules?: string;
  baseline?: string[];
  saveBaseline?: string | true;
}

export function addGate(program: Command, terminal: Terminal): void {
  const command = program
    .command('gate')
    .summary('judge records again, and find regressions')
    .description(
      'Judges records by rules, and with --baseline by what earlier runs measured. With --compare it measures two servers\n' +
        'side by side, in pairs of runs, and tells whether one is worse.\n\n' +
        'Examples:\n' +
        "  wsscale gate reports/…/record.json --gate '*.latency.responseMs.p99 < 50ms'\n" +
        '  wsscale gate reports/…/record.json --save-baseline\n' +
        '  wsscale gate runs/ --baseline git:main:baseline\n' +
        "  wsscale gate --compare base='node old/server.js' head='node server.js' --clients 200 --duration 5s\n" +
        '  wsscale gate --aa --compare base=ws://127.0.0.1:8080 --clients 200 --duration 5s',
    )
    .argument('[records...]', 'record.json files or folders of them; with --compare, a scenario')
    .optionsGroup('Rules:')
    .option(
      '--gate <rule>',
      'a rule that must hold; without any, those of the record itself (repeatable)',
      collect,
    )
    .option('--rules <file>', 'a file of rules: a YAML list, or one a line')
    .optionsGroup('Baseline:')
    .option('--baseline <record...>', 'compare with these: files, folders, or git:<rev>:<path>')
    .option('--save-baseline [dir]', `keep the records to compare with later (default: ${BASELINE_FOLDER})`)
    .optionsGroup('Compare:')
    .option('--compare <side...>', 'base=<command|url> and head=<command|url>, run by turns')
    .option('--pairs <n>', `pairs of runs (default: ${DEFAULT_PAIRS})`, wholeAbove0)
    .option('--metric <path>', 'compare by this, e.g. "*.latency.responseMs.p99" (repeatable)', collect)
    .option(
      '--url <url>',
      'where a command listens, if it does not say `listening <url>`; or the path behind that',
    )
    .option(
      '--aa [n]',
      `compare base with itself, n times, for false alarms and noise (default: ${DEFAULT_COMPARISONS})`,
    )
    .option(
      '--noise <file>',
      `noise that --aa writes and a comparison reads (default: ${BASELINE_FOLDER}/${NOISE_FILE})`,
    )
    .option('--phases <a,b>', 'run only these phases', (text) => text.split(',').map((name) => name.trim()))
    .option('--workers <n>', 'worker threads that hold the clients (default: cores - 1)', wholeAbove0)
    .option('--seed <n>', 'repeat the random draws of another comparison', whole)
    .option('--yes', 'attack a public address without asking')
    .option('--out <dir>', 'keep the records of all runs there')
    .optionsGroup('Output:')
    .option('--json', 'one JSON document on stdout, all else on stderr')
    .option('--junit <file>', 'write the outcome as JUnit, too')
    .option('--quiet', 'no progress');
  addLoadFlags(command);
  command.action((records: string[], typed: Record<string, unknown> & { aa?: string | true }) => {
    const aa = typed.aa === true ? DEFAULT_COMPARISONS : typed.aa && wholeAbove0(typed.aa);
    const flags = { ...typed, aa, pairs: typed.pairs ?? DEFAULT_PAIRS } as GateFlags;
    checkMode(flags);
    if (flags.compare === undefined) return judgeRecords(records, flags, terminal);
    const noiseFile = flags.noise ?? `${BASELINE_FOLDER}/${NOISE_FILE}`;
    return runCompare(records, { ...flags, noiseFile }, command.parent?.args ?? [], terminal);
  });
}

/** Rules are about records, and a comparison has none until it is over. */
function checkMode(flags: GateFlags): void {
  const { compare, aa } = flags;
  if (aa !== undefined && compare === undefined)
    throw usageError('--aa: say what to run, with --compare base=…');
  if (compare === undefined) return;
  const misfits = (['gate', 'rules', 'baseline', 'saveBaseline'] as const).filter(
    (key) => flags[key] !== undefined,
  );
  if (misfits.length === 0) return;
  throw usageError(
    `${misfits.map(asFlag).join(', ')}: for records, not for --compare; keep its records with --out, and judge those`,
  );
}

function asFlag(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function judgeRecords(places: string[], flags: GateFlags, terminal: Terminal): Promise<void> {
  if (places.length === 0) throw usageError('Name a record, or two servers with --compare.');
  const rules = rulesOf(flags);
  const records = loadRecords(places);
  const baseline = flags.baseline === undefined ? [] : loadRecords(flags.baseline);
  const hasRules = rules !== null || records.some(({ record }) => record.scenario.gate.length > 0);
  if (!hasRules && baseline.length === 0 && flags.saveBaseline === undefined) {
    throw usageError(
      'There is nothing to judge by: the record has no rules. Give --gate, --rules or --baseline.',
    );
  }
  const noise = loadNoise(flags.noise ?? noiseBeside(flags.baseline));
  const result = gateRecords(records, { rules, baseline, metrics: flags.metric ?? [], noise });
  if (flags.junit !== undefined) writeText(flags.junit, gateJunit(result));
  if (flags.json) await terminal.raw(`${JSON.stringify(toDocument(result), null, 2)}\n`);
  else for (const line of gateLines(result)) terminal.out(line);
  announce(announceGate(result, { env: process.env }), terminal);
  if (flags.saveBaseline !== undefined) {
    const folder = flags.saveBaseline === true ? BASELINE_FOLDER : flags.saveBaseline;
    const saved = saveBaseline(
      folder,
      records.map(({ record }) => record),
    );
    for (const file of saved) terminal.err(`saved ${file}`);
  }
  terminal.exit(exitOf(result.status));
}

/** Null: each record has its own. */
function rulesOf({ gate, rules }: GateFlags): Rule[] | null {
  if (gate === undefined && rules === undefined) return null;
  return [...(rules === undefined ? [] : loadRules(rules)), ...parseRules(gate ?? [])];
}

/** Where a baseline is a folder, its noise lies in it. */
function noiseBeside(baseline: string[] | undefined): string {
  return `${baseline?.length === 1 ? baseline[0] : BASELINE_FOLDER}/${NOISE_FILE}`;
}

/** Records are where they were; their verdicts are new. */
function toDocument({ status, judged, comparison }: GateResult) {
  const verdicts = judged.map(({ file, record }) => ({ file, run: record.run, verdict: record.verdict }));
  return { status, judged: verdicts, comparison };
}

function exitOf(status: GateResult['status']): number {
  return { pass: EXIT.passed, fail: EXIT.failed, inconclusive: EXIT.inconclusive }[status];
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('Give a whole number.');
  return number;
}

function wholeAbove0(text: string): number {
  const number = whole(text);
  if (number < 1) throw new InvalidArgumentError('It must be above 0.');
  return number;
}
