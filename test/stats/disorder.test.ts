import { describe, expect, test } from 'vitest';
import { createDisorder, type Disorder } from '../../src/stats/disorder.ts';
import { countAtLeast, OVERFLOW } from '../../src/stats/distribution.ts';
import { addCounts, takeCounts, totalCount } from '../../src/stats/histogram.ts';
import { createStreams, receive, resetStream, type StreamTable } from '../../src/stats/ordering.ts';
import fc from '../support/properties.ts';
import { anything, disturbed, permuted } from './disturbed.ts';
import { type Arrived, judge, reorderingBuffer, timed } from './reordering-oracle.ts';

function hear(seqs: number[]): StreamTable {
  const table = createStreams(1);
  for (const seq of seqs) receive(table, 0, seq);
  return table;
}

function hearTimed(arrivals: Arrived[]): StreamTable {
  const table = createStreams(1);
  for (const { seq, atMs } of arrivals) receive(table, 0, seq, atMs);
  return table;
}

/** The same with its filled buckets only, which are compared much faster. */
function filled(disorder: Disorder) {
  return {
    ...disorder,
    extents: takeCounts(disorder.extents),
    bufferDepths: takeCounts(disorder.bufferDepths),
    nReordered: takeCounts(disorder.nReordered),
    lateTime: takeCounts(disorder.lateTime),
  };
}

describe('RFC 5560, section 5.3: of four packets', () => {
  test.each([
    ['case 1', [1, 2, 3, 4], 0, 0],
    ['case 2', [1, 1, 2, 2, 3, 3, 4, 4], 1, 1],
    ['case 2b', [1, 2, 3, 4, 1, 2, 3, 4], 1, 1],
    ['case 2c', [1, 2, 3, 4, 4, 3, 2, 1], 1, 1],
    ['case 3', [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], 2, 1],
    ['case 4', [1, 1, 1, 2, 3, 3, 3, 4], 1, 0.5],
  ])('%s, %j: duplication fraction %d, replicated-packet rate %d', (_, seqs, fraction, rate) => {
    const { totals, disorder } = hear(seqs);
    expect(totals.duplicates / totals.received).toBe(fraction);
    expect(disorder.replicated / totals.received).toBe(rate);
  });
});

describe('against the definitions, looked up in all arrivals', () => {
  test('drops, repeats and swaps show the same disorder', () => {
    fc.assert(
      fc.property(disturbed, (seqs) => {
        expect(filled(hearTimed(timed(seqs)).disorder)).toEqual(filled(judge(timed(seqs)).disorder));
      }),
      { numRuns: 300 },
    );
  });

  test('any numbers in any order do, too', () => {
    fc.assert(
      fc.property(fc.oneof(anything, permuted), (seqs) => {
        expect(filled(hearTimed(timed(seqs)).disorder)).toEqual(filled(judge(timed(seqs)).disorder));
      }),
      { numRuns: 300 },
    );
  });

  test('streams add up, however their arrivals are mixed', () => {
    const mixed = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 15 })), { maxLength: 80 });
    fc.assert(
      fc.property(mixed, (messages) => {
        const streams = createStreams(3);
        messages.forEach(([stream, seq], i) => {
          receive(streams, stream, seq, i);
        });
        const judged = [0, 1, 2].map((stream) =>
          judge(messages.flatMap(([of, seq], atMs) => (of === stream ? [{ seq, atMs }] : []))),
        );
        expect(filled(streams.disorder)).toEqual(filled(sumOf(judged.map(({ disorder }) => disorder))));
      }),
    );
  });
});

function sumOf(parts: Disorder[]): Disorder {
  const total = createDisorder();
  for (const part of parts) {
    addCounts(total.extents, takeCounts(part.extents));
    addCounts(total.bufferDepths, takeCounts(part.bufferDepths));
    addCounts(total.nReordered, takeCounts(part.nReordered));
    addCounts(total.lateTime, takeCounts(part.lateTime));
    total.maxLateMs = Math.max(total.maxLateMs, part.maxLateMs);
    total.squaredRuns += part.squaredRuns;
    total.discontinuities += part.discontinuities;
    total.discontinuityGaps.count += part.discontinuityGaps.count;
    total.discontinuityGaps.sum += part.discontinuityGaps.sum;
    total.replicated += part.replicated;
  }
  return total;
}

describe('a reordering buffer, when nothing is lost', () => {
  test('must hold the deepest that a message needs, and makes its messages wait for the longest late time', () => {
    fc.assert(
      fc.property(permuted, (seqs) => {
        const { totals, disorder } = hearTimed(timed(seqs));
        expect({ longestWaitMs: disorder.maxLateMs, mostHeld: totals.maxBufferDepth }).toEqual(
          reorderingBuffer(timed(seqs)),
        );
      }),
    );
  });
});

describe('discontinuities that are found out of turn', () => {
  test('count back to the last one that is known before them, not to a later one', () => {
    // Gaps open at arrivals 1, 2 and 3; the fills find the discontinuities in the order 1, 3, 2.
    const { disorder } = hear([2, 4, 6, 1, 5, 3]);
    expect(disorder.discontinuityGaps).toEqual({ count: 2, sum: 3 - 1 + (2 - 1) });
  });

  test('are told once, however many numbers of their gap come', () => {
    expect(hear([5, 2, 1, 4, 3]).disorder.discontinuities).toBe(1);
  });

  test('a gap that nothing fills is none', () => {
    expect(hear([1, 2, 5, 6, 9]).disorder.discontinuities).toBe(0);
  });
});

test('without times no late time is recorded, and all else is', () => {
  const { disorder } = hear([1, 3, 2]);
  expect(totalCount(disorder.lateTime)).toBe(0);
  expect(disorder.maxLateMs).toBe(0);
  expect(countAtLeast(disorder.extents, 1)).toBe(1);
});

test('beyond 1,024 extents are counted together; the largest is known all the same', () => {
  const { totals, disorder } = hear([...Array.from({ length: 3000 }, (_, i) => i + 2), 1]);
  expect(disorder.extents[OVERFLOW]).toBe(1);
  expect(totals.maxExtent).toBe(3000);
});

test('a new epoch takes nothing of the old one into account', () => {
  const streams = createStreams(1);
  for (const seq of [1, 3, 2, 3, 4]) receive(streams, 0, seq, 0);
  resetStream(streams, 0);
  streams.disorder = createDisorder();
  for (const seq of [2, 1, 3, 3]) receive(streams, 0, seq, 1);
  expect(streams.disorder).toMatchObject({
    squaredRuns: 1,
    discontinuityGaps: { count: 0, sum: 0 },
    replicated: 1,
    maxLateMs: 0,
  });
});
