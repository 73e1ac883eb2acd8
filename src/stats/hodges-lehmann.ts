/**
 * By how much do two sets of values differ? The shift of Hodges and Lehmann, Annals of Mathematical Statistics 34
 * (1963): a median that a wild value cannot move far, with an interval that belongs to the test of ranks, so that it
 * leaves 0 out exactly where the test finds a difference.
 */

import { rankSumDistribution } from './mann-whitney.ts';
import { type Distribution, ranksLeftOut } from './ranks.ts';
import { signedRankDistribution } from './wilcoxon.ts';

export interface Shift {
  estimate: number;
  /** Ends of the confidence interval; infinite where there are too few values for the confidence. */
  low: number;
  high: number;
}

/**
 * The shift of pairs: the median of the means of any two differences, each with itself, too.
 * @param alpha the probability that the interval is beside the truth is no more
 */
export function pairedShift(differences: readonly number[], alpha: number): Shift {
  const means = differences.flatMap((one, i) => differences.slice(i).map((other) => (one + other) / 2));
  return middle(means, signedRankDistribution(differences.length), alpha);
}

/** The shift from the second sample to the first: the median of the differences of all values from all. */
export function sampleShift(first: readonly number[], second: readonly number[], alpha: number): Shift {
  const differences = first.flatMap((one) => second.map((other) => one - other));
  return middle(differences, rankSumDistribution(first.length, second.length), alpha);
}

/** The ends are differences themselves: what the test's statistic counts are those on one side of the shift. */
function middle(differences: number[], distribution: Distribution, alpha: number): Shift {
  const sorted = differences.sort((a, b) => a - b);
  const leftOut = ranksLeftOut(distribution, alpha);
  return {
    estimate: (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2,
    low: sorted[leftOut - 1] ?? Number.NEGATIVE_INFINITY,
    high: sorted[sorted.length - leftOut] ?? Number.POSITIVE_INFINITY,
  };
}
