import { describe, expect, test } from 'vitest';
import {
  type Arrival,
  createStreams,
  MAX_GAPS,
  missingOf,
  type OrderingTotals,
  passOver,
  receive,
  resetStream,
} from '../../src/stats/ordering.ts';
import fc from '../support/properties.ts';
import { anything, disturbed } from './disturbed.ts';
import { judge, timed } from './reordering-oracle.ts';

interface Heard extends OrderingTotals {
  arrivals: Arrival[];
}

/** What one stream shows when these numbers arrive in this order. */
function hear(seqs: number[]): Heard {
  const table = createStreams(1);
  const arrivals = seqs.map((seq) => receive(table, 0, seq));
  return { ...table.totals, arrivals };
}

test('RFC 4737, section 7.1, table 1: one packet of ten comes late, and the reordered ratio is 0.1', () => {
  const { received, reordered, maxExtent, duplicates } = hear([1, 2, 3, 5, 6, 7, 8, 4, 9, 10]);
  expect({ received, reordered, maxExtent, duplicates }).toEqual({
    received: 10,
    reordered: 1,
    maxExtent: 4,
    duplicates: 0,
  });
  expect(reordered / received).toBe(0.1);
});

test('RFC 4737, section 7.4, table 4: packets 6 and 12 make sequence discontinuities', () => {
  const seqs = [1, 2, 3, 6, 7, 4, 5, 8, 9, 10, 12, 13, 11, 14, 15, 16];
  const { arrivals } = hear(seqs);
  expect(seqs.filter((_, i) => arrivals[i] === 'gap')).toEqual([6, 12]);
});

test('RFC 4737, section 5.3: of 1,2,3,7,8,9,4,5,6 three are reordered', () => {
  expect(hear([1, 2, 3, 7, 8, 9, 4, 5, 6])).toMatchObject({ received: 9, reordered: 3 });
});

test('RFC 4737, section 3.6: a duplicate is taken out before anything is called reordered', () => {
  const { arrivals, reordered, duplicates } = hear([1, 2, 3, 2, 1]);
  expect(arrivals.slice(3)).toEqual(['duplicate', 'duplicate']);
  expect({ reordered, duplicates }).toEqual({ reordered: 0, duplicates: 2 });
});

test('RFC 4737, section 3.6: duplicates do not lengthen an extent', () => {
  expect(hear([1, 3, 3, 3, 3, 2])).toMatchObject({ maxExtent: 1, duplicates: 3 });
});

test('RFC 4737, section 6: losses alone make nothing reordered', () => {
  expect(hear([1, 2, 4, 5, 6, 7])).toMatchObject({ received: 6, reordered: 0, maxBufferDepth: 0 });
});

describe('RFC 5236, section 8', () => {
  test('a: of 1,4,2,5,3,6,7,8 a buffer holds 2 at the most (density .625, .25, .125)', () => {
    expect(hear([1, 4, 2, 5, 3, 6, 7, 8])).toMatchObject({ maxBufferDepth: 2, reordered: 2 });
  });

  test('c: of 1,3,2,3,4,5 it holds 1, and the second 3 is a duplicate (density .8, .2)', () => {
    expect(hear([1, 3, 2, 3, 4, 5])).toMatchObject({ maxBufferDepth: 1, duplicates: 1, received: 5 });
  });
});

describe('RFC 7680, section 4.1', () => {
  test('of five packets of which the third is lost, the loss ratio is 0.2', () => {
    const table = createStreams(1);
    for (const seq of [1, 2, 4, 5]) receive(table, 0, seq);
    expect(missingOf(table, 0) / 5).toBe(0.2);
  });

  test('duplicates count as received: they make up for no other loss', () => {
    const table = createStreams(1);
    for (const seq of [1, 2, 2, 4, 4, 5]) receive(table, 0, seq);
    expect(missingOf(table, 0)).toBe(1);
  });
});

describe('against the definitions, looked up in all arrivals', () => {
  test('drops, repeats and swaps are told apart in the same way', () => {
    fc.assert(
      fc.property(disturbed, (seqs) => {
        const { totals, arrivals } = judge(timed(seqs));
        expect(hear(seqs)).toEqual({ ...totals, arrivals });
      }),
      { numRuns: 500 },
    );
  });

  test('any numbers in any order are, too', () => {
    fc.assert(
      fc.property(anything, (seqs) => {
        const { totals, arrivals } = judge(timed(seqs));
        expect(hear(seqs)).toEqual({ ...totals, arrivals });
      }),
      { numRuns: 500 },
    );
  });

  test('streams do not touch each other, however their arrivals are mixed', () => {
    const mixed = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 15 })), { maxLength: 80 });
    fc.assert(
      fc.property(mixed, (messages) => {
        const table = createStreams(3);
        for (const [stream, seq] of messages) receive(table, stream, seq);
        const each = [0, 1, 2].map((stream) =>
          hear(messages.filter(([s]) => s === stream).map(([, seq]) => seq)),
        );
        const total = (of: (heard: Heard) => number) => each.reduce((sum, heard) => sum + of(heard), 0);
        expect(table.totals).toEqual({
          received: total((heard) => heard.received),
          duplicates: total((heard) => heard.duplicates),
          reordered: total((heard) => heard.reordered),
          maxExtent: Math.max(...each.map((heard) => heard.maxExtent)),
          maxBufferDepth: Math.max(...each.map((heard) => heard.maxBufferDepth)),
        });
      }),
    );
  });
});

describe('an epoch that ends', () => {
  test('tells how many of its numbers arrived, each once', () => {
    const table = createStreams(2);
    for (const seq of [1, 3, 3, 2, 7]) receive(table, 1, seq);
    expect(resetStream(table, 1)).toBe(4);
    expect(resetStream(table, 1)).toBe(0);
    expect(resetStream(table, 0)).toBe(0);
  });

  test('makes the numbers begin at 1 again: nothing of the next epoch is late or double', () => {
    const table = createStreams(1);
    for (const seq of [1, 2, 5]) receive(table, 0, seq);
    resetStream(table, 0);
    expect([1, 2, 3, 4, 5].map((seq) => receive(table, 0, seq))).toEqual(Array(5).fill('in-order'));
    expect(table.totals).toMatchObject({ received: 8, reordered: 0, duplicates: 0 });
  });

  test('leaves no memory behind', () => {
    const table = createStreams(1);
    for (const seq of [2, 4, 6]) receive(table, 0, seq);
    for (const seq of [3, 3]) receive(table, 0, seq);
    expect([table.gaps.size, table.latest.size, table.replicated.size]).toEqual([1, 1, 1]);
    resetStream(table, 0);
    expect([table.gaps.size, table.latest.size, table.replicated.size]).toEqual([0, 0, 0]);
  });
});

describe('memory', () => {
  const gapsOf = (table: ReturnType<typeof createStreams>) => table.gaps.get(0)?.length ?? 0;

  test('a stream without gaps has none', () => {
    const table = createStreams(1);
    for (const seq of [1, 3, 4, 2, 5]) receive(table, 0, seq);
    expect(table.gaps.size).toBe(0);
  });

  test('of more gaps than are kept the lowest is given up, and what comes of it is a duplicate', () => {
    const table = createStreams(1);
    for (let i = 1; i <= MAX_GAPS + 1; i++) receive(table, 0, 2 * i);
    expect(gapsOf(table)).toBe(MAX_GAPS);
    expect(receive(table, 0, 1)).toBe('duplicate');
    expect(receive(table, 0, 3)).toBe('reordered');
  });

  test('one wide gap that is filled at every second place does not become more gaps than are kept', () => {
    const table = createStreams(1);
    const width = 8 * MAX_GAPS;
    receive(table, 0, width + 1);
    let most = 0;
    for (let seq = 2; seq <= width; seq += 2) {
      receive(table, 0, seq);
      most = Math.max(most, gapsOf(table));
    }
    expect(most).toBe(MAX_GAPS);
  });

  test('what was given up is the lowest: what is above it is still counted rightly', () => {
    const table = createStreams(1);
    receive(table, 0, 4 * MAX_GAPS);
    for (let seq = 4 * MAX_GAPS - 2; seq > 0; seq -= 2) receive(table, 0, seq);
    expect(receive(table, 0, 4 * MAX_GAPS - 1)).toBe('reordered');
    expect(receive(table, 0, 1)).toBe('duplicate');
  });
});

test('what is known not to come is neither received nor missing, whatever else is missing', () => {
  const fates = fc.array(fc.constantFrom('arrives', 'is lost', 'is left out'), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(fates, (all) => {
      const table = createStreams(1);
      let passed = 0;
      for (const [i, fate] of all.entries()) {
        if (fate === 'arrives') receive(table, 0, i + 1);
        // A row of them is told of at its end, and once more.
        if (fate !== 'is left out' || all[i + 1] === fate) continue;
        let first = i;
        while (all[first - 1] === fate) first--;
        for (let times = 0; times < 2; times++) passed += passOver(table, 0, first + 1, i + 1);
      }
      const last = all.findLastIndex((fate) => fate !== 'is lost');
      const count = (wanted: string) => all.slice(0, last + 1).filter((fate) => fate === wanted).length;
      expect(passed).toBe(count('is left out'));
      expect(missingOf(table, 0)).toBe(count('is lost'));
      expect(table.totals).toMatchObject({ received: count('arrives'), duplicates: 0, reordered: 0 });
      // What was lost may still come, late.
      for (const [i, fate] of all.entries()) if (fate === 'is lost' && i < last) receive(table, 0, i + 1);
      expect(missingOf(table, 0)).toBe(0);
      expect(table.totals).toMatchObject({ duplicates: 0, reordered: count('is lost') });
    }),
  );
});
