import { describe, expect, test } from 'vitest';
import {
  detectableShift,
  leastPairedP,
  leastSampleP,
  pairsNeeded,
  samplesNeeded,
} from '../../src/stats/detectable.ts';
import { pairedShift, sampleShift } from '../../src/stats/hodges-lehmann.ts';
import { holm } from '../../src/stats/holm.ts';
import { mannWhitney, mannWhitneyApproximate } from '../../src/stats/mann-whitney.ts';
import { doubledRanks } from '../../src/stats/ranks.ts';
import { wilcoxonSignedRank } from '../../src/stats/wilcoxon.ts';
import fc from '../support/properties.ts';

/** R's own examples, as in our design, section 6. */
const PERMEABILITY = {
  term: [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
  early: [1.15, 0.88, 0.9, 0.74, 1.21],
};
const DEPRESSION = {
  first: [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3],
  second: [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29],
};
const MALES = [19, 22, 16, 29, 24];
const FEMALES = [20, 11, 17, 12];

const differences = ({ first, second }: typeof DEPRESSION) => first.map((value, i) => value - second[i]);
const few = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 9 });
const sample = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 });

/** Each way to give signs to these sizes. */
function* signings(sizes: readonly number[]): Generator<number[]> {
  for (let mask = 0; mask < 2 ** sizes.length; mask++)
    yield sizes.map((size, i) => ((mask >> i) & 1 ? size : -size));
}

/** Each way to part values into a first sample of so many, and the rest. */
function* partings(values: readonly number[], count: number): Generator<[number[], number[]]> {
  for (let mask = 0; mask < 2 ** values.length; mask++) {
    const first = values.filter((_, i) => (mask >> i) & 1);
    if (first.length === count) yield [first, values.filter((_, i) => !((mask >> i) & 1))];
  }
}

/** V by its definition as a count: the means of any two differences that are above 0, those at 0 by half. */
function pairsAbove(told: readonly number[]): number {
  return told
    .flatMap((one, i) => told.slice(i).map((other) => one + other))
    .reduce((sum, both) => sum + (both > 0 ? 1 : both === 0 ? 0.5 : 0), 0);
}

/** U by its definition as a count. */
function greater(first: readonly number[], second: readonly number[]): number {
  return first
    .flatMap((one) => second.map((other) => one - other))
    .reduce((sum, difference) => sum + (difference > 0 ? 1 : difference === 0 ? 0.5 : 0), 0);
}

function sharesOf(statistics: readonly number[], observed: number) {
  const share = (fits: (value: number) => boolean) => statistics.filter(fits).length / statistics.length;
  return { less: share((value) => value <= observed), greater: share((value) => value >= observed) };
}

describe('the oracles of our design, section 6', () => {
  test('males against females: U = 17, exact p = .1111', () => {
    expect(mannWhitney(MALES, FEMALES)).toMatchObject({ u: 17, twoSided: expect.closeTo(0.1111, 4) });
  });

  test('the same by the normal distribution: p = .11135', () => {
    expect(mannWhitneyApproximate(MALES, FEMALES).twoSided).toBeCloseTo(0.11135, 5);
  });

  test('permeability: W = 35, one-sided p = .1272, shift .305', () => {
    const { term, early } = PERMEABILITY;
    expect(mannWhitney(term, early)).toMatchObject({ u: 35, greater: expect.closeTo(0.1272, 4) });
    expect(sampleShift(term, early, 0.05).estimate).toBeCloseTo(0.305, 3);
  });

  test('depression: V = 40, one-sided p = .01953', () => {
    expect(wilcoxonSignedRank(differences(DEPRESSION))).toMatchObject({
      v: 40,
      greater: expect.closeTo(0.01953, 5),
    });
  });

  test.each([
    [3, 0.1],
    [4, 0.0286],
    [5, 0.0079],
    [6, 0.0022],
  ])('%i runs of each side: p is %f at the least', (runs, p) => {
    expect(leastSampleP(runs, runs)).toBeCloseTo(p, 4);
    const low = Array.from({ length: runs }, (_, i) => i);
    expect(
      mannWhitney(
        low,
        low.map((value) => value + 100),
      ).twoSided,
    ).toBeCloseTo(p, 4);
  });

  test('6 pairs: p is .031 at the least, so that two metrics need 7', () => {
    expect(leastPairedP(6)).toBeCloseTo(0.031, 3);
    expect(wilcoxonSignedRank([1, 2, 3, 4, 5, 6]).twoSided).toBeCloseTo(0.031, 3);
    expect(pairsNeeded(0.05)).toBe(6);
    expect(pairsNeeded(0.05 / 2)).toBe(7);
    expect(samplesNeeded(0.05)).toBe(4);
  });

  test('5 runs of each side with a scatter of 4 %: 7.1 % can be found by means, a little more by ranks', () => {
    const byRanks = detectableShift(0.04 * Math.sqrt(2 / 5), 100_000, { alpha: 0.05, power: 0.8 });
    expect(byRanks / Math.sqrt(Math.PI / 3)).toBeCloseTo(0.071, 3);
    expect(byRanks).toBeCloseTo(0.0725, 4);
  });

  test('11 runs of each side with a scatter of 4 %: 5 % can be found', () => {
    const found = (runs: number) =>
      detectableShift(0.04 * Math.sqrt(2 / runs), 100_000, { alpha: 0.05, power: 0.8 });
    expect(found(11)).toBeLessThanOrEqual(0.05);
    expect(found(10)).toBeGreaterThan(0.05);
  });
});

describe('against all that chance can do, counted', () => {
  test('signed ranks, with ties', () => {
    fc.assert(
      fc.property(few, (values) => {
        const told = values.filter((value) => value !== 0);
        const { v, less, greater: more } = wilcoxonSignedRank(values);
        const statistics = [...signings(told.map(Math.abs))].map((signed) => wilcoxonSignedRank(signed).v);
        const shares = sharesOf(statistics, v);
        expect(less).toBeCloseTo(shares.less, 10);
        expect(more).toBeCloseTo(shares.greater, 10);
      }),
      { numRuns: 60 },
    );
  });

  test('V counts means of two differences, where no two sizes are the same', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { maxLength: 12 }),
        fc.nat(),
        (sizes, mask) => {
          const told = sizes.map((size, i) => ((mask >> i) & 1 ? size : -size));
          expect(wilcoxonSignedRank(told).v).toBe(pairsAbove(told));
        },
      ),
    );
  });

  test('two samples, with ties', () => {
    fc.assert(
      fc.property(sample, sample, (first, second) => {
        const { u, less, greater: more } = mannWhitney(first, second);
        expect(u).toBe(greater(first, second));
        const statistics = [...partings([...first, ...second], first.length)].map(([one, other]) =>
          greater(one, other),
        );
        const shares = sharesOf(statistics, u);
        expect(less).toBeCloseTo(shares.less, 10);
        expect(more).toBeCloseTo(shares.greater, 10);
      }),
      { numRuns: 60 },
    );
  });

  test('ranks are those of a sorted list, equal ones shared', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 })), (values) => {
        const ranks = doubledRanks(values);
        for (const [i, value] of values.entries()) {
          const below = values.filter((other) => other < value).length;
          const same = values.filter((other) => other === value).length;
          expect(ranks[i]).toBe(2 * below + same + 1);
        }
      }),
    );
  });
});

describe('the normal approximation', () => {
  const odd = Array.from({ length: 101 }, (_, i) => ([0, 3, 5].includes(i % 7) ? -(i + 1) : i + 1) / 7);
  test('of signed ranks goes on where the exact one ends', () => {
    const exact = wilcoxonSignedRank(odd.slice(0, 100));
    const approximate = wilcoxonSignedRank([...odd.slice(0, 100), 1e-9, -2e-9]);
    expect(approximate.greater).toBeGreaterThan(exact.greater / 2);
    expect(approximate.greater).toBeLessThan(exact.greater * 2);
  });

  test('of two samples is near the exact one, with ties', () => {
    const first = Array.from({ length: 25 }, (_, i) => (i * 7) % 13);
    const second = Array.from({ length: 25 }, (_, i) => ((i * 5) % 13) + 2);
    const { greater: more, less } = mannWhitneyApproximate(first, second);
    expect(more).toBeCloseTo(mannWhitney(first, second).greater, 2);
    expect(less).toBeCloseTo(mannWhitney(first, second).less, 2);
  });

  test('of values that are all the same finds nothing', () => {
    expect(mannWhitneyApproximate([1, 1], [1, 1, 1]).twoSided).toBe(1);
    expect(mannWhitney(Array(40).fill(1), Array(40).fill(1)).twoSided).toBe(1);
    expect(wilcoxonSignedRank([0, 0]).twoSided).toBe(1);
  });
});

describe('a shift', () => {
  const levels = fc.constantFrom(0.5, 0.2, 0.1, 0.05, 0.01);
  const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 10 });

  test('of pairs leaves 0 out exactly where the test of ranks rejects at the same level', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), levels, (all, mask, alpha) => {
        const told = all.map((size, i) => ((mask >> i) & 1 ? size : -size));
        const { low, high } = pairedShift(told, alpha);
        expect(low > 0 || high < 0).toBe(wilcoxonSignedRank(told).twoSided <= alpha);
      }),
    );
  });

  test('of samples leaves 0 out exactly where the test of ranks rejects at the same level', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 12 }),
        fc.nat(),
        levels,
        (all, at, alpha) => {
          const count = 1 + (at % (all.length - 1));
          const [first, second] = [all.slice(0, count), all.slice(count)];
          const { low, high } = sampleShift(first, second, alpha);
          expect(low > 0 || high < 0).toBe(mannWhitney(first, second).twoSided <= alpha);
        },
      ),
    );
  });

  test('moves with the values, and turns with the sides', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.integer({ min: -50, max: 50 }), (first, second, by) => {
        const moved = (values: number[]) => values.map((value) => value + by);
        expect(sampleShift(moved(first), second, 0.1).estimate).toBe(
          sampleShift(first, second, 0.1).estimate + by,
        );
        expect(pairedShift(moved(first), 0.1).estimate).toBe(pairedShift(first, 0.1).estimate + by);
        const { estimate, low, high } = sampleShift(first, second, 0.1);
        expect(sampleShift(second, first, 0.1)).toEqual({
          estimate: 0 - estimate,
          low: 0 - high,
          high: 0 - low,
        });
      }),
    );
  });

  test('has an open interval where there are too few values for the confidence', () => {
    expect(pairedShift([1, 2, 3], 0.05)).toEqual({
      ...{ estimate: 2, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
    });
  });

  test('of eight pairs at 98.3 % leaves out one mean at each end, as p = 2/256 allows and 4/256, too', () => {
    const told = [1, 2, 4, 8, 16, 32, 64, 128];
    // 2 · P(V ≤ 0) = .0078 and 2 · P(V ≤ 1) = .0156 are within .0167: the second mean from each end.
    expect(pairedShift(told, 0.05 / 3)).toMatchObject({ low: 1.5, high: 96 });
    expect(pairedShift(told, 0.01)).toMatchObject({ low: 1, high: 128 });
  });
});

describe('several metrics at once', () => {
  test('are held against stricter levels, the more the smaller their p', () => {
    expect(holm([0.04, 0.001, 0.02], 0.05)).toEqual([
      { alpha: 0.05, isRejected: true },
      { alpha: 0.05 / 3, isRejected: true },
      { alpha: 0.05 / 2, isRejected: true },
    ]);
  });

  test('stop at the first that is not below its level', () => {
    expect(holm([0.04, 0.001, 0.03], 0.05)).toEqual([
      { alpha: 0.025, isRejected: false },
      { alpha: 0.05 / 3, isRejected: true },
      { alpha: 0.025, isRejected: false },
    ]);
  });

  test('are rejected exactly as by the adjusted p’s of the textbook', () => {
    const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(ps, fc.constantFrom(0.01, 0.05, 0.2), (values, alpha) => {
        const sorted = values.toSorted((a, b) => a - b);
        const adjusted = (p: number) =>
          Math.max(...sorted.slice(0, sorted.lastIndexOf(p) + 1).map((q, i) => q * (sorted.length - i)));
        const isNear = values.some((p) => Math.abs(adjusted(p) - alpha) < 1e-9);
        fc.pre(!isNear && new Set(values).size === values.length);
        expect(holm(values, alpha).map(({ isRejected }) => isRejected)).toEqual(
          values.map((p) => adjusted(p) <= alpha),
        );
      }),
    );
  });
});
