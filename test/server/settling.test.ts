import { closeSync, openSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { Usage } from '../../src/model/leak.ts';
import { settle, untilSteady } from '../../src/server/settling.ts';

const fakeClock: Clock = { nowMs: () => Date.now(), wallTime: () => new Date() };
const sameDescriptors = (a: Usage, b: Usage) => a.openDescriptors === b.openDescriptors;

describe('a process is at rest', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** The descriptors at which it is at rest, if these are what is seen look by look; the last one stays. */
  async function restOf(looks: number[]) {
    const usage = () => ({ openDescriptors: looks.length > 1 ? looks.shift() : looks[0], memoryBytes: 1 });
    const steady = untilSteady(fakeClock, () => usage() as Usage, sameDescriptors);
    await vi.advanceTimersByTimeAsync(10_000);
    return (await steady).openDescriptors;
  }

  test('when two looks in a row agree', async () => {
    expect(await restOf([9, 7, 5, 5, 4])).toBe(5);
  });

  test('not as long as each look differs, and then it is told as it is', async () => {
    const startMs = Date.now();
    const falling = Array.from({ length: 1000 }, (_, i) => 1000 - i);
    const rest = untilSteady(
      fakeClock,
      () => ({ openDescriptors: falling.shift() ?? 0, memoryBytes: 1 }),
      sameDescriptors,
    );
    const endedMs = rest.then(() => Date.now());
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await endedMs) - startMs).toBe(5000);
  });
});

describe('this process', () => {
  test('tells what it holds, garbage left out', async () => {
    const before = await settle('me', systemClock, () => 0);
    expect(before).toMatchObject({ role: 'me', pid: process.pid, memoryIs: 'collected-heap' });
    let garbage: Buffer[] | null = Array.from({ length: 100 }, () => Buffer.alloc(100_000));
    const full = await settle('me', systemClock, () => 0);
    expect(Number(full.memoryBytes) - Number(before.memoryBytes)).toBeGreaterThan(9e6);
    expect(garbage).toHaveLength(100);
    garbage = null;
    const after = await settle('me', systemClock, () => 0);
    expect(Number(after.memoryBytes) - Number(before.memoryBytes)).toBeLessThan(1e6);
  });

  test('counts each descriptor that is open', async () => {
    const before = await settle('me', systemClock, () => 0);
    const opened = Array.from({ length: 3 }, () => openSync('/dev/null', 'r'));
    const more = await settle('me', systemClock, () => 0);
    for (const descriptor of opened) closeSync(descriptor);
    expect(more.openDescriptors).toBe(Number(before.openDescriptors) + 3);
  });

  test('is not at rest while it has connections', async () => {
    let looks = 0;
    // Two of them are still there at the first looks.
    await settle('me', systemClock, () => (++looks < 4 ? 2 : 0));
    expect(looks).toBeGreaterThanOrEqual(4);
  });
});
