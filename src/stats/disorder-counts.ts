/**
 * What the disorder of a table's streams comes to between two reports, on its way to where all tables add up. As long as
 * everything is in order there is nothing to report.
 */

import { createDensityCounts, type DensityCounts } from './densities.ts';
import { createDisorder, type Disorder } from './disorder.ts';
import { addCounts, type SparseCounts, takeCounts } from './histogram.ts';
import type { StreamTable } from './ordering.ts';

/** What is new since the last report; of the late time, also the highest so far. */
export interface DisorderCounts {
  extents: SparseCounts;
  bufferDepths: SparseCounts;
  nReordered: SparseCounts;
  lateTime: SparseCounts;
  maxLateMs: number;
  squaredRuns: number;
  discontinuities: number;
  discontinuityGaps: Disorder['discontinuityGaps'];
  replicated: number;
  displacements: SparseCounts;
  occupancies: SparseCounts;
}

/** The disorder of many tables. */
export type DisorderSum = Disorder & DensityCounts;

export function createDisorderSum(): DisorderSum {
  return { ...createDisorder(), ...createDensityCounts() };
}

/** Takes the counts out of a table; null if there are none. */
export function takeDisorder({ disorder, densities }: StreamTable): DisorderCounts | null {
  const extents = takeCounts(disorder.extents);
  const displacements = takeCounts(densities.displacements);
  const occupancies = takeCounts(densities.occupancies);
  const { maxLateMs, squaredRuns, discontinuities, discontinuityGaps, replicated } = disorder;
  if (extents.length + displacements.length + occupancies.length + replicated === 0) return null;
  Object.assign(disorder, {
    squaredRuns: 0,
    discontinuities: 0,
    discontinuityGaps: { count: 0, sum: 0 },
    replicated: 0,
  });
  return {
    extents,
    bufferDepths: takeCounts(disorder.bufferDepths),
    nReordered: takeCounts(disorder.nReordered),
    lateTime: takeCounts(disorder.lateTime),
    maxLateMs,
    squaredRuns,
    discontinuities,
    discontinuityGaps,
    replicated,
    displacements,
    occupancies,
  };
}

export function addDisorder(sum: DisorderSum, more: DisorderCounts): void {
  addCounts(sum.extents, more.extents);
  addCounts(sum.bufferDepths, more.bufferDepths);
  addCounts(sum.nReordered, more.nReordered);
  addCounts(sum.lateTime, more.lateTime);
  addCounts(sum.displacements, more.displacements);
  addCounts(sum.occupancies, more.occupancies);
  sum.maxLateMs = Math.max(sum.maxLateMs, more.maxLateMs);
  sum.squaredRuns += more.squaredRuns;
  sum.discontinuities += more.discontinuities;
  sum.discontinuityGaps.count += more.discontinuityGaps.count;
  sum.discontinuityGaps.sum += more.discontinuityGaps.sum;
  sum.replicated += more.replicated;
}
