/**
 * The latencies of single seconds, as the record keeps them.
 */

import { describe, expect, test } from 'vitest';
import { createTally } from '../../src/collect/tally.ts';
import type { StageName } from '../../src/model/record.ts';
import { addCounts, createHistogram, takeCounts } from '../../src/stats/histogram.ts';
import { decodeHistogram } from '../../src/stats/summary.ts';
import { interval, latencies } from '../support/intervals.ts';
import fc from '../support/properties.ts';

const stages = fc.constantFrom<StageName>('ramp', 'search', 'hold', 'storm', 'drain');
const times = fc.array(fc.double({ min: 0, max: 4_000_000, noNaN: true }), { maxLength: 10 });
/** Reports of two workers, in any second and stage; some come when their second is long over. */
const reports = fc.array(
  fc.record({ worker: fc.nat(1), row: fc.nat(12), stage: stages, response: times, service: times }),
  { maxLength: 12 },
);

test('of the hold add up to the histograms of the phase, to the last message', () => {
  fc.assert(
    fc.property(reports, (told) => {
      const tally = createTally(2);
      for (const { response, service, ...where } of told) {
        tally.addInterval(interval({ ...where, response: latencies(response), service: latencies(service) }));
      }
      const seconds = tally.close();
      for (const [kind, whole] of [
        ['responseHistogram', tally.response],
        ['serviceHistogram', tally.service],
      ] as const) {
        const sum = createHistogram();
        for (const second of seconds) {
          const encoded = second[kind];
          if (encoded !== null) addCounts(sum, takeCounts(decodeHistogram(encoded)));
        }
        expect(takeCounts(sum)).toEqual(takeCounts(whole));
      }
    }),
    { numRuns: 20 },
  );
});

describe('of a second', () => {
  test('in which nothing was answered are null', () => {
    const tally = createTally(1);
    tally.addInterval(interval({ row: 0 }));
    expect(tally.close()).toMatchObject([{ responseHistogram: null, serviceHistogram: null }]);
  });

  test('in which the hold ended have the part that belongs to the hold', () => {
    const tally = createTally(1);
    tally.addInterval(interval({ row: 0, stage: 'hold', response: latencies([1]) }));
    tally.addInterval(interval({ row: 0, stage: 'storm', response: latencies([900]) }));
    const [{ responseHistogram, p99Ms }] = tally.close();
    expect(decodeHistogram(responseHistogram ?? '')).toEqual(histogramOf([1]));
    expect(p99Ms).toBeGreaterThan(800);
  });

  test('that is still open are not made up for those who only look at it', () => {
    const tally = createTally(1);
    tally.addInterval(interval({ row: 0, response: latencies([1]) }));
    tally.addInterval(interval({ row: 1 }));
    expect(tally.lastSecond()).toMatchObject({ tMs: 0, responseHistogram: null });
  });
});

function histogramOf(ms: number[]) {
  const histogram = createHistogram();
  addCounts(histogram, latencies(ms));
  return histogram;
}
