import { expect, it } from 'vitest';
import { closeLabel, createDistribution, observe, total } from '../../src/server/counts.ts';

it('counts close codes in a bounded number of rows', () => {
  const labels = [0, 999, 1000, 1004, 1006, 1009, 1014, 2999, 3000, 3999, 4000, 4999, 5000, 65_535].map(
    closeLabel,
  );
  expect(labels).toEqual([
    ...['other', 'other', '1000', 'other', '1006', '1009', 'other', 'other'],
    ...['3xxx', '3xxx', '4xxx', '4xxx', 'other', 'other'],
  ]);
});

it('counts a value in the bucket that ends at it or after it', () => {
  const distribution = createDistribution([0.5, 1]);
  for (const seconds of [0, 0.5, 0.75, 1, 8]) observe(distribution, seconds);
  expect([...distribution.counts]).toEqual([2, 2, 1]);
  expect(distribution.sumS).toBe(10.25);
});

it('adds rows up', () => {
  expect(total({ a: 1, b: 2 })).toBe(3);
  expect(total({})).toBe(0);
});
