import { expect, test } from 'vitest';
import {
  countAtLeast,
  countValue,
  createDistribution,
  OVERFLOW,
  quantileOf,
} from '../../src/stats/distribution.ts';
import { addCounts, takeCounts } from '../../src/stats/histogram.ts';
import fc from '../support/properties.ts';

function distributionOf(values: number[]): Uint32Array {
  const distribution = createDistribution();
  for (const value of values) countValue(distribution, value);
  return distribution;
}

const values = fc.array(fc.nat(OVERFLOW - 1), { minLength: 1, maxLength: 100 });

test('the quantiles are those of the sorted numbers, each exact', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 100 }), (numbers, percent) => {
      const sorted = numbers.toSorted((a, b) => a - b);
      const rank = Math.ceil((percent * numbers.length) / 100);
      expect(quantileOf(distributionOf(numbers), percent / 100)).toBe(sorted[rank - 1]);
    }),
  );
});

test('how many are at least so large is what counting them says', () => {
  fc.assert(
    fc.property(values, fc.nat(OVERFLOW), (numbers, least) => {
      const expected = numbers.filter((number) => number >= least).length;
      expect(countAtLeast(distributionOf(numbers), least)).toBe(expected);
    }),
  );
});

test('two distributions add up as if one had counted all', () => {
  fc.assert(
    fc.property(values, values, (some, others) => {
      const both = distributionOf(some);
      addCounts(both, takeCounts(distributionOf(others)));
      expect(both).toEqual(distributionOf([...some, ...others]));
    }),
  );
});

test('from 1,024 on, numbers are told as "at least 1,024"', () => {
  const distribution = distributionOf([1, 1023, 1024, 5_000_000]);
  expect(countAtLeast(distribution, OVERFLOW)).toBe(2);
  expect(quantileOf(distribution, 1)).toBe(OVERFLOW);
  expect(quantileOf(distribution, 0.5)).toBe(1023);
});

test('of nothing there is no quantile', () => {
  expect(quantileOf(createDistribution(), 0.5)).toBeNull();
});
