import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentileCurve, valueAt } from '../../src/report/percentiles.ts';
import { emptySummary, summaryOf } from './sample-summary.ts';

describe('the distribution behind a summary', () => {
  it('agrees with the sorted values, as exactly as three digits can', () => {
    const values = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(values, (valuesUs) => {
        const sorted = valuesUs.toSorted((a, b) => a - b);
        const curve = percentileCurve(summaryOf(valuesUs.map((us) => us / 1000)));
        for (const { share, ms } of curve) {
          const exactUs = sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)];
          expect(ms * 1000).toBeGreaterThanOrEqual(exactUs * 0.998 - 1);
          expect(ms * 1000).toBeLessThanOrEqual(exactUs * 1.002 + 1);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('rises from the lowest value to the highest', () => {
    const summary = summaryOf([5, 1, 3, 100, 2]);
    const curve = percentileCurve(summary);
    expect(curve[0]).toEqual({ share: 0, ms: 1 });
    expect(curve[curve.length - 1].share).toBe(1);
    expect(curve[curve.length - 1].ms).toBeCloseTo(100, 0);
    expect(curve.map(({ ms }) => ms)).toEqual(curve.map(({ ms }) => ms).toSorted((a, b) => a - b));
    expect(valueAt(curve, 0.5)).toBe(summary.p50);
  });

  it.each([
    ['no histogram', null],
    ['one that cannot be read', 'HISTFAAAnonsense'],
  ])('makes do with the percentiles that are stated where there is %s', (_name, histogram) => {
    const summary = { ...summaryOf([1, 2, 3]), histogram };
    expect(percentileCurve(summary)).toHaveLength(8);
    expect(valueAt(percentileCurve(summary), 0.99)).toBe(summary.p99);
  });

  it('is empty where nothing was measured', () => {
    expect(percentileCurve(emptySummary())).toEqual([]);
  });
});
