/**
 * How long it takes until all nodes know of a user that has come: from the telling to the moment when the last of them
 * had it, by the clock that all processes of this host share. Each node answers with its own moment, so the way of the
 * answers is not in it.
 */

import {
  addCounts,
  createHistogram,
  recordMs,
  type SparseCounts,
  takeCounts,
} from '../../stats/histogram.ts';

export interface Convergence {
  /** A number under which the others are to answer; 0: enough answers are waited for. */
  begin(atMs: number, others: number): number;
  answered(number: number, atMs: number): void;
  /** All that were measured so far. */
  counts(): SparseCounts;
}

/** Tellings whose answers are waited for at once; beyond that they are a sample. */
const MAX_OPEN = 1_000;
/** Of a node that has died, no answer comes. */
const PATIENCE_MS = 60_000;

export function createConvergence(): Convergence {
  const open = new Map<number, { sinceMs: number; lastMs: number; missing: number }>();
  const histogram = createHistogram();
  let last = 0;

  function forgetOld(nowMs: number): void {
    for (const [number, { sinceMs }] of open) {
      if (sinceMs > nowMs - PATIENCE_MS) return;
      open.delete(number);
    }
  }

  return {
    begin(atMs, others) {
      if (open.size >= MAX_OPEN) forgetOld(atMs);
      if (others === 0 || open.size >= MAX_OPEN) return 0;
      last = last === 0xffffffff ? 1 : last + 1;
      open.set(last, { sinceMs: atMs, lastMs: atMs, missing: others });
      return last;
    },
    answered(number, atMs) {
      const telling = open.get(number);
      if (telling === undefined) return;
      telling.lastMs = Math.max(telling.lastMs, atMs);
      if (--telling.missing > 0) return;
      open.delete(number);
      recordMs(histogram, telling.lastMs - telling.sinceMs);
    },
    counts() {
      const counts = takeCounts(histogram);
      addCounts(histogram, counts);
      return counts;
    },
  };
}
