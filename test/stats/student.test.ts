import { describe, expect, test } from 'vitest';
import { studentQuantile, studentUpperTail } from '../../src/stats/student.ts';

describe('Student’s t', () => {
  test.each([
    [1, 0.975, 12.706_204_736],
    [2, 0.975, 4.302_652_73],
    [5, 0.95, 2.015_048_373],
    [10, 0.99, 2.763_769_458],
    [29, 0.975, 2.045_229_642],
    [120, 0.95, 1.657_650_899],
  ])('with %d degrees of freedom has the tabled quantile of %d: %d', (degrees, probability, quantile) => {
    expect(studentQuantile(probability, degrees)).toBeCloseTo(quantile, 6);
  });

  test('has half of itself above 0, and its quantiles are what their tails say', () => {
    for (const degrees of [1, 3, 30]) {
      expect(studentUpperTail(0, degrees)).toBeCloseTo(0.5, 12);
      for (const tail of [0.2, 0.05, 0.001]) {
        expect(studentUpperTail(studentQuantile(1 - tail, degrees), degrees)).toBeCloseTo(tail, 10);
      }
    }
  });

  test('with one degree is Cauchy’s', () => {
    for (const t of [0.3, 1, 4]) {
      expect(studentUpperTail(t, 1)).toBeCloseTo(0.5 - Math.atan(t) / Math.PI, 12);
    }
  });
});
