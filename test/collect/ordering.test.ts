import { describe, expect, test } from 'vitest';
import { toOrdering } from '../../src/collect/ordering.ts';
import { type Ordering, orderingSchema } from '../../src/model/ordering.ts';
import { addDisorder, createDisorderSum, takeDisorder } from '../../src/stats/disorder-counts.ts';
import { createStreams, missingOf, receive, resetStream } from '../../src/stats/ordering.ts';
import { orderly } from '../support/orderings.ts';

/** Order of one stream whose messages come at these times; without them, 20 ms apart. */
function orderOf(seqs: number[], timesMs = seqs.map((_, i) => 20 * i)): Ordering {
  const table = createStreams(1);
  for (const [i, seq] of seqs.entries()) receive(table, 0, seq, timesMs[i]);
  const missing = missingOf(table, 0);
  resetStream(table, 0);
  const disorder = createDisorderSum();
  const counts = takeDisorder(table);
  if (counts !== null) addDisorder(disorder, counts);
  const { received: unique, maxExtent, maxBufferDepth, ...totals } = table.totals;
  const once = { streams: 1, recovered: 0, resets: 0 };
  return toOrdering({ ...totals, ...once, unique, missing }, { maxExtent, maxBufferDepth }, disorder, []);
}

describe('RFC 4737', () => {
  test('section 7.1, table 1: one of ten is 4 too late, by 62 ms, and needs a buffer of 4', () => {
    const times = [68, 88, 108, 148, 168, 188, 208, 210, 228, 248];
    const ordering = orderOf([1, 2, 3, 5, 6, 7, 8, 4, 9, 10], times);
    expect(ordering).toMatchObject({
      ...{ reorderedRatio: 0.1, maxExtent: 4, maxBufferDepth: 4, maxLateMs: 62 },
      extents: { p50: 4, p99: 4 },
      bufferDepth: { p50: 4, p99: 4 },
      lateMs: { count: 1 },
      nReordering: { '1': 0.1, '3': 0.1 },
      discontinuities: 1,
      meanDiscontinuityGap: null,
    });
    expect(ordering.headOfLineDelayMs?.p99).toBeCloseTo(62, 1);
  });

  test('section 7.4, table 4: runs of 5, 0 and 5, and a gap of 7 between discontinuities', () => {
    const ordering = orderOf([1, 2, 3, 6, 7, 4, 5, 8, 9, 10, 12, 13, 11, 14, 15, 16]);
    // a = 13 in order, x = 3 reordered, q = 50: mean a/x, variability (q/a)/(a/x).
    expect(ordering.freeRuns).toMatchObject({ count: 3, meanLength: 13 / 3 });
    expect(ordering.freeRuns?.variability).toBeCloseTo(50 / 13 / (13 / 3), 12);
    expect(ordering).toMatchObject({ discontinuities: 2, meanDiscontinuityGap: 7 });
  });

  test('section 5.3: of nine messages three are reordered, and one of them is 3-reordered', () => {
    expect(orderOf([1, 2, 3, 7, 8, 9, 4, 5, 6]).nReordering).toEqual({ '1': 1 / 9, '3': 1 / 9 });
  });
});

test('RFC 5560: of 1,1,1,2,3,3,3,4 the duplication fraction is 100 % and the replicated rate 50 %', () => {
  expect(orderOf([1, 1, 1, 2, 3, 3, 3, 4])).toMatchObject({ duplicationFraction: 1, replicatedRate: 0.5 });
});

test('RFC 7680: of five messages of which the third is lost, the loss ratio is 0.2', () => {
  expect(orderOf([1, 2, 4, 5]).lossRatio).toBe(0.2);
});

test('RFC 5236, section 8a: the densities are as published', () => {
  const { reorderDensity, bufferOccupancyDensity } = orderOf([1, 4, 2, 5, 3, 6, 7, 8]);
  expect(reorderDensity?.slice(14, 19)).toEqual([0.125, 0.125, 0.5, 0.125, 0.125]);
  expect(bufferOccupancyDensity?.slice(0, 4)).toEqual([0.625, 0.25, 0.125, 0]);
});

describe('where nothing came', () => {
  test('there is no share of it, and nothing that could mend it', () => {
    expect(orderly()).toMatchObject({
      ...{ lossRatio: null, duplicationFraction: null, replicatedRate: null, reorderDensity: null },
      ...{ extents: null, bufferDepth: null, headOfLineDelayMs: null, freeRuns: null },
      nReordering: { '1': null, '3': null },
      lateMs: { count: 0 },
      maxLateMs: 0,
    });
  });
});

test('what is in order has ratios of 0, and all of it in place', () => {
  const ordering = orderOf([1, 2, 3]);
  expect(ordering).toMatchObject({
    ...{ lossRatio: 0, duplicationFraction: 0, replicatedRate: 0, discontinuities: 0 },
    nReordering: { '1': 0, '3': 0 },
    freeRuns: null,
  });
  expect(ordering.reorderDensity?.[16]).toBe(1);
  expect(ordering.bufferOccupancyDensity?.[0]).toBe(1);
});

test('any of it is what the record takes', () => {
  for (const seqs of [[], [1, 2], [1, 3, 2, 2, 9]]) {
    expect(orderingSchema.parse(orderOf(seqs))).toEqual(orderOf(seqs));
  }
});
