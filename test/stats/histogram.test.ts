import { build, decodeFromCompressedBase64, type JsHistogram } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import {
  addCounts,
  createHistogram,
  forEachBucket,
  type Histogram,
  quantileMs,
  recordMs,
  takeCounts,
  totalCount,
} from '../../src/stats/histogram.ts';
import { decodeHistogram, EMPTY_SUMMARY, summarize } from '../../src/stats/summary.ts';
import fc from '../support/properties.ts';

const HOUR_US = 3_600_000_000;
/** Three significant digits: a value is off by less than a thousandth of itself, and by less than 1 µs at least. */
const PRECISION = 1 / 1024;

/** Latencies over the whole range, as many small ones as large ones. */
const latencyUs = fc.oneof(
  fc.nat(5000),
  fc.double({ min: 0, max: Math.log2(HOUR_US), noNaN: true }).map((power) => Math.floor(2 ** power)),
  // Both sides of the ends of a range, where an error in the layout would show.
  fc
    .integer({ min: 10, max: 31 })
    .chain((power) => fc.constantFrom(2 ** power - 1, 2 ** power, 2 ** power + 1)),
);
const latenciesUs = fc.array(latencyUs, { minLength: 1, maxLength: 300 });

function histogramOf(us: number[]): Histogram {
  const histogram = createHistogram();
  for (const value of us) recordMs(histogram, value / 1000);
  return histogram;
}

/** The same, made by the HdrHistogram package alone. */
function hdrOf(us: number[]): JsHistogram {
  const hdr = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HOUR_US,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
    useWebAssembly: false,
  }) as JsHistogram;
  for (const value of us) hdr.recordValue(value);
  return hdr;
}

function countAt(hdr: JsHistogram, us: number): number {
  return hdr.getCountAtIndex(hdr.countsArrayIndex(us));
}

/** The quantile as a sorted array has it: the value of rank ⌈q·n⌉. */
function sortedQuantileUs(us: number[], quantile: number): number {
  const sorted = us.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(quantile * us.length - 1e-9)) - 1];
}

function bucketsOf(histogram: Histogram): [number, number][] {
  const buckets: [number, number][] = [];
  forEachBucket(histogram, (ms, count) => buckets.push([ms, count]));
  return buckets;
}

describe('against a sorted array', () => {
  test('each quantile is at most three digits above the exact one, and never below', () => {
    const quantile = fc.oneof(
      fc.constantFrom(0, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(latenciesUs, quantile, (us, q) => {
        const exactUs = sortedQuantileUs(us, q);
        const foundUs = (quantileMs(histogramOf(us), q) as number) * 1000;
        expect(foundUs).toBeGreaterThanOrEqual(exactUs - 1e-6);
        expect(foundUs - exactUs).toBeLessThanOrEqual(exactUs * PRECISION + 1e-6);
      }),
    );
  });

  test('the summary has its count, extremes and mean', () => {
    fc.assert(
      fc.property(latenciesUs, (us) => {
        const { count, min, max, mean, stddev } = summarize(histogramOf(us));
        const exactMean = us.reduce((sum, value) => sum + value, 0) / us.length;
        const near = (ms: number | null, exactUs: number) => {
          expect(Math.abs((ms as number) * 1000 - exactUs)).toBeLessThanOrEqual(exactUs * PRECISION + 1e-6);
        };
        expect(count).toBe(us.length);
        near(min, Math.min(...us));
        near(max, Math.max(...us));
        near(mean, exactMean);
        const exactStddev = Math.sqrt(
          us.reduce((sum, value) => sum + (value - exactMean) ** 2, 0) / us.length,
        );
        expect(Math.abs((stddev as number) * 1000 - exactStddev)).toBeLessThanOrEqual(
          2 * PRECISION * Math.max(...us) + 1e-6,
        );
      }),
      { numRuns: 25 },
    );
  });

  test('a bucket holds the values that are as near to its middle as three digits ask', () => {
    fc.assert(
      fc.property(latencyUs, (us) => {
        const [[middleMs, count]] = bucketsOf(histogramOf([us]));
        expect(count).toBe(1);
        expect(Math.abs(middleMs * 1000 - us)).toBeLessThanOrEqual((us * PRECISION) / 2 + 1e-6);
      }),
    );
  });
});

describe('against HdrHistogram', () => {
  test('the summary is what that package computes of the same latencies', () => {
    fc.assert(
      fc.property(latenciesUs, (us) => {
        const hdr = hdrOf(us);
        const ms = (p: number) => hdr.getValueAtPercentile(p) / 1000;
        const { histogram, min, ...figures } = summarize(histogramOf(us));
        expect(figures).toEqual({
          count: hdr.totalCount,
          mean: hdr.mean / 1000,
          stddev: hdr.stdDeviation / 1000,
          p50: ms(50),
          p75: ms(75),
          p90: ms(90),
          p95: ms(95),
          p99: ms(99),
          p999: ms(99.9),
          max: ms(100),
        });
        expect(min).toBeLessThanOrEqual(Math.min(...us) / 1000);
        expect(histogram).not.toBe(null);
      }),
      { numRuns: 25 },
    );
  });

  test('the encoded histogram is read by that package, with the same counts at the same values', () => {
    fc.assert(
      fc.property(latenciesUs, (us) => {
        const read = decodeFromCompressedBase64(
          summarize(histogramOf(us)).histogram as string,
        ) as JsHistogram;
        const made = hdrOf(us);
        expect(read.totalCount).toBe(us.length);
        for (const value of us) expect(countAt(read, value)).toBe(countAt(made, value));
      }),
      { numRuns: 30 },
    );
  });

  test('a histogram that comes back from its code has the same counts', () => {
    fc.assert(
      fc.property(latenciesUs, (us) => {
        const histogram = histogramOf(us);
        const decoded = decodeHistogram(summarize(histogram).histogram as string);
        expect(bucketsOf(decoded)).toEqual(bucketsOf(histogram));
      }),
      { numRuns: 30 },
    );
  });

  test('counts of a long run come back too', () => {
    const histogram = histogramOf([1000]);
    for (const bucket of [0, 1000, 5000]) histogram[bucket] = 2 ** 31 + bucket;
    const summary = summarize(histogram);
    expect(summary.count).toBe(3 * 2 ** 31 + 6000);
    expect(bucketsOf(decodeHistogram(summary.histogram as string))).toEqual(bucketsOf(histogram));
  });

  test('quantiles for the timeline are those of the summary', () => {
    fc.assert(
      fc.property(latenciesUs, (us) => {
        const histogram = histogramOf(us);
        const { p50, p99, p999 } = summarize(histogram);
        expect([0.5, 0.99, 0.999].map((q) => quantileMs(histogram, q))).toEqual([p50, p99, p999]);
      }),
      { numRuns: 25 },
    );
  });

  test('quantiles agree at every count up to 2,000, where the rank falls on a whole number', () => {
    const histogram = createHistogram();
    for (let n = 1; n <= 2000; n++) {
      recordMs(histogram, n / 1000);
      expect(quantileMs(histogram, 0.99)).toBe(Math.ceil((99 * n) / 100) / 1000);
    }
  });
});

describe('counts taken out and added', () => {
  test('merging is the sum, whichever part a latency was in', () => {
    const parts = fc.array(fc.array(latencyUs, { maxLength: 60 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(parts, (us) => {
        const merged = createHistogram();
        for (const part of us) addCounts(merged, takeCounts(histogramOf(part)));
        expect(bucketsOf(merged)).toEqual(bucketsOf(histogramOf(us.flat())));
      }),
    );
  });

  test('taking leaves the histogram empty, and takes no empty bucket', () => {
    const histogram = histogramOf([5, 5, 70, HOUR_US]);
    const taken = takeCounts(histogram);
    expect(taken).toHaveLength(2 * 3);
    expect(totalCount(histogram)).toBe(0);
    expect(takeCounts(histogram)).toHaveLength(0);
  });
});

describe('what is out of range', () => {
  test.for([
    ['a negative time counts as 0', -3, 0],
    ['nothing counts as 0', 0, 0],
    ['less than half a microsecond counts as 0', 0.0004, 0],
    ['more than half of one counts as 1 µs', 0.0006, 0.001],
    ['an hour is the most', 3_600_000, 3_600_000],
    ['two hours count as one', 7_200_000, 3_600_000],
    ['for ever counts as an hour', Number.POSITIVE_INFINITY, 3_600_000],
    ['minus infinity counts as 0', Number.NEGATIVE_INFINITY, 0],
    ['what is no number counts as 0', Number.NaN, 0],
  ] as const)('%s', ([, ms, counted]) => {
    const histogram = createHistogram();
    recordMs(histogram, ms);
    expect(totalCount(histogram)).toBe(1);
    const [[middleMs]] = bucketsOf(histogram);
    expect(Math.abs(middleMs - counted)).toBeLessThanOrEqual(counted * PRECISION);
  });

  test('an hour comes back from its code', () => {
    const histogram = histogramOf([HOUR_US]);
    expect(bucketsOf(decodeHistogram(summarize(histogram).histogram as string))).toEqual(
      bucketsOf(histogram),
    );
  });
});

describe('an empty histogram', () => {
  test('has an empty summary: count 0, and null for all that was not measured', () => {
    const { count, ...rest } = summarize(createHistogram());
    expect(count).toBe(0);
    expect(Object.values(rest)).toEqual(Object.values(rest).map(() => null));
    expect(summarize(createHistogram())).toEqual(EMPTY_SUMMARY);
  });

  test('has no quantile and no bucket', () => {
    expect(quantileMs(createHistogram(), 0.5)).toBe(null);
    expect(bucketsOf(createHistogram())).toEqual([]);
  });
});
