import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampled, thin } from '../../../src/report/html/thin.ts';

const heights = fc.array(fc.option(fc.integer({ min: 0, max: 1000 })), { maxLength: 4000 });

describe('thinning', () => {
  it('keeps the highest, the lowest, the gaps and the order, in no more points than asked for', () => {
    fc.assert(
      fc.property(heights, fc.integer({ min: 30, max: 1200 }), (ys, limit) => {
        const points = ys.map((y, x) => ({ x, y }));
        const kept = thin(points, limit);
        expect(kept.length).toBeLessThanOrEqual(limit);
        expect(kept.map(({ x }) => x)).toEqual(kept.map(({ x }) => x).toSorted((a, b) => a - b));
        const measured = (list: typeof points) => list.flatMap(({ y }) => (y === null ? [] : [y]));
        expect(Math.max(...measured(kept))).toBe(Math.max(...measured(points)));
        expect(Math.min(...measured(kept))).toBe(Math.min(...measured(points)));
        expect(kept.some(({ y }) => y === null)).toBe(points.some(({ y }) => y === null));
      }),
    );
  });

  it('samples rows with the first and the last', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), fc.integer({ min: 2, max: 60 }), (rows, limit) => {
        const kept = sampled(rows, limit);
        expect(kept.length).toBe(Math.min(rows.length, limit));
        expect([kept[0], kept[kept.length - 1]]).toEqual([rows[0], rows[rows.length - 1]]);
      }),
    );
  });
});
