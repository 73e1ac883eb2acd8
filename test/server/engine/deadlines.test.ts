import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { createDeadlines } from '../../../src/server/engine/deadlines.ts';

const clock: Clock = { nowMs: () => Date.now(), wallTime: () => new Date() };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Deadlines of 100 ms, and which items have missed them when. */
function watch() {
  const startMs = clock.nowMs();
  const expired: [item: string, atMs: number][] = [];
  const deadlines = createDeadlines<string>(clock, 100, (item) => {
    expired.push([item, clock.nowMs() - startMs]);
  });
  return { deadlines, expired };
}

test('each item has its time from when it was added', () => {
  const { deadlines, expired } = watch();
  deadlines.add('a');
  vi.advanceTimersByTime(30);
  deadlines.add('b');
  deadlines.add('c');
  vi.advanceTimersByTime(1000);
  expect(expired).toEqual([
    ['a', 100],
    ['b', 130],
    ['c', 130],
  ]);
});

test('an item that is gone in time, or added anew, does not expire', () => {
  const { deadlines, expired } = watch();
  for (const item of ['a', 'b', 'c']) deadlines.add(item);
  vi.advanceTimersByTime(60);
  deadlines.delete('a');
  deadlines.add('b');
  expect([...deadlines.items()]).toEqual(['c', 'b']);
  vi.advanceTimersByTime(1000);
  expect(expired).toEqual([
    ['c', 100],
    ['b', 160],
  ]);
  expect([...deadlines.items()]).toEqual([]);
});

test('one timer is enough for all, and none runs without items', () => {
  const { deadlines, expired } = watch();
  for (let i = 0; i < 1000; i++) {
    deadlines.add(String(i));
    expect(vi.getTimerCount()).toBe(1);
    if (i % 10 === 0) vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(1000);
  expect(expired).toHaveLength(1000);
  expect(vi.getTimerCount()).toBe(0);
  deadlines.add('again');
  vi.advanceTimersByTime(100);
  expect(expired).toHaveLength(1001);
});

test('an item that expires may take another one with it', () => {
  const deadlines = createDeadlines<string>(clock, 100, (item) => {
    expired.push(item);
    deadlines.delete('b');
  });
  const expired: string[] = [];
  deadlines.add('a');
  deadlines.add('b');
  deadlines.add('c');
  vi.advanceTimersByTime(100);
  expect(expired).toEqual(['a', 'c']);
});
