import { describe, expect, test } from 'vitest';
import { normalUpperTail } from '../../src/stats/normal.ts';
import { mannKendall, theilSen } from '../../src/stats/trend.ts';
import fc from '../support/properties.ts';

/** The series of our design, section 7; what is expected of them was worked out before this code. */
const FOUR = [10, 15, 14, 20];
const TEN = [100, 101, 103, 102, 104, 106, 105, 107, 108, 110];

function* permutations(values: readonly number[]): Generator<number[]> {
  if (values.length === 0) yield [];
  for (const [i, first] of values.entries())
    for (const rest of permutations(values.toSpliced(i, 1))) yield [first, ...rest];
}

function pairs(values: readonly number[]): [earlier: number, later: number][] {
  return values.flatMap((earlier, i) =>
    values.slice(i + 1).map((later): [number, number] => [earlier, later]),
  );
}

/** S, by counting. */
function risesLessFalls(values: readonly number[]): number {
  const rises = pairs(values).filter(([earlier, later]) => later > earlier).length;
  const falls = pairs(values).filter(([earlier, later]) => later < earlier).length;
  return rises - falls;
}

/** Values 1 to n in an order with this S: as many swaps of neighbours as it takes, each worth 2. */
function withS(n: number, s: number): number[] {
  const values = Array.from({ length: n }, (_, i) => i + 1);
  while (risesLessFalls(values) > s) {
    const i = values.findIndex((value, at) => value < values[at + 1]);
    [values[i], values[i + 1]] = [values[i + 1], values[i]];
  }
  return values;
}

const small = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 2, maxLength: 6 });
const different = fc.uniqueArray(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 7 });
const series = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 25 });

describe('Mann-Kendall, oracles of our design, section 7', () => {
  test('of 10, 15, 14, 20: S = 4, Var S = 8.667, exact p = 4/24', () => {
    const { s, variance, p } = mannKendall(FOUR);
    expect(s).toBe(4);
    expect(variance).toBeCloseTo(8.667, 3);
    expect(p).toBeCloseTo(0.1667, 4);
  });

  test('of ten rising values with two swaps: S = 41, Var S = 125, Z = 3.578, and its two-sided p is .00035', () => {
    const { s, variance, z } = mannKendall(TEN);
    expect(s).toBe(41);
    expect(variance).toBe(125);
    expect(z).toBeCloseTo(3.578, 3);
    expect(2 * normalUpperTail(z)).toBeCloseTo(0.00035, 5);
  });

  test('of those the exact one-sided p is 54 of 10!, the orders with at most two inversions', () => {
    expect(mannKendall(TEN).p).toBeCloseTo(54 / 3_628_800, 12);
  });
});

describe('Mann-Kendall, Gilbert, Statistical Methods for Environmental Pollution Monitoring (1987), table A18', () => {
  test.each([
    [4, 6, 0.042],
    [5, 8, 0.042],
    [8, 16, 0.031],
    [8, 18, 0.016],
    [8, 20, 0.0071],
    [9, 20, 0.022],
    [10, 27, 0.0083],
  ])('of %d values, S = %d or more has a probability of %d', (n, s, probability) => {
    const { p } = mannKendall(withS(n, s));
    expect(Number(p.toPrecision(2))).toBe(probability);
  });
});

describe('Mann-Kendall', () => {
  test('has the S that counting says', () => {
    fc.assert(
      fc.property(series, (values) => {
        expect(mannKendall(values).s).toBe(risesLessFalls(values));
      }),
    );
  });

  test('has, without ties, the p that trying all orders says', () => {
    fc.assert(
      fc.property(different, (values) => {
        const s = risesLessFalls(values);
        const all = [...permutations(values)];
        const reached = all.filter((order) => risesLessFalls(order) >= s).length;
        expect(mannKendall(values).p).toBeCloseTo(reached / all.length, 12);
      }),
      { numRuns: 30 },
    );
  });

  test('has, with ties too, the variance of S over all orders', () => {
    fc.assert(
      fc.property(small, (values) => {
        const squares = [...permutations(values)].map((order) => risesLessFalls(order) ** 2);
        const variance = squares.reduce((sum, square) => sum + square, 0) / squares.length;
        expect(mannKendall(values).variance).toBeCloseTo(variance, 9);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    [14, 45, 0.006919],
    [14, 41, 0.0132],
    [14, 37, 0.023588],
  ])('is, of %d values, for S = %d near its exact p of %d, on the safe side', (n, s, exact) => {
    const { z, p } = mannKendall(withS(n, s));
    expect(p).toBe(normalUpperTail(z));
    expect(p - exact).toBeGreaterThan(0);
    expect(p - exact).toBeLessThan(0.0015);
  });

  test('is near the exact p with ties too', () => {
    const all = [...permutations([1, 1, 2, 3, 3, 4, 5, 6])];
    const sums = all.map(risesLessFalls);
    for (const [s, order] of new Map(all.map((order, i) => [sums[i], order]))) {
      const reached = sums.filter((other) => other >= s).length;
      expect(Math.abs(mannKendall(order).p - reached / all.length)).toBeLessThan(0.01);
    }
  });

  test('sees no trend in what never changes, nor in one value or none', () => {
    expect(mannKendall([7, 7, 7, 7])).toEqual({ s: 0, variance: 0, z: 0, p: 1 });
    expect(mannKendall([7])).toMatchObject({ s: 0, z: 0, p: 1 });
    expect(mannKendall([])).toMatchObject({ s: 0, z: 0, p: 1 });
  });

  test('finds growth, not decline', () => {
    expect(mannKendall(TEN).p).toBeLessThan(0.001);
    expect(mannKendall(TEN.toReversed())).toMatchObject({ s: -41, z: -mannKendall(TEN).z });
    expect(mannKendall(TEN.toReversed()).p).toBeGreaterThan(0.999);
  });
});

describe('Theil-Sen, oracles of our design, section 7', () => {
  test('of the ten values the slope is 1.0, 95 % from .833 to 1.25', () => {
    const { slope, low, high } = theilSen(TEN);
    expect(slope).toBe(1);
    expect(low).toBeCloseTo(0.833, 3);
    expect(high).toBe(1.25);
  });

  test('of 1, 2, 3, 4, 100 the slope is 1, since one wild value does not decide', () => {
    expect(theilSen([1, 2, 3, 4, 100]).slope).toBe(1);
  });
});

describe('Theil-Sen', () => {
  test('leaves as many pairs rising as falling when its slope is taken off', () => {
    fc.assert(
      fc.property(series, (values) => {
        const { slope } = theilSen(values);
        const without = (taken: number) => values.map((value, i) => value - taken * i);
        expect(risesLessFalls(without(slope - 1e-7))).toBeGreaterThanOrEqual(0);
        expect(risesLessFalls(without(slope + 1e-7))).toBeLessThanOrEqual(0);
      }),
    );
  });

  test('follows the unit of the values, a shift, an added slope and the unit of time', () => {
    fc.assert(
      fc.property(
        series,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: -50, max: 50 }),
        (values, a, b) => {
          const before = theilSen(values, undefined, 0.9);
          const after = theilSen(
            values.map((value, i) => a * value + b * i + 17),
            values.map((_, i) => i / 4),
            0.9,
          );
          expect(after.slope).toBeCloseTo(4 * (a * before.slope + b), 6);
        },
      ),
    );
  });

  test('takes slopes over the times that it was given', () => {
    expect(theilSen([0, 10, 40, 50], [0, 1, 4, 5]).slope).toBe(10);
  });

  test('falls as fast as it rose when the series is turned round', () => {
    fc.assert(
      fc.property(series, (values) => {
        const { slope, low, high } = theilSen(values);
        const turned = theilSen(values.toReversed());
        expect([turned.slope, turned.low, turned.high].map((end) => end + 0)).toEqual(
          [-slope, -high, -low].map((end) => end + 0),
        );
      }),
    );
  });

  test('has one slope and no doubt of what never changes', () => {
    expect(theilSen([3, 3, 3, 3, 3])).toEqual({ slope: 0, low: 0, high: 0 });
  });

  test('knows no bounds from four values, of which no order is rarer than 1 in 24', () => {
    expect(theilSen(FOUR)).toMatchObject({
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
    });
  });

  test.each([5, 6, 7, 8])(
    'holds the true slope in at least 95 % of all orders of %d different errors',
    (n) => {
      let all = 0;
      let held = 0;
      for (const errors of permutations(Array.from({ length: n }, (_, i) => i))) {
        const { low, high } = theilSen(errors);
        all++;
        if (low <= 0 && high >= 0) held++;
      }
      expect(held / all).toBeGreaterThanOrEqual(0.95);
    },
  );

  test('has the wider interval for the higher confidence', () => {
    const [at90, at99] = [theilSen(TEN, undefined, 0.9), theilSen(TEN, undefined, 0.99)];
    expect(at99.low).toBeLessThan(at90.low);
    expect(at99.high).toBeGreaterThan(at90.high);
  });
});
