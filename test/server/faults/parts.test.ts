import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { parseFault } from '../../../src/model/faults.ts';
import {
  countsOf,
  createFaultCounts,
  recordDelay,
  summarizeDelays,
} from '../../../src/server/faults/counts.ts';
import { createEpochs } from '../../../src/server/faults/epochs.ts';
import { createHandshakeFaults } from '../../../src/server/faults/handshakes.ts';
import { createLeaks } from '../../../src/server/faults/leaks.ts';
import { createStalls } from '../../../src/server/faults/stall.ts';
import { openDescriptors } from '../../../src/server/own-process.ts';
import { joinedFrame, messageFrame } from '../../../src/server/room-frames.ts';
import { createManualTime } from '../../support/manual-time.ts';

test('of the counts, those are told that were asked for', () => {
  const counts = createFaultCounts();
  counts.happened.drop = 3;
  counts.happened.reset = 1;
  expect(countsOf(counts, [parseFault('drop:share=1'), parseFault('stall:for=1s')])).toEqual({
    drop: 3,
    stall: 0,
  });
});

test('quantiles of the delays are delays, by their rank', () => {
  const counts = createFaultCounts();
  expect(summarizeDelays(counts)).toBeNull();
  for (let ms = 1000; ms >= 1; ms--) recordDelay(counts, ms);
  const summary = { count: 1000, p50: 500, p75: 750, p90: 900, p95: 950, p99: 990, p999: 999, max: 1000 };
  expect(summarizeDelays(counts)).toEqual(summary);
  recordDelay(counts, 0.5);
  expect(summarizeDelays(counts)).toMatchObject({ count: 1001, p50: 500, max: 1000 });
});

test('the process stands still with a message, once the time between two stalls is over', () => {
  const time = createManualTime();
  const counts = createFaultCounts();
  const stood: number[] = [];
  const stall = createStalls([parseFault('stall:for=300ms,every=1s')], counts, time.nowMs, (ms) => {
    stood.push(time.nowMs());
    time.block(ms);
  });
  for (let i = 0; i < 30; i++) {
    stall?.();
    time.pass(100);
  }
  expect(stood).toEqual([1000, 2300]);
  expect(counts.happened.stall).toBe(2);
});

test('a stall takes as long as it should', () => {
  const stall = createStalls([parseFault('stall:for=30ms,every=0ms')], createFaultCounts(), () =>
    performance.now(),
  );
  const startMs = performance.now();
  stall?.();
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(30);
});

test('descriptors and memory stay of connections that have ended', () => {
  const counts = createFaultCounts();
  const faults = [parseFault('leak-memory:bytes=100000'), parseFault('leak-descriptor:share=0.5')];
  const leak = createLeaks(faults, counts, createRandom(1, 'leaks'));
  const before = { open: openDescriptors() ?? 0, heap: process.memoryUsage().heapUsed };
  for (let i = 0; i < 100; i++) leak();
  expect(counts.happened['leak-memory']).toBe(100);
  expect(counts.happened['leak-descriptor']).toBeGreaterThan(20);
  expect(counts.happened['leak-descriptor']).toBeLessThan(80);
  expect((openDescriptors() ?? 0) - before.open).toBe(counts.happened['leak-descriptor']);
  expect(process.memoryUsage().heapUsed - before.heap).toBeGreaterThan(5_000_000);
});

test('a member sees each new epoch of its rooms once, and knows the first from the answer to its request', () => {
  const counts = createFaultCounts();
  const epochs = createEpochs(counts);
  const pass = (room: string, epoch: number) =>
    epochs.passed(messageFrame(room, 1, epoch, Buffer.from('x'), true));
  epochs.answered(joinedFrame('tea', 0, 7, 0));
  pass('tea', 7);
  pass('milk', 9);
  expect(counts.happened['reset-sequence']).toBe(0);
  pass('tea', 8);
  pass('tea', 8);
  pass('milk', 9);
  expect(counts.happened['reset-sequence']).toBe(1);
});

test('handshakes without faults of their own have no part in it', () => {
  const faults = [parseFault('drop:share=1')];
  expect(createHandshakeFaults(faults, createFaultCounts(), createRandom(1))).toBeNull();
});

test('a handshake whose peer goes while it waits is not answered, and not counted', async () => {
  const counts = createFaultCounts();
  const faults = createHandshakeFaults([parseFault('slow-accept:by=1ms')], counts, createRandom(1));
  const gone = new PassThrough();
  const stays = new PassThrough();
  const answered = new Promise<void>((resolve) => {
    faults?.meet(
      gone,
      () => expect.unreachable(),
      () => expect.unreachable(),
    );
    faults?.meet(stays, resolve, () => expect.unreachable());
  });
  gone.destroy();
  await answered;
  expect(counts.happened['slow-accept']).toBe(1);
});
