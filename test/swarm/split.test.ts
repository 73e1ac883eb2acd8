import { describe, expect, test } from 'vitest';
import { dealInTurn, dealTogether, isAmong, offsetOf, shareOf } from '../../src/swarm/split.ts';
import fc from '../support/properties.ts';

const deal = fc.record({ total: fc.nat(1_000_000), parts: fc.integer({ min: 1, max: 300 }) });
const shares = (total: number, parts: number) =>
  Array.from({ length: parts }, (_, i) => shareOf(total, i, parts));

test('the shares add up to the whole', () => {
  fc.assert(
    fc.property(deal, ({ total, parts }) => {
      expect(shares(total, parts).reduce((sum, share) => sum + share, 0)).toBe(total);
    }),
  );
});

test('no two shares differ by more than one, and the larger ones come first', () => {
  fc.assert(
    fc.property(deal, ({ total, parts }) => {
      const all = shares(total, parts);
      expect(all[0] - all[parts - 1]).toBeLessThanOrEqual(1);
      expect(all).toEqual(all.toSorted((a, b) => b - a));
    }),
  );
});

test('an offset is the sum of the shares before it', () => {
  fc.assert(
    fc.property(deal, ({ total, parts }) => {
      let before = 0;
      shares(total, parts).forEach((share, i) => {
        expect(offsetOf(total, i, parts)).toBe(before);
        before += share;
      });
    }),
  );
});

test('a share grows and shrinks with the whole: nobody is dealt out twice on the way', () => {
  fc.assert(
    fc.property(deal, ({ total, parts }) => {
      const more = shares(total + 1, parts);
      const grown = shares(total, parts).map((share, i) => more[i] - share);
      expect(grown.toSorted()).toEqual([...Array(parts - 1).fill(0), 1]);
    }),
  );
});

const dealing = fc.record({
  all: fc.nat(100_000),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  parts: fc.integer({ min: 1, max: 200 }),
});

describe.each([
  ['together', dealTogether],
  ['in turn', dealInTurn],
] as const)('the first of some things that are dealt out %s', (_how, deal) => {
  const dealt = ({ all, share, parts }: { all: number; share: number; parts: number }) => {
    const some = Math.round(share * all);
    return { some, of: Array.from({ length: parts }, (_, i) => deal(some, all, i, parts)) };
  };

  test('add up, and no part has more than it has of all', () => {
    fc.assert(
      fc.property(dealing, (how) => {
        const { some, of } = dealt(how);
        expect(of.reduce((sum, { own }) => sum + own, 0)).toBe(some);
        of.forEach(({ own }, i) => {
          expect(own).toBeGreaterThanOrEqual(0);
          expect(own).toBeLessThanOrEqual(shareOf(how.all, i, how.parts));
        });
      }),
    );
  });

  test('lie behind those of the parts before', () => {
    fc.assert(
      fc.property(dealing, (how) => {
        let sum = 0;
        for (const { own, before } of dealt(how).of) {
          expect(before).toBe(sum);
          sum += own;
        }
      }),
    );
  });

  test('are each part’s share when they are all', () => {
    fc.assert(
      fc.property(dealing, ({ all, parts }) => {
        const of = dealt({ all, share: 1, parts }).of;
        expect(of.map(({ own }) => own)).toEqual(shares(all, parts));
      }),
    );
  });
});

test('what is dealt out in turn fills one part after the other', () => {
  fc.assert(
    fc.property(dealing, ({ all, share, parts }) => {
      const some = Math.round(share * all);
      const states = Array.from({ length: parts }, (_, i) => {
        const { own } = dealInTurn(some, all, i, parts);
        return own === 0 ? 'empty' : own === shareOf(all, i, parts) ? 'full' : 'begun';
      });
      expect(states.join(' ')).toMatch(/^(full ?)*(begun ?)?(empty ?)*$/);
    }),
  );
});

test('what is dealt out in turn grows by one part at a time', () => {
  expect([0, 2, 4, 5, 9, 10].map((some) => [0, 1, 2].map((i) => dealInTurn(some, 10, i, 3).own))).toEqual([
    [0, 0, 0],
    [2, 0, 0],
    [4, 0, 0],
    [4, 1, 0],
    [4, 3, 2],
    [4, 3, 3],
  ]);
});

test('as many are among the first as there are of them, whichever way they are dealt out', () => {
  const sizes = fc.record({ some: fc.nat(60), more: fc.nat(60), parts: fc.integer({ min: 1, max: 7 }) });
  fc.assert(
    fc.property(sizes, fc.constantFrom(dealTogether, dealInTurn), ({ some, more, parts }, deal) => {
      const all = some + more;
      const things = Array.from({ length: all }, (_, thing) => thing);
      expect(things.filter((thing) => isAmong(thing, some, all, parts, deal)).length).toBe(some);
    }),
  );
});
