import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitScaling } from '../../src/capacity/usl.ts';
import { fitCurve, LINE } from '../../src/stats/least-squares.ts';

const points = (ns: number[], values: number[]) => ns.map((x, i) => ({ x, y: values[i] }));

/** SPEC SDM91, as the R package `usl` has it. */
const SPEC = points([1, 18, 36, 72, 108, 144, 216], [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2]);

describe('the scaling law', () => {
  test('of specsdm91 is that of the package usl', () => {
    const { alpha, beta, gamma, fit, peak } = fitScaling(SPEC);
    expect(alpha).toBeCloseTo(0.027_73, 5);
    expect(beta).toBeCloseTo(1.044e-4, 7);
    expect(gamma).toBeCloseTo(90.0, 1);
    expect(fit.standardErrors[0]).toBeCloseTo(0.009_12, 5);
    expect(fit.standardErrors[1]).toBeCloseTo(1.99e-5, 7);
    expect(fit.standardErrors[2]).toBeCloseTo(14.2, 1);
    expect(fit.residual).toBeCloseTo(82.85, 1);
    expect(peak?.n).toBeCloseTo(96.52, 1);
    expect(peak?.throughput).toBeCloseTo(1884, 0);
  });

  test('of exact points is exact', () => {
    const { alpha, beta, gamma } = fitScaling(
      points([1, 2, 4, 6, 8, 10], [1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557]),
    );
    expect(alpha).toBeCloseTo(0.02, 3);
    expect(beta).toBeCloseTo(0.02, 3);
    expect(gamma).toBeCloseTo(1, 3);
  });

  test('finds any law again', () => {
    const law = fc.record({
      alpha: fc.double({ min: 0.001, max: 0.3, noNaN: true }),
      beta: fc.double({ min: 1e-6, max: 1e-3, noNaN: true }),
      gamma: fc.double({ min: 0.1, max: 1e4, noNaN: true }),
    });
    fc.assert(
      fc.property(law, ({ alpha, beta, gamma }) => {
        const ns = [1, 2, 4, 8, 16, 32, 64, 128];
        const of = (n: number) => (gamma * n) / (1 + alpha * (n - 1) + beta * n * (n - 1));
        const found = fitScaling(points(ns, ns.map(of)));
        expect(found.alpha / alpha).toBeCloseTo(1, 3);
        expect(found.beta / beta).toBeCloseTo(1, 2);
        expect(found.gamma / gamma).toBeCloseTo(1, 3);
      }),
    );
  });

  test('without costs of agreement is Amdahl’s, and has no peak', () => {
    const ns = [1, 2, 4, 8, 16, 32];
    const { peak, alpha, gamma } = fitScaling(
      points(
        ns,
        ns.map((n) => n / (1 + 0.1 * (n - 1))),
      ),
    );
    expect(peak === null || peak.n > 1000).toBe(true);
    expect(gamma / alpha).toBeCloseTo(10, 1);
  });

  test('asks for six points', () => {
    expect(() => fitScaling(SPEC.slice(0, 5))).toThrow('needs 6 points, and there are 5');
  });
});

describe('a line', () => {
  test('has its textbook interval', () => {
    // x̄ = 3, Sxx = 10, b = 1.99, a = 0.05, s² = 0.03567: by hand.
    const fit = fitCurve(LINE, points([1, 2, 3, 4, 5], [2.1, 3.9, 6.2, 7.8, 10.1]), [0, 1]);
    expect(fit.parameters[0]).toBeCloseTo(0.05, 8);
    expect(fit.parameters[1]).toBeCloseTo(1.99, 8);
    expect(fit.residual ** 2).toBeCloseTo(0.035_666_7, 6);
    const { value, halfWidth } = fit.predict(6, 0.95);
    expect(value).toBeCloseTo(11.99, 8);
    expect(halfWidth).toBeCloseTo(3.182_446 * Math.sqrt(0.035_666_7 * (1 + 1 / 5 + 9 / 10)), 4);
  });

  test('asks for more points than it has parameters', () => {
    expect(() => fitCurve(LINE, points([1, 2], [1, 2]), [0, 1])).toThrow(RangeError);
  });
});
