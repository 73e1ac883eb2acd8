/**
 * Was it the server that was measured, or the generator? Each second of a hold or search is judged on what the
 * generator did in it; where more than 5 % of them are marked, the phase is not valid, and its latency and capacity
 * are no numbers.
 *
 * A late generator adds its own delay to every response time, so lateness is held against the latency it is part
 * of. A busy one reads answers late, which its own histograms cannot show; its event loop can.
 */

import { formatMs, formatRatio } from '../base/units.ts';
import type { TimelineRow, UnjudgedRow } from '../model/record.ts';

const MAX_LATENESS_SHARE = 0.1;
const LATENESS_FLOOR_MS = 2;
const MAX_ELU = 0.9;
/** A tenth of a second in which no answer is read is in the p99 of that second. */
const MAX_LAG_MS = 100;
const MAX_MARKED_RATIO = 0.05;

interface Check {
  /** What stands at a second that fails. */
  mark: string;
  fails: (row: UnjudgedRow) => boolean;
  /** What it means for the phase, and what helps. */
  explain: (rows: UnjudgedRow[], share: string) => string;
}

const CHECKS: Check[] = [
  {
    mark: 'silent worker',
    fails: ({ silentWorkers }) => silentWorkers > 0,
    explain: (_rows, share) =>
      `a worker did not come round for a whole second (${share}): it was stopped or starved of processor time; leave it more`,
  },
  {
    mark: 'late',
    fails: ({ latenessP99Ms, p99Ms }) =>
      latenessP99Ms !== null &&
      latenessP99Ms > Math.max(LATENESS_FLOOR_MS, MAX_LATENESS_SHARE * (p99Ms ?? 0)),
    explain: (rows, share) =>
      `the generator sent late, up to ${formatMs(worst(rows, (row) => row.latenessP99Ms))} at p99 (${share}): lower the rate, add workers, or run the server elsewhere`,
  },
  {
    mark: 'stalled',
    fails: ({ lagMaxMs }) => (lagMaxMs ?? 0) > MAX_LAG_MS,
    explain: (rows, share) =>
      `a worker's event loop stood still for up to ${formatMs(worst(rows, (row) => row.lagMaxMs))} (${share}): it was stopped or starved of processor time; leave it more`,
  },
  {
    mark: 'busy',
    fails: ({ eluMax }) => (eluMax ?? 0) > MAX_ELU,
    explain: (rows, share) =>
      `a worker's event loop was up to ${formatRatio(worst(rows, (row) => row.eluMax))} busy (${share}): lower the rate, or add workers if there are cores for them`,
  },
  {
    mark: 'not sent',
    fails: ({ droppedLate }) => droppedLate > 0,
    explain: (_rows, share) =>
      `messages that were due were not sent (${share}): the generator could not keep up; lower the rate or add workers`,
  },
];

export interface Judgement {
  timeline: TimelineRow[];
  valid: boolean;
  /** Why not, in words, with the remedy. */
  reasons: string[];
}

/** Judges the seconds of a phase. */
export function judgeSeconds(rows: UnjudgedRow[]): Judgement {
  const measured = rows.filter(({ stage, whole }) => whole && (stage === 'hold' || stage === 'search'));
  const failing = new Map(CHECKS.map((check) => [check, measured.filter((row) => check.fails(row))]));
  const marked = new Set([...failing.values()].flat());
  const valid = marked.size <= MAX_MARKED_RATIO * measured.length;
  return {
    timeline: rows.map((row) => {
      const marks = CHECKS.filter((check) => failing.get(check)?.includes(row)).map(({ mark }) => mark);
      return { ...row, valid: marks.length === 0, marks };
    }),
    valid,
    reasons: valid
      ? []
      : CHECKS.flatMap((check) => explainIfAny(check, failing.get(check) ?? [], measured.length)),
  };
}

function explainIfAny(check: Check, rows: UnjudgedRow[], measured: number): string[] {
  return rows.length === 0 ? [] : [check.explain(rows, `in ${rows.length} of ${measured} seconds`)];
}

function worst(rows: UnjudgedRow[], of: (row: UnjudgedRow) => number | null): number {
  return Math.max(...rows.map((row) => of(row) ?? 0));
}
