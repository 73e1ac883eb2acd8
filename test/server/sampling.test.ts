import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createCounts } from '../../src/server/counts.ts';
import { createSampler } from '../../src/server/sampling.ts';

it('tells what was counted and what the process uses', () => {
  const counts = createCounts();
  const sample = createSampler('node', systemClock, counts, () => 3);
  const before = sample();
  Object.assign(counts, { opened: 5, received: 7, sent: 6, dropped: 1 });
  counts.closed['1000'] = 1;
  counts.closed.other = 1;
  counts.rejected.limit = 4;
  const busyUntilMs = systemClock.nowMs() + 50;
  while (systemClock.nowMs() < busyUntilMs);
  const after = sample();
  expect(after).toMatchObject({
    ...{ role: 'node', pid: process.pid, alive: true, connections: 3 },
    ...{ opened: 5, closed: 2, rejected: 4, received: 7, sent: 6, dropped: 1 },
  });
  expect(after.rooms).toEqual(counts.rooms);
  expect(after.rooms).not.toBe(counts.rooms);
  expect(after.atMs - before.atMs).toBeGreaterThanOrEqual(50);
  expect(after.cpuS).toBeGreaterThan(before.cpuS);
  expect(after.elu).toBeGreaterThan(0.9);
  expect(after.elu).toBeLessThanOrEqual(1);
  expect(after.rssBytes).toBeGreaterThan(10_000_000);
  expect(after.openDescriptors).toBeGreaterThan(3);
  expect(after.maxDescriptors).toBeGreaterThan(after.openDescriptors as number);
});

it('tells how late the event loop was since the last sample, and nothing where it did not come round', async () => {
  const sample = createSampler('node', systemClock, createCounts(), () => 0);
  const turn = () => new Promise((resolve) => setTimeout(resolve, 45));
  await turn();
  const busyUntilMs = systemClock.nowMs() + 300;
  while (systemClock.nowMs() < busyUntilMs);
  await turn();
  const lagMs = sample().eventLoopLagP99Ms;
  expect(lagMs).toBeGreaterThan(200);
  expect(lagMs).toBeLessThan(2000);
  expect(sample().eventLoopLagP99Ms).toBe(null);
});

it('takes its resolution off what monitorEventLoopDelay of Node says, since that includes it', async () => {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  while (delay.count < 10) await new Promise((resolve) => setTimeout(resolve, 10));
  delay.disable();
  // Idle, it would be next to nothing otherwise. A tick after a late one may come a little early.
  expect(delay.percentile(50) / 1e6).toBeGreaterThan(9);
});
