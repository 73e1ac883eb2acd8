/**
 * Latency histograms in the bucket layout of HdrHistogram: integer microseconds from 1 µs to 1 h, 3 significant
 * digits. Recording and merging, which happen per message and per interval, work on plain counts; what is kept of
 * them is made by the hdr-histogram-js package on the same buckets (summary.ts), which generator processes need not load.
 *
 *     value   0 ........ 2047 | 2048 ...... 4095 | 4096 ...... 8191 | …   each further range is twice as wide
 *     step          1         |        2         |        4         | …   and has the same 1,024 buckets
 *     index   0 ........ 2047 | 2048 ...... 3071 | 3072 ...... 4095 | …
 */

export const HIGHEST_US = 3_600_000_000;
export const BUCKETS = indexOf(HIGHEST_US) + 1;

/** Counts per bucket. */
export type Histogram = Uint32Array;

/** Counts of the buckets that are not empty: index, count, index, count, … */
export type SparseCounts = Uint32Array;

export function createHistogram(): Histogram {
  return new Uint32Array(BUCKETS);
}

/** Counts one latency. Below 1 µs it counts as 0, above 1 h as 1 h. */
export function recordMs(histogram: Histogram, ms: number): void {
  const us = ms * 1000;
  histogram[indexOf(us >= HIGHEST_US ? HIGHEST_US : us > 0 ? us + 0.5 : 0)]++;
}

function indexOf(us: number): number {
  const value = us >>> 0;
  const shift = 21 - Math.clz32(value | 2047);
  return (shift << 10) + (value >>> shift);
}

/** Lowest value in µs that falls into the bucket. */
export function lowestUs(index: number): number {
  const shift = Math.max(0, (index >>> 10) - 1);
  return (index - (shift << 10)) * 2 ** shift;
}

/** Takes the counts out, leaving the histogram empty. */
export function takeCounts(histogram: Uint32Array): SparseCounts {
  let filled = 0;
  for (let i = 0; i < histogram.length; i++) if (histogram[i] !== 0) filled++;
  const sparse = new Uint32Array(filled * 2);
  let at = 0;
  for (let i = 0; at < sparse.length; i++) {
    if (histogram[i] === 0) continue;
    sparse[at++] = i;
    sparse[at++] = histogram[i];
    histogram[i] = 0;
  }
  return sparse;
}

/** Adds counts that `takeCounts` took elsewhere. Merging is exact: it is the sum, bucket by bucket. */
export function addCounts(histogram: Uint32Array, sparse: SparseCounts): void {
  for (let i = 0; i < sparse.length; i += 2) histogram[sparse[i]] += sparse[i + 1];
}

/** Number of recorded latencies. */
export function totalCount(histogram: Histogram): number {
  let total = 0;
  for (let i = 0; i < histogram.length; i++) total += histogram[i];
  return total;
}

/**
 * The latency in ms that `quantile` (0 to 1) of the recorded ones do not exceed, by HdrHistogram's rule: the highest
 * value of the bucket in which the rank ⌈quantile·n⌉ falls. Null if nothing was recorded.
 */
export function quantileMs(histogram: Histogram, quantile: number): number | null {
  const total = totalCount(histogram);
  if (total === 0) return null;
  const rank = Math.max(1, Math.ceil(quantile * total - 1e-9 * total));
  let seen = 0;
  for (let i = 0; i < histogram.length; i++) {
    seen += histogram[i];
    if (seen >= rank) return (lowestUs(i + 1) - 1) / 1000;
  }
  return null;
}

/** Calls back with each bucket that is not empty: the latency in its middle, in ms, and its count. */
export function forEachBucket(histogram: Histogram, visit: (ms: number, count: number) => void): void {
  for (let i = 0; i < histogram.length; i++) {
    if (histogram[i] !== 0) visit((lowestUs(i) + lowestUs(i + 1) - 1) / 2000, histogram[i]);
  }
}
