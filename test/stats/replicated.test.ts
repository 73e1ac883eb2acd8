import { expect, test } from 'vitest';
import { addCopy, MAX_RANGES, type Range } from '../../src/stats/replicated.ts';
import fc from '../support/properties.ts';

test('only the second copy of a number is new, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { maxLength: 200 }), (copies) => {
      const ranges: Range[] = [];
      const fresh = copies.filter((seq) => addCopy(ranges, seq));
      expect(fresh).toEqual([...new Set(copies)]);
    }),
  );
});

test('the ranges are those of the numbers, apart from each other and ascending', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 60 }), (copies) => {
      const ranges: Range[] = [];
      for (const seq of copies) addCopy(ranges, seq);
      const numbers = ranges.flatMap(({ from, to }) =>
        Array.from({ length: to - from + 1 }, (_, i) => from + i),
      );
      expect(numbers).toEqual([...new Set(copies)].sort((a, b) => a - b));
      ranges.slice(1).forEach(({ from }, i) => {
        expect(from - ranges[i].to).toBeGreaterThan(1);
      });
    }),
  );
});

test('a stream that is delivered twice is one range', () => {
  const ranges: Range[] = [];
  for (let seq = 1; seq <= 10_000; seq++) addCopy(ranges, seq);
  expect(ranges).toEqual([{ from: 1, to: 10_000 }]);
});

test('of more ranges than are kept the lowest is given up, and a third copy in it counts as a second one', () => {
  const ranges: Range[] = [];
  for (let i = 0; i <= MAX_RANGES; i++) addCopy(ranges, 2 * i);
  expect(ranges).toHaveLength(MAX_RANGES);
  expect(addCopy(ranges, 2)).toBe(false);
  expect(addCopy(ranges, 0)).toBe(true);
});
