/**
 * The same server against itself: how often a setup raises a false alarm, and how far apart it takes the same thing to be.
 */

import type { Comparison, Noise } from '../model/comparison.ts';

/** A setup that is wrong more often than this is of no use as a gate. */
const MAX_ALARM_RATIO = 0.1;
const NOISE_QUANTILE = 0.95;
/** Of fewer, a tenth is no number. */
const LEAST_COMPARISONS = 20;

/** @param made comparisons of a side with itself */
export function noiseOf(made: readonly Pick<Comparison, 'status' | 'metrics'>[]) {
  // One without a closed interval had too few runs that count, and could raise no alarm.
  const comparisons = made.filter(({ metrics }) => metrics.some(({ lowRatio }) => lowRatio !== null));
  const found = (wanted: 'worse' | 'better') =>
    comparisons.filter(({ metrics }) => metrics.some(({ change }) => change === wanted)).length;
  const names = new Set(comparisons.flatMap(({ metrics }) => metrics.map(({ metric }) => metric)));
  const alarms = found('worse');
  return {
    comparisons: comparisons.length,
    vain: made.length - comparisons.length,
    alarms,
    improvements: found('better'),
    inconclusive: comparisons.filter(({ status }) => status === 'inconclusive').length,
    status: statusOf(alarms, comparisons.length),
    metrics: [...names].flatMap((name) => {
      const shiftRatios = comparisons
        .flatMap(({ metrics }) => metrics.filter(({ metric }) => metric === name))
        .flatMap(({ shiftRatio }) => (shiftRatio === null ? [] : [shiftRatio]));
      return shiftRatios.length === 0
        ? []
        : [{ metric: name, noiseRatio: farApart(shiftRatios), shiftRatios }];
    }),
  } satisfies Partial<Noise>;
}

function statusOf(alarms: number, comparisons: number): Noise['status'] {
  if (alarms > MAX_ALARM_RATIO * Math.max(comparisons, LEAST_COMPARISONS)) return 'fail';
  return comparisons < LEAST_COMPARISONS ? 'inconclusive' : 'pass';
}

/** Of one at least; a change by a factor is as far as one by its inverse. */
function farApart(shiftRatios: readonly number[]): number {
  const sizes = shiftRatios.map((ratio) => Math.abs(Math.log1p(ratio))).sort((a, b) => a - b);
  return Math.expm1(sizes[Math.ceil(NOISE_QUANTILE * sizes.length) - 1]);
}
