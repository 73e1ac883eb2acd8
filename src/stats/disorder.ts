/**
 * What the disorder in the streams of a table was like, in the terms of RFC 4737 and 5560. It is one set of counts for
 * all streams, and those of several tables add up.
 */

import { countAtLeast, countValue, createDistribution, type Distribution } from './distribution.ts';
import { createHistogram, type Histogram, recordMs } from './histogram.ts';

export interface Disorder {
  /** Reordered messages by extent: arrivals back to the first one from above (RFC 4737, section 4.2.3). */
  extents: Distribution;
  /**
   * Reordered messages by how many later ones had come already, which a receiver would have held back for this one.
   * Times the size of a message, which is the same for all of a phase, it is the byte offset (RFC 4737, section 4.4.3).
   */
  bufferDepths: Distribution;
  /** Reordered messages by how many arrivals in a row just before them were from above (RFC 4737, section 5.3). */
  nReordered: Distribution;
  /**
   * Late time of the reordered messages: since the first arrival from above, which opened the gap (RFC 4737, section
   * 4.3.3). For so long that arrival would have waited at the head of a reordering buffer. Hence a quantile of it is the
   * patience with which a buffer puts that share of the reordered messages back in order, and the maximum is the
   * longest wait for anything that came. It says nothing of what never came: for that, a buffer waits out its patience.
   */
  lateTime: Histogram;
  maxLateMs: number;
  /** Sum of the squared lengths of the reordering-free runs that a reordered message ended (`freeRuns`). */
  squaredRuns: number;
  /** Reordering discontinuities: arrivals that jumped over numbers of which at least one came later. */
  discontinuities: number;
  /** Distances between successive discontinuities of a stream, in arrivals (RFC 4737, section 4.5.4). */
  discontinuityGaps: { count: number; sum: number };
  /** Messages that came more than once: of those received, the replicated-packet rate (RFC 5560, section 5.2). */
  replicated: number;
}

/** What a message that came late shows. */
export interface Reordered {
  extent: number;
  bufferDepth: number;
  /** The largest n for which it is n-reordered; 0 if it is reordered, but not n-reordered. */
  n: number;
  /** NaN if arrivals have no times. */
  lateMs: number;
  /** In-order arrivals since the last reordered one. */
  run: number;
}

export function createDisorder(): Disorder {
  return {
    extents: createDistribution(),
    bufferDepths: createDistribution(),
    nReordered: createDistribution(),
    lateTime: createHistogram(),
    maxLateMs: 0,
    squaredRuns: 0,
    discontinuities: 0,
    discontinuityGaps: { count: 0, sum: 0 },
    replicated: 0,
  };
}

export function countReordered(disorder: Disorder, { extent, bufferDepth, n, lateMs, run }: Reordered): void {
  countValue(disorder.extents, extent);
  countValue(disorder.bufferDepths, bufferDepth);
  countValue(disorder.nReordered, n);
  disorder.squaredRuns += run * run;
  if (Number.isNaN(lateMs)) return;
  recordMs(disorder.lateTime, lateMs);
  disorder.maxLateMs = Math.max(disorder.maxLateMs, lateMs);
}

/** Counts the discontinuity at arrival `at`, whose known predecessor was at `previousAt`, or 0. */
export function countDiscontinuity(disorder: Disorder, at: number, previousAt: number): void {
  disorder.discontinuities++;
  if (previousAt === 0) return;
  disorder.discontinuityGaps.count++;
  disorder.discontinuityGaps.sum += at - previousAt;
}

/**
 * Degree of n-reordering, m/l: the share of all received messages before each of which at least n in a row were from
 * above (RFC 4737, section 5.3, definition 2; the code of its appendix A divides by l − n instead). Null if none was
 * received.
 */
export function degreeOfNReordering(nReordered: Distribution, received: number, n: number): number | null {
  return received > 0 ? countAtLeast(nReordered, n) / received : null;
}

/** Messages between reordered ones. */
export interface FreeRuns {
  /** Runs that a reordered message ended. */
  count: number;
  meanLength: number;
  /** 1 if all runs are equally long, more if they differ. */
  variability: number;
}

/**
 * Reordering-free runs, with RFC 4737's a (in order), x (reordered) and q (`squaredRuns`): mean a/x, variability
 * (q/a)/(a/x) (section 4.6.3). What came since the last reordered message is in a, but not in q. Null if nothing was
 * reordered.
 */
export function freeRuns(inOrder: number, reordered: number, squaredRuns: number): FreeRuns | null {
  if (reordered === 0) return null;
  const meanLength = inOrder / reordered;
  return { count: reordered, meanLength, variability: squaredRuns / inOrder / meanLength };
}
