import { describe, expect, test } from 'vitest';
import { secretBase64, secretInt32 } from '../../src/base/random.ts';

describe('what nobody can foresee', () => {
  test('are numbers of 32 bits, each bit set half of the time', () => {
    const draws = Array.from({ length: 10_000 }, secretInt32);
    expect(draws.every((draw) => draw === (draw | 0))).toBe(true);
    for (let bit = 0; bit < 32; bit++) {
      const set = draws.filter((draw) => (draw >>> bit) & 1).length;
      // Six standard deviations: once in 500 million runs for each bit.
      expect(Math.abs(set - 5000)).toBeLessThan(300);
    }
  });

  test('are bytes in base64, as many as were asked for, no two draws the same', () => {
    const draws = Array.from({ length: 2000 }, (_, i) => {
      secretInt32();
      return secretBase64(12 + (i % 5));
    });
    expect(draws.map((draw) => Buffer.from(draw, 'base64').length)).toEqual(
      draws.map((_, i) => 12 + (i % 5)),
    );
    expect(new Set(draws).size).toBe(2000);
  });
});
