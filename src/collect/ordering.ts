/**
 * Order in the record's terms, from what was counted of the streams of one kind.
 */

import type { Ordering, OrderingExample } from '../model/ordering.ts';
import { degreeOfNReordering, freeRuns } from '../stats/disorder.ts';
import type { DisorderSum } from '../stats/disorder-counts.ts';
import { quantileOf } from '../stats/distribution.ts';
import { densityOf } from '../stats/reorder-density.ts';
import { summarize } from '../stats/summary.ts';

/** Examples of each kind that are kept of a phase. */
export const MAX_EXAMPLES = 10;

/** What was counted. */
export interface OrderCounts {
  streams: number;
  /** Messages that arrived, each once. */
  unique: number;
  missing: number;
  recovered: number;
  duplicates: number;
  reordered: number;
  resets: number;
}

export function toOrdering(
  { streams, unique, missing, recovered, duplicates, reordered, resets }: OrderCounts,
  extremes: Pick<Ordering, 'maxExtent' | 'maxBufferDepth'>,
  disorder: DisorderSum,
  examples: OrderingExample[],
): Ordering {
  const ofReceived = (count: number) => (unique > 0 ? count / unique : null);
  const quantiles = (distribution: Uint32Array) =>
    reordered > 0 ? { p50: quantileOf(distribution, 0.5), p99: quantileOf(distribution, 0.99) } : null;
  const lateMs = summarize(disorder.lateTime);
  const { discontinuityGaps: gaps } = disorder;
  return {
    streams,
    expected: unique + missing,
    received: unique,
    missing,
    recovered,
    duplicates,
    reordered,
    reorderedRatio: ofReceived(reordered),
    ...extremes,
    resets,
    lossRatio: unique + missing > 0 ? missing / (unique + missing) : null,
    duplicationFraction: ofReceived(duplicates),
    replicatedRate: ofReceived(disorder.replicated),
    lateMs,
    maxLateMs: disorder.maxLateMs,
    extents: quantiles(disorder.extents),
    bufferDepth: quantiles(disorder.bufferDepths),
    // A message waits at the head of the buffer for as long as the one that it waits for is late.
    headOfLineDelayMs: reordered > 0 ? { p50: lateMs.p50, p99: lateMs.p99 } : null,
    nReordering: {
      '1': degreeOfNReordering(disorder.nReordered, unique, 1),
      '3': degreeOfNReordering(disorder.nReordered, unique, 3),
    },
    freeRuns: freeRuns(unique - reordered, reordered, disorder.squaredRuns),
    discontinuities: disorder.discontinuities,
    meanDiscontinuityGap: gaps.count > 0 ? gaps.sum / gaps.count : null,
    reorderDensity: sampled(disorder.displacements),
    bufferOccupancyDensity: sampled(disorder.occupancies),
    examples,
  };
}

/** Null where nothing came of the sample. */
function sampled(counts: Uint32Array): number[] | null {
  const density = densityOf(counts);
  return density.some((share) => share > 0) ? density : null;
}
