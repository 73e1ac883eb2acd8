/**
 * Summaries of latencies, with histograms as the collector makes them.
 */

import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { Summary } from '../../src/model/record.ts';

/** The summary of measured latencies, as the collector makes it. */
export function summaryOf(valuesMs: number[]): Summary {
  if (valuesMs.length === 0) return emptySummary();
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3_600_000_000,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
    useWebAssembly: false,
  });
  for (const valueMs of valuesMs) histogram.recordValue(Math.max(1, Math.round(valueMs * 1000)));
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000;
  return {
    count: valuesMs.length,
    min: histogram.minNonZeroValue / 1000,
    mean: histogram.mean / 1000,
    stddev: histogram.stdDeviation / 1000,
    p50: at(50),
    p75: at(75),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: histogram.maxValue / 1000,
    histogram: encodeIntoCompressedBase64(histogram),
  };
}

/** Nothing was measured: count 0, else null. */
export function emptySummary(): Summary {
  const none = { min: null, mean: null, stddev: null, p50: null, p75: null, p90: null };
  return { count: 0, ...none, p95: null, p99: null, p999: null, max: null, histogram: null };
}
