/** What faults did, counted as it happened. */

import { FAULTS, type FaultName, type FaultPlan } from '../../model/faults.ts';
import type { DelaySummary } from '../control.ts';

/** Delays are kept one by one, up to so many: quantiles of them are exact, and a test needs no more. */
const MAX_DELAYS = 200_000;

export interface FaultCounts {
  happened: Record<FaultName, number>;
  /** Ms for which each delayed message was held. */
  delaysMs: number[];
}

export function createFaultCounts(): FaultCounts {
  const happened = Object.fromEntries(Object.keys(FAULTS).map((name) => [name, 0]));
  return { happened: happened as FaultCounts['happened'], delaysMs: [] };
}

export function recordDelay(counts: FaultCounts, ms: number): void {
  counts.happened.delay++;
  if (counts.delaysMs.length < MAX_DELAYS) counts.delaysMs.push(ms);
}

/** The counts of the faults that were asked for. */
export function countsOf(
  counts: FaultCounts,
  faults: readonly FaultPlan[],
): Partial<FaultCounts['happened']> {
  return Object.fromEntries(faults.map(({ kind }) => [kind, counts.happened[kind]]));
}

/** Quantiles of the delays so far; null before the first. */
export function summarizeDelays({ delaysMs }: FaultCounts): DelaySummary | null {
  const count = delaysMs.length;
  if (count === 0) return null;
  // Sorted up to what came since the last time, for which the sort takes little longer than for that alone.
  delaysMs.sort((a, b) => a - b);
  const quantile = (q: number) => delaysMs[Math.max(1, Math.ceil(q * count - 1e-9 * count)) - 1];
  return {
    count,
    p50: quantile(0.5),
    p75: quantile(0.75),
    p90: quantile(0.9),
    p95: quantile(0.95),
    p99: quantile(0.99),
    p999: quantile(0.999),
    max: quantile(1),
  };
}
