import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { collectGarbage } from '../../src/base/garbage.ts';
import { collectAfterWaves } from '../../src/server/idle-collection.ts';

const clock: Clock = { nowMs: () => Date.now(), wallTime: () => new Date() };

describe('garbage is collected', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Connections that a test opens, and how often that led to a collection. */
  function watch() {
    const seen = { opened: 50, collections: 0 };
    collectAfterWaves(
      clock,
      () => seen.opened,
      () => seen.collections++,
    );
    return seen;
  }

  test('once, when a wave of connections has been over for a second', () => {
    const seen = watch();
    for (let i = 0; i < 20; i++) {
      seen.opened += 100;
      vi.advanceTimersByTime(500);
    }
    expect(seen.collections).toBe(0);
    vi.advanceTimersByTime(500);
    expect(seen.collections).toBe(0);
    vi.advanceTimersByTime(500);
    expect(seen.collections).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(seen.collections).toBe(1);
  });

  test('after the next wave again', () => {
    const seen = watch();
    for (let wave = 1; wave <= 3; wave++) {
      seen.opened += 1000;
      vi.advanceTimersByTime(2000);
      expect(seen.collections).toBe(wave);
    }
  });

  test('after small waves only when they have come to a thousand', () => {
    const seen = watch();
    vi.advanceTimersByTime(5000);
    seen.opened += 999;
    vi.advanceTimersByTime(5000);
    expect(seen.collections).toBe(0);
    seen.opened += 1;
    vi.advanceTimersByTime(5000);
    expect(seen.collections).toBe(1);
  });
});

test('a collection gives back what nobody holds any more', () => {
  let litter: object[] | null = Array.from({ length: 200_000 }, (_, i) => ({ i }));
  const fullBytes = process.memoryUsage().heapUsed;
  expect(litter).toHaveLength(200_000);
  litter = null;
  collectGarbage();
  expect(process.memoryUsage().heapUsed).toBeLessThan(fullBytes - 4_000_000);
});
