import { expect, test } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { createPatience } from '../../src/stage/patience.ts';

const DUE_MS = 100;
const GRACE_MS = 30;

/** When patience is over, with this progress at these times; looked at each millisecond. */
function overAtMs(progress: Record<number, number>): number {
  let nowMs = 0;
  let far = 0;
  const clock: Clock = { nowMs: () => nowMs, wallTime: () => new Date(0) };
  const isOver = createPatience(clock, DUE_MS, GRACE_MS, () => far);
  while (!isOver()) far = progress[++nowMs] ?? far;
  return nowMs;
}

test.for<[sentence: string, progress: Record<number, number>, overAtMs: number]>([
  ['is over when it is due, without any progress', {}, 101],
  ['is over when it is due, whatever was long before', { 10: 5, 60: 7 }, 101],
  ['lasts for a while from the last progress, before it was due', { 90: 5 }, 121],
  ['lasts from progress to progress after it was due', { 90: 5, 119: 6, 148: 7 }, 179],
  ['is over when the next progress comes too late', { 90: 5, 122: 6 }, 121],
  ['does not last by going back and forth', { 50: 5, 90: 4, 95: 5, 99: 3, 100: 5 }, 101],
])('patience %s', ([, progress, over]) => {
  expect(overAtMs(progress)).toBe(over);
});
