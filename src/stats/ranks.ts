/**
 * Ranks of values, and what chance makes of them: what the tests of ranks have in common.
 */

/**
 * The rank of each value, doubled: equal values share the mean of their ranks, which then is a whole number, too. So
 * sums of ranks can be counted, with ties as without.
 */
export function doubledRanks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const ranks = new Map<number, number>();
  for (let first = 0; first < sorted.length; ) {
    let last = first;
    while (sorted[last + 1] === sorted[first]) last++;
    ranks.set(sorted[first], first + 1 + last + 1);
    first = last + 1;
  }
  return values.map((value) => ranks.get(value) as number);
}

/** A distribution over 0, 1, 2, …: the probability of each. */
export type Distribution = readonly number[];

/** What a statistic comes to by chance, if there is no difference. */
export interface Tails {
  /** Probability of such a value or a smaller one. */
  less: number;
  /** Probability of such a value or a greater one. */
  greater: number;
  twoSided: number;
}

/** The tails from `value` on, which itself is in both. */
export function tailsOf(distribution: Distribution, value: number): Tails {
  let less = 0;
  let greater = 0;
  for (const [at, probability] of distribution.entries()) {
    if (at <= value) less += probability;
    if (at >= value) greater += probability;
  }
  return { less, greater, twoSided: Math.min(1, 2 * Math.min(less, greater)) };
}

/**
 * How many values at each end of all differences, in their order, an interval leaves out: as many as keep the probability
 * that the truth lies beyond at `alpha` or less. 0: there is no such interval.
 */
export function ranksLeftOut(distribution: Distribution, alpha: number): number {
  let below = 0;
  let count = 0;
  while (2 * (below + distribution[count]) <= alpha) below += distribution[count++];
  return count;
}
