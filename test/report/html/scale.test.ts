import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  latencyScale,
  linearScale,
  percentileScale,
  type Scale,
  timeScale,
} from '../../../src/report/html/scale.ts';

const EXTENT = { from: 60, to: 540 };

const labels = ({ ticks }: Scale) => ticks.map(({ label }) => label);

describe('scales', () => {
  it.each<[string, Scale, string[]]>([
    ['connections', linearScale(1843, EXTENT), ['0', '500', '1,000', '1,500', '2,000']],
    ['many connections', linearScale(60_000, EXTENT), ['0', '20k', '40k', '60k']],
    ['hardly any', linearScale(0.3, EXTENT), ['0', '1']],
    ['nothing', linearScale(0, EXTENT), ['0', '1']],
    ['a minute', timeScale(60_000, EXTENT), ['0', '10 s', '20 s', '30 s', '40 s', '50 s', '1 min']],
    ['an hour', timeScale(3_600_000, EXTENT), ['0', '10 min', '20 min', '30 min', '40 min', '50 min', '1 h']],
    ['no time', timeScale(0, EXTENT), ['0', '0.2 s', '0.4 s', '0.6 s', '0.8 s', '1 s']],
    ['latencies', latencyScale(0.3, 200, EXTENT), ['0.3 ms', '1 ms', '3 ms', '10 ms', '30 ms', '100 ms']],
    ['close latencies', latencyScale(0.9, 12, EXTENT), ['1 ms', '2 ms', '5 ms', '10 ms']],
    ['far latencies', latencyScale(0.05, 2000, EXTENT), ['0.1 ms', '1 ms', '10 ms', '100 ms', '1 s']],
    ['percentiles', percentileScale(32_400, EXTENT), ['50 %', '90 %', '99 %', '99.9 %', '99.99 %']],
    ['few percentiles', percentileScale(1, EXTENT), ['50 %', '90 %']],
  ])('label %s with round values', (_name, scale, expected) => {
    expect(labels(scale)).toEqual(expected);
  });

  const scales = fc.oneof(
    fc.double({ min: 0, max: 1e7, noNaN: true }).map((max) => ({ scale: linearScale(max, EXTENT), max })),
    fc.double({ min: 0, max: 1e9, noNaN: true }).map((max) => ({ scale: timeScale(max, EXTENT), max })),
    fc
      .tuple(fc.double({ min: 0, max: 1e4, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true }))
      .map(([min, more]) => ({ scale: latencyScale(min, min + more, EXTENT), max: min + more })),
    fc.integer({ min: 1, max: 1e9 }).map((count) => ({ scale: percentileScale(count, EXTENT), max: 1 })),
  );

  it('put every value and every tick into the drawing, in order', () => {
    fc.assert(
      fc.property(scales, fc.double({ min: 0, max: 1, noNaN: true }), ({ scale, max }, share) => {
        const places = [...scale.ticks.map(({ value }) => scale.at(value)), scale.at(max * share)];
        for (const place of places) {
          expect(place).toBeGreaterThanOrEqual(EXTENT.from - 1);
          expect(place).toBeLessThanOrEqual(EXTENT.to + 1);
        }
        const ticks = places.slice(0, -1);
        expect(ticks).toEqual(ticks.toSorted((a, b) => a - b));
        expect(new Set(labels(scale)).size).toBe(scale.ticks.length);
        expect(scale.ticks.length).toBeLessThanOrEqual(12);
      }),
    );
  });
});
