/**
 * Does a series grow, and how fast? Both answers look only at pairs of values, so neither asks how the noise is
 * distributed, and a few wild values do not decide. Both ask that the noise of one value says nothing of that of the
 * next: take one value per cycle of what repeats, at the same point of it, not one per second.
 */

import { normalQuantile, normalUpperTail } from './normal.ts';

/** Up to so many values without ties the p is exact; the normal approximation is close from here on. */
const EXACT_UP_TO = 10;

export interface MannKendall {
  /** Pairs in which the later value is the greater, less those in which it is the smaller. */
  s: number;
  /** Of S, were the order of the values left to chance. */
  variance: number;
  /** S in standard deviations, brought 1 closer to 0 for continuity. */
  z: number;
  /** Probability of such an S or a greater one by chance. */
  p: number;
}

/**
 * The Mann-Kendall test for an increasing trend: Mann, Econometrica 13 (1945); Kendall, Rank Correlation Methods
 * (1975), with his correction for ties.
 *
 *     S = Σ sgn(xⱼ − xᵢ), i < j      Var S = (n(n−1)(2n+5) − Σ t(t−1)(2t+5)) / 18, each t the size of a tied group
 *
 * S has steps of 2, so its tail begins half a step lower: p is the normal tail from S − 1.
 */
export function mannKendall(values: readonly number[]): MannKendall {
  const s = concordance(values);
  const groups = tiedGroups(values);
  const variance = varianceOfS(values.length, groups);
  const deviation = Math.sqrt(variance);
  const exact = values.length <= EXACT_UP_TO && groups.length === 0;
  return {
    s,
    variance,
    z: s === 0 ? 0 : (s - Math.sign(s)) / deviation,
    p: exact ? exactUpperTail(values.length, s) : normalUpperTail((s - 1) / deviation),
  };
}

export interface TheilSen {
  slope: number;
  /** Ends of the confidence interval; infinite where there are too few values for the confidence. */
  low: number;
  high: number;
}

/**
 * The Theil-Sen slope, the median of the slopes of all pairs, and its confidence interval: Sen, Journal of the American
 * Statistical Association 63 (1968).
 *
 * A slope is outside the interval if, with it taken off, the values would still have a trend by Kendall's test. Hence
 * the ends are pair slopes themselves: of N in their order, those of rank M from below and from above, with
 *
 *     M = (N − z·√Var S) / 2
 *
 * Sen's M is rounded to the nearest rank, which is the continuity correction of S.
 *
 * @param values at least two
 * @param times of the values, strictly increasing; if there are none, the slope is per step
 */
export function theilSen(
  values: readonly number[],
  times: readonly number[] = values.map((_, i) => i),
  confidence = 0.95,
): TheilSen {
  const slopes = pairSlopes(values, times).sort((a, b) => a - b);
  const z = normalQuantile((1 + confidence) / 2);
  const deviation = Math.sqrt(varianceOfS(values.length, tiedGroups(values)));
  const rank = Math.round((slopes.length - z * deviation) / 2);
  return {
    slope: (slopes[(slopes.length - 1) >> 1] + slopes[slopes.length >> 1]) / 2,
    low: slopes[rank - 1] ?? Number.NEGATIVE_INFINITY,
    high: slopes[slopes.length - rank] ?? Number.POSITIVE_INFINITY,
  };
}

function pairSlopes(values: readonly number[], times: readonly number[]): number[] {
  return values.flatMap((value, i) =>
    values.slice(0, i).map((earlier, j) => (value - earlier) / (times[i] - times[j])),
  );
}

function concordance(values: readonly number[]): number {
  let s = 0;
  for (let j = 1; j < values.length; j++) for (let i = 0; i < j; i++) s += Math.sign(values[j] - values[i]);
  return s;
}

function varianceOfS(n: number, groups: number[]): number {
  const share = (size: number) => size * (size - 1) * (2 * size + 5);
  return (share(n) - groups.reduce((sum, size) => sum + share(size), 0)) / 18;
}

/** Sizes of the groups of equal values. */
function tiedGroups(values: readonly number[]): number[] {
  const sizes = new Map<number, number>();
  for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  return [...sizes.values()].filter((size) => size > 1);
}

/**
 * The share of the n! orders of n different values that have an S of `s` or more, which are those with at most
 * (n(n−1)/2 − s) / 2 inversions.
 */
function exactUpperTail(n: number, s: number): number {
  const mostInversions = ((n * (n - 1)) / 2 - s) / 2;
  return inversionShares(n)
    .slice(0, mostInversions + 1)
    .reduce((sum, share) => sum + share, 0);
}

/**
 * The share of the orders of n values that have 0, 1, 2, … inversions. The k-th value goes before any number from 0 to
 * k − 1 of those that were placed, which adds so many inversions.
 */
function inversionShares(n: number): number[] {
  let shares = [1];
  for (let k = 2; k <= n; k++) {
    const next = new Array<number>(shares.length + k - 1).fill(0);
    for (const [inversions, share] of shares.entries())
      for (let added = 0; added < k; added++) next[inversions + added] += share / k;
    shares = next;
  }
  return shares;
}
