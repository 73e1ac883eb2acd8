import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { createPacer } from '../../src/load/pacer/index.ts';
import { createRecorder } from '../../src/swarm/recorder.ts';
import { createSender, pickAtRandom, pickInTurn } from '../../src/swarm/sender.ts';

interface Sent {
  client: number;
  intendedMs: number;
  atMs: number;
}

/** A sender of one message each `gapMs` from `startMs` on; a message takes `costMs` of the thread's time. */
function setUp({ gapMs = 10, startMs = 1000, endMs = 2000, costMs = 0, connected = true } = {}) {
  const recorder = createRecorder();
  const sent: Sent[] = [];
  let now = startMs;
  const sender = createSender(
    recorder,
    (client, intendedMs) => {
      if (!connected) return false;
      sent.push({ client, intendedMs, atMs: now });
      now += costMs;
      return true;
    },
    () => now,
  );
  sender.start({
    startMs,
    endMs,
    ratePerS: 1000 / gapMs,
    pacer: createPacer({ arrival: 'constant', ratePerS: 1000 / gapMs, offsetMs: 0 }, () => 0),
    pick: pickInTurn(() => 3),
  });
  return {
    sent,
    counters: recorder.counters,
    pumpAt(ms: number) {
      now = ms;
      return sender.pump(ms);
    },
    stopAt: (ms: number) => sender.stop(ms),
    overdueAt: (ms: number) => sender.overdue(ms),
  };
}

describe('what is overdue', () => {
  test('is nothing before the first message is due, and none that was sent', () => {
    const { overdueAt, pumpAt } = setUp({ gapMs: 10, startMs: 1000 });
    expect(overdueAt(999)).toBe(0);
    pumpAt(1050);
    expect(overdueAt(1050)).toBe(0);
  });

  test('is counted by the rate, up to the end of the flow', () => {
    const { overdueAt } = setUp({ gapMs: 10, startMs: 1000, endMs: 2000 });
    expect(overdueAt(1000)).toBe(1);
    expect(overdueAt(1095)).toBe(10);
    expect(overdueAt(1990)).toBe(100);
    expect(overdueAt(9000)).toBe(101);
  });

  test('is nothing once the sender was stopped: then it was dropped', () => {
    const { overdueAt, stopAt, counters } = setUp();
    stopAt(1095);
    expect(overdueAt(1095)).toBe(0);
    expect(counters.droppedLate).toBe(10);
  });
});

describe('on time', () => {
  test('nothing is sent before it is due', () => {
    const { sent, pumpAt } = setUp({ startMs: 1000 });
    expect(pumpAt(999.9)).toBe(1000);
    expect(sent).toEqual([]);
    expect(pumpAt(1000)).toBe(1010);
    expect(pumpAt(1009.99)).toBe(1010);
    expect(sent.map(({ intendedMs }) => intendedMs)).toEqual([1000]);
  });

  test('clients take turns', () => {
    const { sent, pumpAt } = setUp();
    pumpAt(1040);
    expect(sent.map(({ client }) => client)).toEqual([0, 1, 2, 0, 1]);
  });

  test('the end is not part of the flow: a message that is due at it is not sent', () => {
    const { sent, pumpAt, counters } = setUp({ startMs: 1000, endMs: 1030 });
    expect(pumpAt(5000)).toBe(Number.POSITIVE_INFINITY);
    expect(sent.map(({ intendedMs }) => intendedMs)).toEqual([1000, 1010, 1020]);
    expect(counters.due).toBe(3);
  });
});

describe('after a block', () => {
  test('what was due meanwhile is sent at once, each with the time at which it was due', () => {
    const { sent, pumpAt } = setUp({ startMs: 1000 });
    pumpAt(1000);
    pumpAt(1405);
    expect(sent).toHaveLength(41);
    sent.forEach(({ intendedMs }, n) => {
      expect(intendedMs).toBe(1000 + 10 * n);
    });
    expect(sent.at(-1)?.atMs).toBe(1405);
  });

  test('it is caught up in bursts of 4 ms, between which answers can be read', () => {
    const { sent, pumpAt } = setUp({ gapMs: 1, startMs: 0, endMs: 10_000, costMs: 0.5 });
    expect(pumpAt(100)).toBeLessThanOrEqual(104);
    expect(sent).toHaveLength(8);
    expect(pumpAt(110)).toBe(16);
    expect(sent).toHaveLength(16);
  });

  test('one message is sent however long it takes, or nothing would ever be', () => {
    const { sent, pumpAt } = setUp({ costMs: 50 });
    pumpAt(1100);
    expect(sent).toHaveLength(1);
  });

  test('what was due during the block but after the end does not exist', () => {
    const { sent, pumpAt } = setUp({ startMs: 1000, endMs: 1100 });
    pumpAt(9000);
    expect(sent).toHaveLength(10);
  });
});

describe('what is not sent', () => {
  test('is dropped for its client if that is not connected, and not tried again', () => {
    const { counters, pumpAt } = setUp({ connected: false });
    pumpAt(1040);
    pumpAt(1040);
    expect(counters).toMatchObject({ due: 5, droppedDisconnected: 5, droppedLate: 0 });
  });

  test('is late if the flow is stopped before it was come to', () => {
    const { counters, pumpAt, stopAt, sent } = setUp({ startMs: 1000 });
    pumpAt(1000);
    stopAt(1055);
    expect(counters).toMatchObject({ due: 6, droppedLate: 5 });
    expect(sent).toHaveLength(1);
  });

  test.for([
    [1009, 0],
    [1010, 1],
  ])('of a flow that is stopped at %d and of which one is due at 1,010 is late: %d', ([stopMs, late]) => {
    const { counters, pumpAt, stopAt } = setUp({ startMs: 1000 });
    pumpAt(1000);
    stopAt(stopMs);
    expect(counters).toMatchObject({ due: 1 + late, droppedLate: late });
  });

  test('is not counted twice when the flow is stopped twice', () => {
    const { counters, stopAt } = setUp({ startMs: 1000 });
    stopAt(1055);
    stopAt(1200);
    expect(counters.due).toBe(6);
  });

  test('is not sent after the stop either', () => {
    const { sent, pumpAt, stopAt } = setUp({ startMs: 1000 });
    stopAt(1055);
    expect(pumpAt(1500)).toBe(Number.POSITIVE_INFINITY);
    expect(sent).toEqual([]);
  });
});

test('what falls due between two multiples of the grain is sent together, and is due then', () => {
  const recorder = createRecorder();
  const due: number[] = [];
  const rates: number[] = [];
  let now = 1000;
  const sender = createSender(
    recorder,
    (_client, intendedMs) => due.push(intendedMs) > 0,
    () => now,
    (ratePerS) => {
      rates.push(ratePerS);
      return 4;
    },
  );
  const pacer = createPacer({ arrival: 'constant', ratePerS: 1000, offsetMs: 0 }, () => 0);
  sender.start({ startMs: 1000, endMs: 1014, ratePerS: 1000, pacer, pick: () => 0 });
  for (; now <= 1014; now++) sender.pump(now);
  expect(rates).toEqual([1000]);
  // The last ones are due when the flow ends.
  expect([...new Set(due)]).toEqual([1000, 1004, 1008, 1012, 1014].filter((ms) => due.includes(ms)));
  expect(due.at(-1)).toBe(1014);
  expect(due).toHaveLength(14);
  expect(due).toHaveLength(recorder.counters.due);
});

test('a sender that was never started sends nothing', () => {
  const recorder = createRecorder();
  const sender = createSender(
    recorder,
    () => true,
    () => 0,
  );
  sender.stop(100);
  expect(sender.pump(100)).toBe(Number.POSITIVE_INFINITY);
  expect(recorder.counters.due).toBe(0);
});

describe('picking', () => {
  test('in turn begins again when there are fewer clients than before', () => {
    let clients = 4;
    const pick = pickInTurn(() => clients);
    expect([pick(), pick(), pick()]).toEqual([0, 1, 2]);
    clients = 2;
    expect([pick(), pick(), pick()]).toEqual([0, 1, 0]);
  });

  test('at random takes each client as often: chi-square over 20 clients', () => {
    const pick = pickAtRandom(() => 20, createRandom(5, 'pick'));
    const counts = new Array<number>(20).fill(0);
    for (let i = 0; i < 20_000; i++) counts[pick()]++;
    // 43.8 is the 99.9th percentile with 19 degrees of freedom.
    expect(counts.reduce((sum, seen) => sum + (seen - 1000) ** 2 / 1000, 0)).toBeLessThan(43.8);
  });
});
