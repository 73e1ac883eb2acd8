import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { createPacer } from '../../../src/load/pacer/index.ts';
import { type BatchOptions, createBatcher } from '../../../src/server/delivery/batcher.ts';
import { expectedOfBatches } from '../../../src/stats/batching.ts';
import { createManualTime } from '../../support/manual-time.ts';

/** Batches of one audience, as `[when, messages]`, and for how long each message waited. */
function setUp(options: BatchOptions) {
  const time = createManualTime();
  const sent: [atMs: number, items: number, isFull: boolean][] = [];
  const waitedMs: number[] = [];
  const batcher = createBatcher(options, time, (_audience: string, items, isFull) => {
    sent.push([time.nowMs(), items.length, isFull]);
    for (const { atMs } of items) waitedMs.push(time.nowMs() - atMs);
  });
  return {
    ...{ time, sent, waitedMs },
    add(audience = 'room', bytes = 10) {
      batcher.add(audience, { bytes, atMs: time.nowMs() });
    },
    flush: batcher.flush,
  };
}

const FIRST: BatchOptions = { intervalMs: 50, timer: 'first', maxBytes: 100 };
const TICK: BatchOptions = { ...FIRST, timer: 'tick' };

describe('a batch', () => {
  test('leaves one interval after its first message, and nothing leaves where there is none', () => {
    const it = setUp(FIRST);
    it.time.pass(120);
    it.add();
    it.time.pass(30);
    it.add();
    it.time.pass(200);
    it.add();
    it.time.pass(50);
    expect(it.sent).toEqual([
      [170, 2, false],
      [400, 1, false],
    ]);
    expect(it.waitedMs).toEqual([50, 20, 50]);
  });

  test('leaves with the tick that all audiences share', () => {
    const it = setUp(TICK);
    it.time.pass(120);
    it.add('tea');
    it.time.pass(20);
    it.add('milk');
    it.time.pass(60);
    expect(it.sent).toEqual([
      [150, 1, false],
      [150, 1, false],
    ]);
    expect(it.waitedMs).toEqual([30, 10]);
  });

  test('waits for its own time and not for that of another', () => {
    const it = setUp(FIRST);
    it.add('tea');
    it.time.pass(20);
    it.add('milk');
    it.time.pass(100);
    expect(it.sent.map(([atMs]) => atMs)).toEqual([50, 70]);
  });

  test('leaves as soon as it is full, and the next one has all its time', () => {
    const it = setUp(FIRST);
    it.add('tea', 60);
    it.time.pass(40);
    it.add('tea', 40);
    it.add('tea', 1);
    it.time.pass(50);
    expect(it.sent).toEqual([
      [40, 2, true],
      [90, 1, false],
    ]);
  });

  test('leaves when it is asked to, once', () => {
    const it = setUp(FIRST);
    it.add('tea');
    it.flush('tea');
    it.flush('tea');
    it.flush('milk');
    it.time.pass(100);
    expect(it.sent).toEqual([[0, 1, false]]);
  });
});

/** Message by message what 2,000 s of random arrivals do to a batcher whose clock is the test's. */
function withRandomArrivals(options: BatchOptions, ratePerS: number) {
  const it = setUp({ ...options, maxBytes: Number.POSITIVE_INFINITY });
  const next = createPacer({ arrival: 'poisson', ratePerS, offsetMs: 0 }, createRandom(11, 'arrivals'));
  const endMs = 2_000_000;
  for (let dueMs = next(); dueMs < endMs; dueMs = next()) {
    it.time.pass(dueMs - it.time.nowMs());
    it.add();
  }
  it.time.pass(endMs + options.intervalMs - it.time.nowMs());
  return {
    framesPerS: it.sent.length / (endMs / 1000),
    delayMs: it.waitedMs.reduce((sum, ms) => sum + ms, 0) / it.waitedMs.length,
  };
}

describe('batches of messages that come at random', () => {
  // The rates of the formulas, for 50 messages a second and 50 ms, worked out by hand.
  test.each([
    { timer: 'tick', framesPerS: 18.36, delayMs: 25 },
    { timer: 'first', framesPerS: 14.29, delayMs: 32.14 },
  ] as const)(
    '$timer: $framesPerS frames a second, $delayMs ms of delay',
    ({ timer, framesPerS, delayMs }) => {
      const expected = expectedOfBatches({ timer, intervalMs: 50 }, 50);
      expect(expected.framesPerS).toBeCloseTo(framesPerS, 2);
      expect(expected.delayMs).toBeCloseTo(delayMs, 2);
      const measured = withRandomArrivals({ ...FIRST, timer }, 50);
      expect(Math.abs(measured.framesPerS / framesPerS - 1)).toBeLessThan(0.01);
      expect(Math.abs(measured.delayMs / delayMs - 1)).toBeLessThan(0.01);
    },
  );

  test.each([
    ['tick', 5, 200],
    ['first', 5, 200],
    ['tick', 500, 10],
    ['first', 500, 10],
  ] as const)('%s: the formulas hold for %d a second in %d ms, too', (timer, ratePerS, intervalMs) => {
    const expected = expectedOfBatches({ timer, intervalMs }, ratePerS);
    const measured = withRandomArrivals({ timer, intervalMs, maxBytes: 0 }, ratePerS);
    expect(Math.abs(measured.framesPerS / expected.framesPerS - 1)).toBeLessThan(0.02);
    expect(Math.abs(measured.delayMs / expected.delayMs - 1)).toBeLessThan(0.02);
  });
});
