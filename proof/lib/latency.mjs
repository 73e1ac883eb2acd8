/** Reads the latencies of a record. */

import { lowestUs } from '../../dist/stats/histogram.js';
import { decodeHistogram } from '../../dist/stats/summary.js';

/** How many latencies of a summary were so many ms or more. */
export function countFrom(summary, ms) {
  if (summary.histogram === null) return 0;
  return decodeHistogram(summary.histogram).reduce(
    (sum, count, i) => (lowestUs(i + 1) - 1 >= ms * 1000 ? sum + count : sum),
    0,
  );
}

/** Three significant digits. */
const PRECISION = 0.001;

/** By how many ms a reported quantile misses the imposed one beyond the histogram's precision; 0 or more. */
export function deviationMs(reported, imposed) {
  return Math.max(0, Math.abs(reported - imposed) - imposed * PRECISION);
}
