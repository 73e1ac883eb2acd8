/**
 * The distribution behind a summary, from its histogram.
 */

import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import type { Summary } from '../model/record.ts';

/** So large a share of the values was at most so high. */
export interface PercentilePoint {
  /** 0 to 1. */
  share: number;
  ms: number;
}

/** Points for each halving of the values that are left; ten show all that three digits can. */
const STEPS_PER_HALVING = 10;

/**
 * The distribution at evenly spread points of HdrHistogram's axis, from the lowest value to the highest. A summary
 * without a readable histogram, which another tool may have written, gives the few percentiles that it states.
 */
export function percentileCurve(summary: Summary): PercentilePoint[] {
  if (summary.count === 0) return [];
  return fromHistogram(summary) ?? fromPercentiles(summary);
}

/** The value that the curve reaches at a share. */
export function valueAt(curve: PercentilePoint[], share: number): number {
  return (curve.find((point) => point.share >= share - 1e-9) ?? curve[curve.length - 1]).ms;
}

function fromHistogram({ count, histogram }: Summary): PercentilePoint[] | null {
  if (histogram === null) return null;
  try {
    const decoded = decodeFromCompressedBase64(histogram, 32, false);
    return shares(count).map((share) => ({ share, ms: decoded.getValueAtPercentile(share * 100) / 1000 }));
  } catch {
    return null;
  }
}

function fromPercentiles({ min, p50, p75, p90, p95, p99, p999, max }: Summary): PercentilePoint[] {
  const points = [
    { share: 0, ms: min },
    { share: 0.5, ms: p50 },
    { share: 0.75, ms: p75 },
    { share: 0.9, ms: p90 },
    { share: 0.95, ms: p95 },
    { share: 0.99, ms: p99 },
    { share: 0.999, ms: p999 },
    { share: 1, ms: max },
  ];
  return points.filter((point): point is PercentilePoint => point.ms !== null);
}

/** Shares at which 1/(1 − share) grows evenly, those with a label among them, until one value in `count` is left. */
function shares(count: number): number[] {
  const steps = Math.ceil(Math.log2(count) * STEPS_PER_HALVING);
  const even = Array.from({ length: steps + 1 }, (_, i) => 1 - 2 ** (-i / STEPS_PER_HALVING));
  const nines = Array.from({ length: Math.floor(Math.log10(count)) }, (_, i) => 1 - 10 ** -(i + 1));
  return [...even, ...nines, 1].sort((a, b) => a - b);
}
