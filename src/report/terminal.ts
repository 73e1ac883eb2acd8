/**
 * The end of a run in the terminal: the verdict, the answers in words, the phases side by side, rules, findings.
 */

import { Chalk, type ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import { printable, wrap } from '../base/text.ts';
import type { Finding, Phase, RuleResult, RunRecord } from '../model/record.ts';
import { comparisonRows } from './comparison.ts';
import { DELTA_LEGEND, type Delta, deltas } from './delta.ts';
import { calibrationInWords } from './generator.ts';
import { leakLines } from './leak.ts';
import { memoryInWords } from './memory.ts';
import { routeMatrix } from './routes.ts';
import { briefly, phaseSentence, verdictSentence } from './sentence.ts';
import { sweepLines } from './sweep.ts';
import { INVALID, ruleOutcome } from './value.ts';

export interface TerminalOptions {
  color: boolean;
  /** Width of the terminal; no line is longer. */
  columns: number;
}

/** Lines of text are hard to read beyond this width, however wide the terminal is. */
const MAX_COLUMNS = 110;
const MIN_COLUMNS = 40;
const LABEL_WIDTH = 19;
const PHASE_WIDTH = { min: 13, max: 26 };
/** What the values beside the rules need at the least. */
const RULE_VALUE_WIDTH = 20;

const RULE_SIGNS = { pass: '✓', fail: '✗', inconclusive: '?' };
const SEVERITY_SIGNS = { info: 'i', warning: '!', error: '✗' };

/** The record as lines for a terminal. */
export function toTerminal(record: RunRecord, { color, columns }: TerminalOptions): string {
  const view: View = {
    chalk: new Chalk({ level: color ? 1 : 0 }),
    width: Math.max(MIN_COLUMNS, Math.min(columns, MAX_COLUMNS)),
  };
  const blocks = [
    judgement(view, record),
    sentences(view, record.phases),
    ...comparison(view, record.phases),
    ways(view, record.phases),
    ...costs(view, record),
    sweeps(view, record.phases),
    memory(view, record.phases),
    leaks(view, record.phases),
    calibration(view, record.phases),
    rules(view, record),
    findings(view, record.findings),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

interface View {
  chalk: ChalkInstance;
  width: number;
}

function judgement(view: View, record: RunRecord): string[] {
  const { status } = record.verdict;
  const paint = painted(view, status).bold;
  return labelled(view, status.toUpperCase(), paint, `${record.run.name}: ${verdictSentence(record)}`);
}

function sentences(view: View, phases: Phase[]): string[] {
  if (phases.length === 0) return ['No phase was run.'];
  const names = phases.map((phase) => clip(printable(phase.name), Math.floor(view.width / 3)));
  const widest = Math.max(...names.map((name) => name.length));
  return phases.flatMap((phase, index) =>
    labelled(view, names[index].padEnd(widest), view.chalk.bold, phaseSentence(phase)),
  );
}

/** As many phases side by side as fit, the others below. */
function comparison(view: View, phases: Phase[]): string[][] {
  const perTable = Math.max(1, Math.floor((view.width - LABEL_WIDTH - 4) / (PHASE_WIDTH.min + 1)));
  const tables = [];
  for (let first = 0; first < phases.length; first += perTable) {
    tables.push(comparisonTable(view, phases.slice(first, first + perTable)));
  }
  return tables;
}

function comparisonTable({ chalk, width }: View, phases: Phase[]): string[] {
  const share = Math.floor((width - LABEL_WIDTH - 2) / phases.length) - 1;
  const phaseWidth = Math.min(PHASE_WIDTH.max, share);
  const table = new Table({
    head: ['', ...phases.map((phase) => chalk.bold(printable(phase.name)))],
    colWidths: [LABEL_WIDTH, ...phases.map(() => phaseWidth)],
    colAligns: ['left', ...phases.map(() => 'right' as const)],
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [] },
    wordWrap: true,
  });
  for (const { label, values } of comparisonRows(phases)) {
    table.push([
      printable(label),
      ...values.map((value) => (value === INVALID ? chalk.red(value) : printable(value))),
    ]);
  }
  return [table.toString()];
}

/** What each phase with a baseline costs and buys. */
function costs(view: View, record: RunRecord): string[][] {
  const all = deltas(record);
  if (all.length === 0) return [];
  const blocks = all.flatMap((delta) => delta.variants.map((_, index) => costOf(view, delta, index)));
  const isLegendNeeded = all.some(({ variants }) => variants.some(({ isComparable }) => isComparable));
  return isLegendNeeded
    ? [...blocks, wrap(DELTA_LEGEND, view.width).map((line) => view.chalk.dim(line))]
    : blocks;
}

/** One phase beside its baseline, its columns as wide as what stands in them. */
function costOf(view: View, { baseline, variants, rows }: Delta, index: number): string[] {
  const { name, sentence, isComparable } = variants[index];
  const { bold, dim } = view.chalk;
  const headline = labelled(view, 'delta', bold, sentence);
  if (!isComparable) return headline;
  const head = ['', ...[baseline, name].map((text) => clip(printable(text), PHASE_WIDTH.max)), ''];
  const body = rows.map(({ label, baseline: before, cells }) => [
    printable(label),
    before,
    cells[index].value,
    cells[index].difference,
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((cells) => cells[column].length)));
  const lines = [head, ...body].map(([label, before, after, difference]) =>
    [label.padEnd(widths[0]), before.padStart(widths[1]), after.padStart(widths[2]), difference]
      .join('  ')
      .trimEnd(),
  );
  return [
    ...headline,
    // Wrapped, a line loses its columns, but none of its words.
    ...lines.flatMap((line) =>
      line.length + 2 > view.width ? labelled(view, '', dim, line) : [`  ${line}`],
    ),
  ];
}

/** How long the median message takes from each region to the others. */
function ways(view: View, phases: Phase[]): string[] {
  return phases.flatMap((phase) => {
    const matrix = routeMatrix(phase);
    if (matrix === null) return [];
    return matrix.rows.flatMap(({ from, cells }) => {
      const words = `from ${from}: ${cells.map((cell, i) => `to ${matrix.to[i]} ${cell}`).join(', ')}`;
      return labelled(view, 'p50', view.chalk.bold, phases.length > 1 ? `${phase.name}: ${words}` : words);
    });
  });
}

/** What a connection takes, in a line for each phase that tells. */
function memory(view: View, phases: Phase[]): string[] {
  return phases.flatMap((phase) => {
    const words = memoryInWords(phase);
    if (words === null) return [];
    return labelled(view, 'memory', view.chalk.bold, phases.length > 1 ? `${phase.name}: ${words}` : words);
  });
}

/** The reconnect policies that were tried, a line for each. */
function sweeps(view: View, phases: Phase[]): string[] {
  return phases.flatMap((phase) => {
    if (phase.sweep === null) return [];
    const lines = sweepLines(phase, phase.sweep);
    const named = phases.length > 1 ? lines.map((words) => `${phase.name}: ${words}`) : lines;
    return named.flatMap((words) => labelled(view, 'sweep', view.chalk.bold, words));
  });
}

/** What each process of a soak kept. */
function leaks(view: View, phases: Phase[]): string[] {
  return phases.flatMap((phase) =>
    leakLines(phase).flatMap((words) =>
      labelled(view, 'leaks', view.chalk.bold, phases.length > 1 ? `${phase.name}: ${words}` : words),
    ),
  );
}

/** How much of the generator was used, where that is known. */
function calibration(view: View, phases: Phase[]): string[] {
  return phases.flatMap((phase) => {
    const words = calibrationInWords(phase);
    if (words === null) return [];
    return labelled(
      view,
      'generator',
      view.chalk.bold,
      phases.length > 1 ? `${phase.name}: ${words}` : words,
    );
  });
}

function rules(view: View, { verdict, phases }: RunRecord): string[] {
  const widest = Math.max(0, ...verdict.rules.map((result) => result.rule.length));
  return verdict.rules.flatMap((result) => {
    const rule = result.rule.padEnd(Math.min(widest, view.width - RULE_VALUE_WIDTH));
    const text = `${rule}  ${briefly(ruleOutcome(result), phases)}`;
    return labelled(view, RULE_SIGNS[result.status], painted(view, result.status), text);
  });
}

function findings(view: View, all: Finding[]): string[] {
  const { cyan, yellow, red, dim } = view.chalk;
  return all.flatMap(({ phase, severity, title, detail, evidence }) => {
    const paint = { info: cyan, warning: yellow, error: red }[severity];
    return [
      ...labelled(view, SEVERITY_SIGNS[severity], paint, `${phase}: ${title}`),
      ...labelled(view, ' ', paint, detail),
      ...labelled(view, ' ', paint, `Evidence: ${evidence}`).map((line) => dim(line)),
    ];
  });
}

function painted({ chalk }: View, status: RuleResult['status']): ChalkInstance {
  return { pass: chalk.green, fail: chalk.red, inconclusive: chalk.yellow }[status];
}

/** A label, and beside it a text that is wrapped to the width and indented as far as the label reaches. */
function labelled({ width }: View, label: string, paint: ChalkInstance, text: string): string[] {
  const indent = ' '.repeat(label.length + 2);
  return wrap(text, width - indent.length).map((line, index) =>
    index === 0 ? `${paint(label)}  ${line}` : indent + line,
  );
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
