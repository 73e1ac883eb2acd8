import { describe, expect, test } from 'vitest';
import { normalQuantile, normalUpperTail } from '../../src/stats/normal.ts';
import fc from '../support/properties.ts';

/** The tail as the area under the density, by Simpson's rule; what is beyond z + 12 does not count. */
function areaAbove(z: number): number {
  const steps = 4000;
  const width = 12 / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((z + i * width) ** 2) / 2);
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}

function expectClose(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));
}

describe('the upper tail', () => {
  test.each([
    [0, 0.5],
    [1, 0.158655253931457],
    [1.96, 0.0249978951482204],
    [3, 0.00134989803163009],
    [5, 2.86651571879194e-7],
    [10, 7.61985302416053e-24],
    [30, 4.90671392714819e-198],
  ])('above %d is %d, as half of erfc(z/√2) in C', (z, tail) => {
    expectClose(normalUpperTail(z), tail, 1e-13);
  });

  test('is the area under the density', () => {
    fc.assert(
      fc.property(fc.double({ min: -6, max: 12, noNaN: true }), (z) => {
        expectClose(normalUpperTail(z), z < 0 ? 1 - areaAbove(-z) : areaAbove(z), 1e-7);
      }),
    );
  });

  test('above everything is 0, above nothing 1', () => {
    expect(normalUpperTail(Number.POSITIVE_INFINITY)).toBe(0);
    expect(normalUpperTail(Number.NEGATIVE_INFINITY)).toBe(1);
  });
});

describe('the quantile', () => {
  test.each([
    [0.25, -0.6744897501960817],
    [0.001, -3.090232306167814],
    [1e-20, -9.262340089798409],
  ])('of %d is %d, as Wichura checks AS 241 (Applied Statistics 37, 1988)', (probability, z) => {
    expectClose(normalQuantile(probability), z, 1e-13);
  });

  test.each([
    [0.9, 1.2815515655446],
    [0.95, 1.64485362695147],
    [0.975, 1.95996398454005],
    [0.995, 2.5758293035489],
  ])('of %d is %d, as every table has it', (probability, z) => {
    expectClose(normalQuantile(probability), z, 1e-13);
  });

  test('is where the tail says', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 0.5, noNaN: true }), (tail) => {
        expectClose(normalUpperTail(-normalQuantile(tail)), tail, 1e-11);
      }),
    );
  });

  test('of a half is 0, and beyond all values there is none', () => {
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  });
});
