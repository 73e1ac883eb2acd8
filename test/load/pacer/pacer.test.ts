import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { createPacer } from '../../../src/load/pacer/index.ts';

const random = () => createRandom(11, 'arrivals');
const take = (pacer: () => number, count: number) => Array.from({ length: count }, pacer);

describe('constant', () => {
  test('the first message is due at the offset, the next ones a gap apart', () => {
    const pacer = createPacer({ arrival: 'constant', ratePerS: 4, offsetMs: 30 }, random());
    expect(take(pacer, 4)).toEqual([30, 280, 530, 780]);
  });

  test('a million gaps of a third of a second do not drift', () => {
    const pacer = createPacer({ arrival: 'constant', ratePerS: 3, offsetMs: 0 }, random());
    expect(take(pacer, 3_000_001).at(-1)).toBe(1_000_000_000);
  });

  test('workers that are offset by a share of the gap send at constant gaps together', () => {
    const workers = 4;
    const times = Array.from({ length: workers }, (_, worker) => {
      const offsetMs = (worker * 1000) / 100;
      return take(createPacer({ arrival: 'constant', ratePerS: 100 / workers, offsetMs }, random()), 25);
    });
    const together = times.flat().sort((a, b) => a - b);
    together.forEach((time, n) => {
      expect(time).toBeCloseTo(n * 10, 9);
    });
  });
});

describe('poisson', () => {
  const count = 200_000;
  const ratePerS = 250;
  const times = take(createPacer({ arrival: 'poisson', ratePerS, offsetMs: 5 }, random()), count);
  const gaps = times.map((time, n) => time - (times[n - 1] ?? 0));

  test('gaps have the mean and the standard deviation 1/rate', () => {
    const mean = times[count - 1] / count;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / (count - 1);
    expect(Math.abs(mean - 4)).toBeLessThan((5 * 4) / Math.sqrt(count));
    // The variance of an exponential distribution's sample variance is 8 σ⁴ / n.
    expect(Math.abs(variance - 16)).toBeLessThan(5 * 16 * Math.sqrt(8 / count));
  });

  test('gaps are exponential: chi-square over 20 classes of equal probability', () => {
    const classes = new Array(20).fill(0);
    for (const gap of gaps) classes[Math.floor(20 * (1 - Math.exp(-gap / 4)))]++;
    const expected = count / 20;
    const chiSquare = classes.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
    // 43.8 is the 99.9th percentile with 19 degrees of freedom.
    expect(chiSquare).toBeLessThan(43.8);
  });

  test('counts per second vary as much as they are large', () => {
    const seconds = Math.floor(times[count - 1] / 1000);
    const counts = new Array(seconds).fill(0);
    for (const time of times) if (time < seconds * 1000) counts[Math.floor(time / 1000)]++;
    const mean = counts.reduce((sum, value) => sum + value, 0) / seconds;
    const variance = counts.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (seconds - 1);
    expect(Math.abs(variance / mean - 1)).toBeLessThan(5 * Math.sqrt(2 / seconds));
  });

  test('a draw of 0 is a gap of 0, not an end', () => {
    const pacer = createPacer({ arrival: 'poisson', ratePerS: 1, offsetMs: 0 }, () => 0);
    expect(take(pacer, 2)).toEqual([0, 0]);
  });
});

describe('both', () => {
  const arrivals = fc.constantFrom('constant' as const, 'poisson' as const);

  test('times never go back, and the same draws give the same times', () => {
    const rates = fc.double({ min: 0.001, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(arrivals, rates, fc.nat(2 ** 31 - 1), (arrival, ratePerS, seed) => {
        const make = () => createPacer({ arrival, ratePerS, offsetMs: 0 }, createRandom(seed));
        const times = take(make(), 100);
        expect(times).toEqual(take(make(), 100));
        times.forEach((time, n) => {
          expect(time).toBeGreaterThanOrEqual(times[n - 1] ?? 0);
          expect(time).toBeLessThan(Number.POSITIVE_INFINITY);
        });
      }),
    );
  });

  test('a rate of 0 means that nothing is ever due', () => {
    fc.assert(
      fc.property(arrivals, (arrival) => {
        const pacer = createPacer({ arrival, ratePerS: 0, offsetMs: 5 }, random());
        expect(take(pacer, 2)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
      }),
    );
  });
});
