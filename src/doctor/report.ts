/**
 * What the doctor found, for a terminal: the answer, what it rests on, what lifts the limits that are met first, and
 * all limits in brief.
 */

import Table from 'cli-table3';
import { wrap } from '../base/text.ts';
import { formatCount, formatMs } from '../base/units.ts';
import type { Bound } from '../limits/answers.ts';
import type { Remedy } from '../limits/remedies/remedy.ts';
import type { Question } from '../limits/table.ts';
import type { Calibration } from '../model/calibration.ts';
import type { Diagnosis, LimitReport } from './diagnosis.ts';

const ASKED: Record<Question, string> = {
  openToOne: 'open to one address',
  openInAll: 'open in all',
  acceptInOne: 'accept in one process',
  acceptInAll: 'accept on all cores',
  bothEnds: 'hold with both ends',
};

const NOT_KNOWN = 'not known';

/** No line is longer than `columns`, but for commands and files, which are to be copied. */
export function diagnosisLines(diagnosis: Diagnosis, columns: number): string[] {
  return [
    ...diagnosis.words.flatMap((sentence) => wrap(sentence, columns)),
    ...quotaLines(diagnosis, columns),
    '',
    answersTable(diagnosis),
    '',
    ...bindingOf(diagnosis).flatMap((limit) => [...remedyLines(limit, columns), '']),
    'All limits:',
    ...diagnosis.limits.flatMap((limit) => limitLines(limit, columns)),
  ];
}

function quotaLines({ quotaCores, container }: Diagnosis, columns: number): string[] {
  if (quotaCores === null) return [];
  const who = container === null ? 'Its control group' : 'The container';
  return wrap(
    `${who} is given ${Number(quotaCores.toFixed(2))} cores' time, which counts in place of cores.`,
    columns,
  );
}

function answersTable({ answers, limits }: Diagnosis): string {
  const table = new Table({
    head: ['it can', 'connections', 'first', 'then'],
    colAligns: ['left', 'right', 'left', 'left'],
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [] },
  });
  const nameOf = ({ limit }: Bound) => limits.find((report) => report.limit === limit)?.name ?? limit;
  for (const { question, first, second } of answers) {
    table.push([
      ASKED[question],
      first === null ? NOT_KNOWN : formatCount(first.connections),
      first === null ? '' : nameOf(first),
      second === null ? '' : `${nameOf(second)}, at ${formatCount(second.connections)}`,
    ]);
  }
  return table.toString();
}

/** Those that are met first, each once. */
function bindingOf({ answers, limits }: Diagnosis): LimitReport[] {
  return limits.filter(({ limit }) => answers.some(({ first }) => first?.limit === limit));
}

function remedyLines({ name, remedies }: LimitReport, columns: number): string[] {
  if (remedies.length === 0) return [`To lift ${name}: nothing does that is known here.`];
  let by: string | null = null;
  return [
    `To lift ${name}:`,
    ...remedies.flatMap((remedy) => {
      const label = remedy.by === by ? [] : [`  ${remedy.by}`];
      by = remedy.by;
      return [...label, ...linesOf(remedy, columns)];
    }),
  ];
}

function linesOf(remedy: Remedy, columns: number): string[] {
  switch (remedy.kind) {
    case 'advice':
      return indented(wrap(remedy.text, columns - 4), 4);
    case 'command':
      return indented([remedy.command], 4);
    case 'file':
      return [...indented([`${remedy.path}:`], 4), ...indented(remedy.text.split('\n'), 6)];
  }
}

/** Wide enough for the longest name. */
const NAME_COLUMNS = 14;

function limitLines({ name, value, means }: LimitReport, columns: number): string[] {
  const [first, ...rest] = wrap(`${value}: ${means}`, columns - NAME_COLUMNS - 2);
  return [`  ${name.padEnd(NAME_COLUMNS)}${first}`, ...indented(rest, NAME_COLUMNS + 2)];
}

function indented(lines: string[], by: number): string[] {
  return lines.map((line) => ' '.repeat(by) + line);
}

/** From so much on, what was measured is not all that the machine can do. */
const MAX_OTHERS_CORES = 0.2;

/** What the generator can do. */
export function calibrationLines(calibration: Calibration): string[] {
  const { measuredAt, messagesPerS, connectsPerS, otherCpuRatio, floor } = calibration;
  const lateness = `${formatMs(floor.latenessP50Ms)} at p50 and ${formatMs(floor.latenessP99Ms)} at p99`;
  const service = `${formatMs(floor.serviceP50Ms)} and ${formatMs(floor.serviceP99Ms)}`;
  return [
    `Generator, one worker, against a server that does nothing but echo (${measuredAt}):`,
    `  ${formatCount(messagesPerS)} messages/s sent on time and answered`,
    `  ${formatCount(connectsPerS)} connects/s`,
    `  at ${formatCount(floor.messagesPerS)} messages/s: late by ${lateness}; service ${service}`,
    ...(otherCpuRatio !== null && otherCpuRatio > MAX_OTHERS_CORES
      ? [
          `  Other programs used ${otherCpuRatio.toFixed(1)} cores meanwhile: it can do more when they are quiet.`,
        ]
      : []),
  ];
}
