import { expect, test } from 'vitest';
import { createStreams, missingOf, receive } from '../../src/stats/ordering.ts';
import fc from '../support/properties.ts';
import { anything, disturbed, permuted } from './disturbed.ts';

function gapsAfter(seqs: number[]): { ranges: [number, number][]; missing: number } {
  const table = createStreams(1);
  for (const seq of seqs) receive(table, 0, seq);
  const ranges = (table.gaps.get(0) ?? []).map(({ from, to }): [number, number] => [from, to]);
  return { ranges, missing: missingOf(table, 0) };
}

test('the gaps are the numbers below the highest that have not come, in order, and none is empty', () => {
  fc.assert(
    fc.property(fc.oneof(disturbed, anything, permuted), (seqs) => {
      const { ranges, missing } = gapsAfter(seqs);
      const numbers = Array.from({ length: Math.max(0, ...seqs) }, (_, i) => i + 1);
      const absent = numbers.filter((seq) => !seqs.includes(seq));
      expect(ranges.flatMap(([from, to]) => numbers.slice(from - 1, to))).toEqual(absent);
      expect(ranges.every(([from, to]) => from <= to)).toBe(true);
      expect(missing).toBe(absent.length);
    }),
  );
});

test('a gap that is filled from its ends stays one, and is gone when it is full', () => {
  expect(gapsAfter([6, 1, 5]).ranges).toEqual([[2, 4]]);
  expect(gapsAfter([6, 1, 5, 4, 2, 3]).ranges).toEqual([]);
});

test('a gap that is filled in its middle becomes two', () => {
  expect(gapsAfter([6, 3]).ranges).toEqual([
    [1, 2],
    [4, 5],
  ]);
});
