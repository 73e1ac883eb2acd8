import { expect, test } from 'vitest';
import { offsetOf, shareOf } from '../../src/swarm/split.ts';
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
