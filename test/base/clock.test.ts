import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';

test('the clock goes forward, and has fractions of a millisecond', () => {
  const readings = Array.from({ length: 1000 }, systemClock.nowMs);
  readings.forEach((reading, i) => {
    expect(reading).toBeGreaterThanOrEqual(readings[i - 1] ?? 0);
  });
  expect(readings.some((reading) => !Number.isInteger(reading))).toBe(true);
});

test('the clock reads what the machine counts since its start, which all processes and threads share', () => {
  const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;
  const before = monotonicMs();
  const reading = systemClock.nowMs();
  const after = monotonicMs();
  // The clock's origin comes of two readings, which a busy machine may pull apart a little.
  expect(reading).toBeGreaterThan(before - 20);
  expect(reading).toBeLessThan(after + 20);
});
