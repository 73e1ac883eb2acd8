/**
 * summary.md: what a reviewer reads below a pull request. Names and texts in a record are data, so everything that
 * Markdown or HTML could read as markup is escaped, and long lists are cut: GitHub takes 1 MiB at most.
 */

import { escapeMarkup, printable } from '../base/text.ts';
import { formatBytes, formatMs } from '../base/units.ts';
import type { PricedPlan } from '../cost/choose.ts';
import type { Finding, RunRecord } from '../model/record.ts';
import type { Sweep } from '../model/sweep.ts';
import { comparisonRows } from './comparison.ts';
import { DELTA_LEGEND, deltas } from './delta.ts';
import { planMarkdown } from './plan-markdown.ts';
import { routeMatrix } from './routes.ts';
import { briefly, phaseSentence, verdictSentence } from './sentence.ts';
import { sweepSentences, sweepSnippet, sweepTable } from './sweep.ts';
import { NOT_MEASURED, ruleValue } from './value.ts';

const MAX_ROWS = 50;
const MAX_TEXT_LENGTH = 300;

const VERDICT_SIGNS = { pass: '✅', fail: '❌', inconclusive: '⚠️' };
const SEVERITY_SIGNS = { info: 'ℹ️', warning: '⚠️', error: '❌' };

/**
 * The record as a summary in GitHub's Markdown.
 * @param plan a capacity plan that was made of it, if one was asked for
 */
export function toMarkdown(record: RunRecord, plan: PricedPlan | null = null): string {
  return [
    ...judgement(record),
    ...sentences(record),
    ...(plan === null ? [] : planMarkdown(plan, { text, table })),
    ...comparison(record),
    ...routes(record),
    ...sweeps(record),
    ...costs(record),
    ...rules(record),
    ...findings(record.findings),
    ...environment(record),
    ...command(record),
  ].join('\n');
}

function judgement(record: RunRecord): string[] {
  const { status } = record.verdict;
  return [
    `## ${VERDICT_SIGNS[status]} ${status.toUpperCase()}: ${text(record.run.name)}`,
    '',
    text(verdictSentence(record)),
    '',
  ];
}

function sentences({ phases }: RunRecord): string[] {
  if (phases.length === 0) return ['No phase was run.', ''];
  return [...phases.map((phase) => `- **${text(phase.name)}**: ${text(phaseSentence(phase))}`), ''];
}

function comparison({ phases }: RunRecord): string[] {
  if (phases.length === 0) return [];
  const rows = comparisonRows(phases).map(({ label, values }) => [text(label), ...values.map(text)]);
  return [...table(['', ...phases.map((phase) => text(phase.name))], rows), ''];
}

/** The median from region to region. */
function routes({ phases }: RunRecord): string[] {
  return phases.flatMap((phase) => {
    const matrix = routeMatrix(phase);
    if (matrix === null) return [];
    const rows = matrix.rows.map(({ from, cells }) => [`from ${text(from)}`, ...cells.map(text)]);
    const head = [`**${text(phase.name)}**, p50`, ...matrix.to.map((to) => `to ${text(to)}`)];
    return [...table(head, rows), ''];
  });
}

/** The reconnect policies that were tried, and the code for the one that is recommended. */
function sweeps({ phases }: RunRecord): string[] {
  return phases.flatMap((phase) => {
    if (phase.sweep === null) return [];
    const { head, rows } = sweepTable(phase, phase.sweep);
    const lines = table(
      head,
      rows.map((row) => row.map(text)),
    );
    const sentences = phase.generator.valid
      ? sweepSentences(phase).flatMap((words) => [text(words), ''])
      : [];
    return [
      `### Reconnect policies: ${text(phase.name)}`,
      '',
      ...sentences,
      ...lines,
      '',
      ...code(phase.sweep),
    ];
  });
}

function code(sweep: Sweep): string[] {
  const snippet = sweepSnippet(sweep);
  if (snippet === null) return [];
  const summary = '<details><summary>Code for a page that comes back as recommended</summary>';
  return [summary, '', '```js', ...snippet.split('\n'), '```', '', '</details>', ''];
}

function costs(record: RunRecord): string[] {
  const all = deltas(record);
  if (all.length === 0) return [];
  const tables = all.flatMap(({ baseline, variants, rows }) => [
    ...variants.map(({ sentence }) => `- ${text(sentence)}`),
    '',
    ...table(
      ['', text(baseline), ...variants.map(({ name }) => text(name))],
      rows.map(({ label, baseline: value, cells }) => [
        text(label),
        text(value),
        ...cells.map((cell) => `${text(cell.value)}<br>${text(cell.difference)}`),
      ]),
    ),
    '',
  ]);
  return ['### What it costs, what it buys', '', ...tables, text(DELTA_LEGEND), ''];
}

function rules({ verdict, phases }: RunRecord): string[] {
  if (verdict.rules.length === 0) return [];
  const rows = verdict.rules.map((result) => [
    `${VERDICT_SIGNS[result.status]} ${result.status}`,
    text(result.rule),
    text(ruleValue(result)),
    text(briefly(result.reason ?? '', phases)),
  ]);
  return ['### Rules', '', ...table(['', 'rule', 'observed', 'reason'], rows), ''];
}

function findings(all: Finding[]): string[] {
  if (all.length === 0) return [];
  const rows = all.map((finding) => [
    `${SEVERITY_SIGNS[finding.severity]} ${finding.severity}`,
    text(finding.phase),
    `**${text(finding.title)}**<br>${text(finding.detail)}`,
    text(finding.evidence),
  ]);
  return ['### Findings', '', ...table(['', 'phase', 'finding', 'evidence'], rows), ''];
}

function environment({ host, run }: RunRecord): string[] {
  const rows = [
    ['started', run.startedAt],
    ['took', formatMs(run.durationMs)],
    ['seed', String(run.seed)],
    ['machine', `${host.cpuModel}, ${host.cores} cores, ${formatBytes(host.memoryBytes)}`],
    ['system', `${host.os}, kernel ${host.kernel}`],
    ['versions', `wsscale ${host.wsscale}, Node ${host.node}`],
    [
      'open files',
      `${host.limits.nofileSoft ?? NOT_MEASURED} soft, ${host.limits.nofileHard ?? NOT_MEASURED} hard`,
    ],
  ];
  const lines = table(
    ['', ''],
    rows.map(([name, value]) => [name, text(value)]),
  );
  return ['<details><summary>Environment</summary>', '', ...lines, '', '</details>', ''];
}

/** The fence is longer than any run of backticks in the command, so that the command cannot end it. */
function command({ run }: RunRecord): string[] {
  const line = printable(run.command);
  const longestRun = Math.max(0, ...(line.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = '`'.repeat(Math.max(3, longestRun + 1));
  return ['To repeat it:', '', `${fence}sh`, line, fence, ''];
}

function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const more = rows.length - MAX_ROWS;
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.slice(0, MAX_ROWS).map(line),
    ...(more > 0 ? ['', `… and ${more} more in record.json.`] : []),
  ];
}

/** Plain text, whatever stands in it: each character that could be markup becomes its numeric reference. */
function text(value: string): string {
  const cut = value.length > MAX_TEXT_LENGTH ? `${value.slice(0, MAX_TEXT_LENGTH)}…` : value;
  return escapeMarkup(cut).replace(/[\\`*_[\]|~$]/g, (character) => `&#${character.charCodeAt(0)};`);
}
