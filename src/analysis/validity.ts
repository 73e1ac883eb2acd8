/**
 * Was it the server that was measured, or the generator? Each second of a hold or search is judged on what the
 * generator did in it; where more than 5 % of them are marked, the phase is not valid, and its latency and capacity
 * are no numbers. There is no exception for short phases: of fewer than 20 seconds, one that is marked is enough.
 *
 * A late generator adds its own delay to every response time, so lateness is held against the latency it is part
 * of. A busy one reads answers late, which its own histograms cannot show; its event loop can.
 */

import type { TimelineRow, UnjudgedRow } from '../model/record.ts';
import { CHECKS, type Check } from './checks.ts';

const MAX_MARKED_RATIO = 0.05;
/** What holds in so many of the marked seconds is what the phase failed by; the others are told after it. */
const MAIN_RATIO = 0.5;

export interface Judgement {
  timeline: TimelineRow[];
  /** True where no second could be judged: nothing speaks against the phase. */
  valid: boolean;
  /** Why not, in words, with the remedy; the main one first. */
  reasons: string[];
  /** Seconds that could be judged, and those of them that are marked. */
  judgedSeconds: number;
  markedSeconds: number;
}

/**
 * Judges the seconds of a phase.
 * @param cores that the generator may use
 * @param unusedMs seconds of a search's trials, each of which was judged by itself: they are marked, but not held against
 *   the phase
 */
export function judgeSeconds(
  rows: UnjudgedRow[],
  cores: number,
  unusedMs: ReadonlySet<number> = new Set(),
): Judgement {
  const judged = rows.filter(({ stage, whole }) => whole && (stage === 'hold' || stage === 'search'));
  const measured = judged.filter(({ tMs }) => !unusedMs.has(tMs));
  const marksOf = new Map(judged.map((row) => [row, CHECKS.filter((check) => check.fails(row))]));
  const failing = new Map(
    CHECKS.map((check) => [check, measured.filter((row) => marksOf.get(row)?.includes(check))]),
  );
  const marked = new Set([...failing.values()].flat());
  const valid = marked.size <= MAX_MARKED_RATIO * measured.length;
  const failed = CHECKS.map((check) => ({ check, seconds: failing.get(check) ?? [] })).filter(
    ({ seconds }) => seconds.length > 0,
  );
  const isMain = ({ seconds }: Failed) => seconds.length >= MAIN_RATIO * marked.size;
  const told = [...failed.filter(isMain), ...failed.filter((one) => !isMain(one))];
  return {
    timeline: rows.map((row) => {
      const marks = (marksOf.get(row) ?? []).map(({ mark }) => mark);
      return { ...row, valid: marks.length === 0, marks };
    }),
    valid,
    reasons: valid
      ? []
      : told.map(({ check, seconds }) =>
          check.explain(seconds, `in ${seconds.length} of ${measured.length} seconds`, cores),
        ),
    judgedSeconds: measured.length,
    markedSeconds: marked.size,
  };
}

interface Failed {
  check: Check;
  seconds: UnjudgedRow[];
}
