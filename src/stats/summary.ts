/**
 * What is kept of a histogram: the summary that stands in the record, made by the hdr-histogram-js package.
 */

import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram as HdrHistogram,
  type JsHistogram,
} from 'hdr-histogram-js';
import type { Summary } from '../model/record.ts';
import { BUCKETS, createHistogram, HIGHEST_US, type Histogram, lowestUs } from './histogram.ts';

/** The summary that stands in the record, its histogram as an HdrHistogram V2 compressed base64 string. */
export function summarize(histogram: Histogram): Summary {
  const hdr = toHdr(histogram);
  if (hdr.totalCount === 0) return EMPTY_SUMMARY;
  const percentile = (p: number) => hdr.getValueAtPercentile(p) / 1000;
  return {
    count: hdr.totalCount,
    min: lowestUs(histogram.findIndex((bucket) => bucket > 0)) / 1000,
    mean: hdr.mean / 1000,
    stddev: hdr.stdDeviation / 1000,
    p50: percentile(50),
    p75: percentile(75),
    p90: percentile(90),
    p95: percentile(95),
    p99: percentile(99),
    p999: percentile(99.9),
    max: percentile(100),
    histogram: encodeIntoCompressedBase64(hdr),
  };
}

/** The summary of nothing. */
export const EMPTY_SUMMARY: Summary = {
  count: 0,
  min: null,
  mean: null,
  stddev: null,
  p50: null,
  p75: null,
  p90: null,
  p95: null,
  p99: null,
  p999: null,
  max: null,
  histogram: null,
};

/** The counts as they stand in the record, in an HdrHistogram V2 compressed base64 string; null if there are none. */
export function encodeHistogram(histogram: Histogram): string | null {
  const hdr = toHdr(histogram);
  return hdr.totalCount === 0 ? null : encodeIntoCompressedBase64(hdr);
}

/** The counts of a summary's histogram. */
export function decodeHistogram(encoded: string): Histogram {
  const histogram = createHistogram();
  const hdr = decodeFromCompressedBase64(encoded, 32, false) as JsHistogram;
  for (let i = 0; i < Math.min(BUCKETS, hdr.countsArrayLength); i++) histogram[i] = hdr.getCountAtIndex(i);
  return histogram;
}

function toHdr(histogram: Histogram): HdrHistogram {
  const hdr = build({
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
  for (let i = 0; i < histogram.length; i++) {
    if (histogram[i] !== 0) hdr.recordValueWithCount(lowestUs(i), histogram[i]);
  }
  return hdr;
}
