import { describe, expect, test } from 'vitest';
import { createDisorder, type Disorder, degreeOfNReordering, freeRuns } from '../../src/stats/disorder.ts';
import { quantileOf } from '../../src/stats/distribution.ts';
import { createStreams, receive, type StreamTable } from '../../src/stats/ordering.ts';
import { type Arrived, timed } from './reordering-oracle.ts';

/** Size of the messages in the examples. */
const PAYLOAD_BYTES = 100;

function hear(arrivals: Arrived[]): StreamTable {
  const table = createStreams(1);
  for (const { seq, atMs } of arrivals) receive(table, 0, seq, atMs);
  return table;
}

/** What each reordered message shows, by its number: what is counted from its arrival on to just after it. */
function each<T>(arrivals: Arrived[], show: (disorder: Disorder) => T): Record<number, T> {
  const shown: Record<number, T> = {};
  arrivals.forEach(({ seq, atMs }, i) => {
    const table = hear(arrivals.slice(0, i));
    table.disorder = createDisorder();
    if (receive(table, 0, seq, atMs) === 'reordered') shown[seq] = show(table.disorder);
  });
  return shown;
}

const extentOf = (disorder: Disorder) => quantileOf(disorder.extents, 1);
const lateMsOf = (disorder: Disorder) => disorder.maxLateMs;
const nOf = (disorder: Disorder) => quantileOf(disorder.nReordered, 1);
const byteOffsetOf = ({ bufferDepths }: Disorder) => (quantileOf(bufferDepths, 1) ?? 0) * PAYLOAD_BYTES;

function freeRunsOf(seqs: number[]) {
  const { totals, disorder } = hear(timed(seqs));
  return freeRuns(totals.received - totals.reordered, totals.reordered, disorder.squaredRuns);
}

/** The numbers in their order of arrival, with the times at the destination, in ms. */
function arrive(seqs: number[], timesMs: number[]): Arrived[] {
  return seqs.map((seq, i) => ({ seq, atMs: timesMs[i] }));
}

describe('RFC 4737, section 7.1, table 1: packet 4 comes after 5 to 8', () => {
  const arrivals = arrive([1, 2, 3, 5, 6, 7, 8, 4, 9, 10], [68, 88, 108, 148, 168, 188, 208, 210, 228, 248]);

  test('its extent is 4', () => expect(each(arrivals, extentOf)).toEqual({ 4: 4 }));
  test('it is 62 ms late, since 5 came at 148 and 4 at 210', () =>
    expect(each(arrivals, lateMsOf)).toEqual({ 4: 62 }));
  test('its byte offset is 400', () => expect(each(arrivals, byteOffsetOf)).toEqual({ 4: 400 }));
  test('it is 4-reordered', () => expect(each(arrivals, nOf)).toEqual({ 4: 4 }));
});

describe('RFC 4737, section 7.2, table 2: packets 5 and 6 come just behind 7', () => {
  const arrivals = arrive([1, 2, 3, 4, 7, 5, 6, 8, 9, 10], [68, 88, 108, 128, 188, 189, 190, 208, 228, 248]);

  test('their extents are 1 and 2', () => expect(each(arrivals, extentOf)).toEqual({ 5: 1, 6: 2 }));
  test('they are 1 and 2 ms late', () => expect(each(arrivals, lateMsOf)).toEqual({ 5: 1, 6: 2 }));
  test('one packet must be held for either: byte offset 100', () =>
    expect(each(arrivals, byteOffsetOf)).toEqual({ 5: 100, 6: 100 }));
  test('5 is 1-reordered, and 6 is not n-reordered, since 5 came before it', () =>
    expect(each(arrivals, nOf)).toEqual({ 5: 1, 6: 0 }));
});

describe('RFC 4737, section 7.3, table 3: packets 4, 5 and 6 come after 7 to 10', () => {
  const arrivals = arrive(
    [1, 2, 3, 7, 8, 9, 10, 4, 5, 6, 11],
    [68, 88, 108, 188, 208, 228, 248, 250, 252, 256, 268],
  );

  test('the histogram of extents from 1 to 7 is 0, 0, 0, 1, 1, 1, 0', () => {
    expect(each(arrivals, extentOf)).toEqual({ 4: 4, 5: 5, 6: 6 });
    expect([...hear(arrivals).disorder.extents.slice(1, 8)]).toEqual([0, 0, 0, 1, 1, 1, 0]);
  });
  test('they are 62, 64 and 68 ms late', () =>
    expect(each(arrivals, lateMsOf)).toEqual({ 4: 62, 5: 64, 6: 68 }));
  test('the byte offset of each is 400', () =>
    expect(each(arrivals, byteOffsetOf)).toEqual({ 4: 400, 5: 400, 6: 400 }));
  test('only 4 is n-reordered, with n = 4', () => expect(each(arrivals, nOf)).toEqual({ 4: 4, 5: 0, 6: 0 }));
  test('all three belong to the one discontinuity at packet 7', () =>
    expect(hear(arrivals).disorder.discontinuities).toBe(1));
});

describe('RFC 4737, section 7.4, table 4: discontinuities at packets 6 and 12', () => {
  const seqs = [1, 2, 3, 6, 7, 4, 5, 8, 9, 10, 12, 13, 11, 14, 15, 16];

  test('the extents of 4, 5 and 11 are 2, 3 and 2', () => {
    expect(each(timed(seqs), extentOf)).toEqual({ 4: 2, 5: 3, 11: 2 });
  });

  test('the gap between the discontinuities is 11 - 4 = 7', () => {
    const { discontinuities, discontinuityGaps } = hear(timed(seqs)).disorder;
    expect({ discontinuities, discontinuityGaps }).toEqual({
      discontinuities: 2,
      discontinuityGaps: { count: 1, sum: 7 },
    });
  });

  test('the reordering-free runs are 5, 0 and 5: a = 13, x = 3, q = 50', () => {
    const { totals, disorder } = hear(timed(seqs));
    expect(totals.received - totals.reordered).toBe(13);
    expect(totals.reordered).toBe(3);
    expect(disorder.squaredRuns).toBe(50);
  });
});

describe('RFC 4737, section 4.6.4: reordering-free runs of 36 packets', () => {
  /** In each run all but the lowest number, and then that one: so many in order, and one reordered. */
  const withRuns = (runs: number[]) =>
    runs.flatMap((run, i) => {
      const lowest = 1 + runs.slice(0, i).reduce((sum, earlier) => sum + earlier + 1, 0);
      return [...Array.from({ length: run }, (_, k) => lowest + 1 + k), lowest];
    });

  test('3 runs of 11 have q = 363, the mean 11 and the variability 1', () => {
    const seqs = withRuns([11, 11, 11]);
    expect(seqs).toHaveLength(36);
    expect(hear(timed(seqs)).disorder.squaredRuns).toBe(363);
    expect(freeRunsOf(seqs)).toEqual({ count: 3, meanLength: 11, variability: 1 });
  });

  test('runs of 1, 1 and 31 have q = 963, the mean 11, q/a = 29.18 and the variability 2.65', () => {
    const seqs = withRuns([1, 1, 31]);
    const runs = freeRunsOf(seqs);
    expect(hear(timed(seqs)).disorder.squaredRuns).toBe(963);
    expect(963 / 33).toBeCloseTo(29.18, 2);
    expect(runs).toMatchObject({ count: 3, meanLength: 11 });
    expect(runs?.variability).toBeCloseTo(2.65, 2);
  });

  test('without a reordered message no run has ended', () => {
    expect(freeRunsOf([1, 2, 5, 6])).toBeNull();
  });
});

describe('RFC 4737, section 5.3: n-reordering', () => {
  const seqs = [1, 2, 3, 7, 8, 9, 4, 5, 6];

  test('of 4, 5 and 6 in 1,2,3,7,8,9,4,5,6 only 4 is n-reordered, with n = 3', () => {
    expect(each(timed(seqs), nOf)).toEqual({ 4: 3, 5: 0, 6: 0 });
  });

  test('what is n-reordered is n′-reordered for any less n′: the degree is 1/9 for 1, 2 and 3, and 0 for 4', () => {
    const { totals, disorder } = hear(timed(seqs));
    const degrees = [1, 2, 3, 4].map((n) => degreeOfNReordering(disorder.nReordered, totals.received, n));
    expect(degrees).toEqual([1 / 9, 1 / 9, 1 / 9, 0]);
  });

  test('of nothing received there is no degree', () => {
    expect(degreeOfNReordering(createDisorder().nReordered, 0, 1)).toBeNull();
  });
});
