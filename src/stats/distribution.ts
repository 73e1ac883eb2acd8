/**
 * Counts of small whole numbers: 0 to 1,023 each by itself, and all from 1,024 on together. Distributions add up like
 * histograms, and travel in the same way (`takeCounts`, `addCounts`).
 */

/** From this number on, all are counted as one. */
export const OVERFLOW = 1024;

/** How often each number came; the last count is that of `OVERFLOW` and more. */
export type Distribution = Uint32Array;

export function createDistribution(): Distribution {
  return new Uint32Array(OVERFLOW + 1);
}

export function countValue(distribution: Distribution, value: number): void {
  distribution[value < OVERFLOW ? value : OVERFLOW]++;
}

/** How many of the counted numbers are at least `value`, which may be `OVERFLOW` at the most. */
export function countAtLeast(distribution: Distribution, value: number): number {
  let count = 0;
  for (let i = value; i < distribution.length; i++) count += distribution[i];
  return count;
}

/**
 * The number that `quantile` (0 to 1) of the counted ones do not exceed: that of rank ⌈quantile·n⌉. `OVERFLOW` stands
 * for "at least so many". Null if nothing was counted.
 */
export function quantileOf(distribution: Distribution, quantile: number): number | null {
  const total = countAtLeast(distribution, 0);
  const rank = Math.max(1, Math.ceil(quantile * total - 1e-9 * total));
  let seen = 0;
  for (let value = 0; value < distribution.length; value++) {
    seen += distribution[value];
    if (seen >= rank) return value;
  }
  return null;
}
