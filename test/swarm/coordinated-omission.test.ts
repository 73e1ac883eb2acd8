/**
 * Coordinated omission: a pause must be in the response times of all that it made wait, and once only. Examples whose
 * results are published or can be computed, run through the sender and the recorder of the swarm on made-up time.
 */

import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { createPacer } from '../../src/load/pacer/index.ts';
import type { Summary } from '../../src/model/record.ts';
import { addCounts, createHistogram, recordMs } from '../../src/stats/histogram.ts';
import { createStreams } from '../../src/stats/ordering.ts';
import { summarize } from '../../src/stats/summary.ts';
import { createRecorder } from '../../src/swarm/recorder.ts';
import { createSender, pickInTurn } from '../../src/swarm/sender.ts';

interface Load {
  ratePerS: number;
  durationMs: number;
  arrival?: 'constant' | 'poisson';
  /** Time of the generator's thread that a message takes. */
  costMs?: number;
  /** The generator's thread stands still. */
  stall?: { atMs: number; forMs: number };
  /** When a message that is sent at a time is answered. */
  answeredAt: (sentMs: number) => number;
}

/** Runs a load through the sender, and what it gets through the recorder. */
function run({ ratePerS, durationMs, arrival = 'constant', costMs = 0, stall, answeredAt }: Load) {
  const recorder = createRecorder();
  let now = 0;
  const sender = createSender(
    recorder,
    (_client, intendedMs) => {
      const answerMs = answeredAt(now);
      recorder.answered(answerMs - intendedMs, answerMs - now);
      now += costMs;
      return true;
    },
    () => now,
  );
  const pacer = createPacer({ arrival, ratePerS, offsetMs: 0 }, createRandom(1, 'arrivals'));
  sender.start({ startMs: 0, endMs: durationMs, ratePerS, pacer, pick: pickInTurn(() => 1) });
  let toStall = stall;
  for (let nextMs = 0; nextMs < Number.POSITIVE_INFINITY; nextMs = sender.pump(now)) {
    now = Math.max(now, nextMs);
    if (toStall === undefined || now < toStall.atMs) continue;
    now += toStall.forMs;
    toStall = undefined;
  }
  const { response, service } = recorder.take(
    {
      ...{
        worker: 0,
        row: 0,
        stage: 'hold',
        connected: 1,
        owed: 0,
        elu: null,
        lagMs: 0,
        gcMs: 0,
        gcMaxMs: 0,
      },
      ...{ disorder: null, rooms: null, routes: null, storm: null },
    },
    createStreams(1).totals,
  );
  return { response: summaryOf(response), service: summaryOf(service) };
}

function summaryOf(counts: Uint32Array): Summary & { mean: number; p50: number; p75: number; p99: number } {
  const histogram = createHistogram();
  addCounts(histogram, counts);
  return summarize(histogram) as ReturnType<typeof summaryOf>;
}

/** HdrHistogram's `record_corrected_value`: what else a closed loop with a known interval should have recorded. */
function corrected(ms: number, intervalMs: number): number[] {
  const values = [ms];
  if (intervalMs > 0)
    for (let missing = ms - intervalMs; missing >= intervalMs; missing -= intervalMs) values.push(missing);
  return values;
}

function summaryOfAll(values: number[]): ReturnType<typeof summaryOf> {
  const histogram = createHistogram();
  for (const ms of values) recordMs(histogram, ms);
  return summarize(histogram) as ReturnType<typeof summaryOf>;
}

/** How far a value may be from the computed one: the histogram's precision and a little. */
const close = (value: number, expected: number, share = 0.002) =>
  expect(Math.abs(value / expected - 1), `${value} is not ${expected}`).toBeLessThan(share);

describe('wrk2, README: 2,000 messages a second for 30 s, with one stall of 1.4 s', () => {
  // Catching up goes at twice the rate, as in wrk2: a message takes half of the gap between two. Answers take as long
  // as they do in the README's uncorrected figures, with p50 2.68 ms and p99 6.04 ms.
  const random = createRandom(2, 'answers');
  const { response, service } = run({
    ratePerS: 2000,
    durationMs: 30_000,
    costMs: 0.25,
    stall: { atMs: 10_000, forMs: 1400 },
    answeredAt: (sentMs) => sentMs + 2.085 - 0.859 * Math.log(1 - random()),
  });

  test('measured from when they were due, p99 is 1.27 s', () => close(response.p99, 1270, 0.02));

  test('measured from when they were sent, p99 is 6.04 ms, as if nothing had been', () =>
    close(service.p99, 6.04, 0.02));

  test('both count all 60,000 messages', () =>
    expect([response.count, service.count]).toEqual([60_000, 60_000]));
});

describe('Tene, “How NOT to measure latency”: 100 messages a second, 100 s at 1 ms, then 100 s frozen', () => {
  const answeredAt = (sentMs: number) => (sentMs < 100_000 ? sentMs + 1 : 200_000);
  const { response } = run({ ratePerS: 100, durationMs: 200_000, answeredAt });
  /** What a client sees that waits for each answer before it sends again: only one message meets the freeze. */
  const closedLoop = [...new Array<number>(10_000).fill(1), 100_000];

  test('a closed loop sees a mean of 10.998 ms, and 1 ms at p99.99', () => {
    const naive = summaryOfAll(closedLoop);
    expect(naive.count).toBe(10_001);
    close(naive.mean, 10.998);
    expect(naive.p999).toBeCloseTo(1, 2);
  });

  test('the open loop sees what is true: a mean of 25 s, and 50 s at p75', () => {
    expect(response.count).toBe(20_000);
    close(response.mean, 25_000);
    close(response.p75, 50_000);
    close(response.p50, 1, 0.01);
  });

  test('corrected for its known interval, the closed loop comes to the same', () => {
    const patched = summaryOfAll(closedLoop.flatMap((ms) => corrected(ms, 10)));
    expect(patched.count).toBe(20_000);
    close(patched.mean, response.mean);
    close(patched.p75, response.p75);
  });

  test('what was measured from intended times must not be corrected: it would count the freeze twice', () => {
    const histogram = createHistogram();
    for (let dueMs = 0; dueMs < 200_000; dueMs += 10) {
      for (const ms of corrected(answeredAt(dueMs) - dueMs, 10)) recordMs(histogram, ms);
    }
    expect(summarize(histogram).p50).toBeGreaterThan(25_000);
  });
});

describe('HdrHistogram, record_corrected_value', () => {
  test('makes ten values of 100 at an interval of 10: 100, 90, … 10', () =>
    expect(corrected(100, 10)).toEqual([100, 90, 80, 70, 60, 50, 40, 30, 20, 10]));
  test('makes one of 10 at an interval of 10', () => expect(corrected(10, 10)).toEqual([10]));
  test('corrects nothing without an interval', () => expect(corrected(100, 0)).toEqual([100]));

  test('has no counterpart here: one pause is in as many response times as messages were due in it', () => {
    const { response } = run({
      ...{ ratePerS: 100, durationMs: 1000, stall: { atMs: 500, forMs: 100 } },
      answeredAt: (sentMs) => sentMs,
    });
    // Due at 500, 510, … 590 and sent at 600; the one that is due at 600 is on time.
    expect(response).toMatchObject({ count: 100, p90: 0 });
    close(response.p95 as number, 50, 0.01);
    close(response.max as number, 100, 0.01);
  });
});

test('M/M/1 with ρ = 0.8: the mean sojourn time is 5·S, and p99 is 23.03·S', () => {
  const serviceMs = 100;
  const random = createRandom(3, 'service');
  let freeAtMs = 0;
  const { response } = run({
    arrival: 'poisson',
    ratePerS: (0.8 * 1000) / serviceMs,
    durationMs: 125_000_000,
    answeredAt(sentMs) {
      freeAtMs = Math.max(freeAtMs, sentMs) - serviceMs * Math.log(1 - random());
      return freeAtMs;
    },
  });
  expect(response.count).toBeGreaterThan(990_000);
  close(response.mean, 5 * serviceMs, 0.02);
  close(response.p99, 23.03 * serviceMs, 0.04);
});
