import { describe, expect, test } from 'vitest';
import { createStreams, type OrderingTotals } from '../../src/stats/ordering.ts';
import { COUNTERS, type Interval } from '../../src/swarm/messages.ts';
import { createRecorder, type Recorder } from '../../src/swarm/recorder.ts';
import fc from '../support/properties.ts';

const NO_TOTALS = createStreams(1).totals;

function take(recorder: Recorder, totals: OrderingTotals = NO_TOTALS): Interval {
  return recorder.take(
    {
      worker: 0,
      row: 0,
      stage: 'hold',
      connected: 0,
      owed: 0,
      elu: null,
      lagMs: 0,
      gcMs: 0,
      gcMaxMs: 0,
      disorder: null,
      rooms: null,
      routes: null,
      storm: null,
    },
    totals,
  );
}

describe('a report', () => {
  test('of nothing has every counter at 0', () => {
    const { counters, failed, closes, violations } = take(createRecorder());
    expect(counters).toEqual(Object.fromEntries(COUNTERS.map((name) => [name, 0])));
    expect({ failed, closes, violations }).toEqual({ failed: {}, closes: {}, violations: [] });
  });

  test('takes everything out: the next one begins at nothing', () => {
    const recorder = createRecorder();
    recorder.counters.sent = 5;
    recorder.connected(1);
    recorder.answered(2, 1);
    recorder.late(1);
    recorder.failed('ECONNREFUSED');
    recorder.closed(1006, '');
    recorder.violation({ kind: 'gap', client: 0, epoch: 0, seq: 2, after: 0 });

    const first = take(recorder);
    expect(first.counters.sent).toBe(5);
    for (const histogram of [first.connect, first.response, first.service, first.lateness]) {
      expect(histogram).toHaveLength(2);
    }
    expect(first.failed).toEqual({ ECONNREFUSED: 1 });
    expect(first.closes).toEqual({ 1006: { count: 1, reasons: { '': 1 } } });
    expect(first.violations).toHaveLength(1);

    const second = take(recorder);
    expect(second).toEqual(take(createRecorder()));
  });

  test('does not change any more once it was taken', () => {
    const recorder = createRecorder();
    const report = take(recorder);
    recorder.counters.sent++;
    recorder.failed('TIMEOUT');
    recorder.closed(1000, 'bye');
    expect(report).toEqual(take(createRecorder()));
  });

  test('has of the running totals of the order what was new, and the extremes as they stand', () => {
    const recorder = createRecorder();
    const totals = { received: 10, duplicates: 2, reordered: 1, maxExtent: 4, maxBufferDepth: 3 };
    expect(take(recorder, totals).counters).toMatchObject({ unique: 10, duplicates: 2, reordered: 1 });
    totals.received = 15;
    totals.reordered = 2;
    const { counters, extremes } = take(recorder, totals);
    expect(counters).toMatchObject({ unique: 5, duplicates: 0, reordered: 1 });
    expect(extremes).toEqual({ maxExtent: 4, maxBufferDepth: 3 });
  });
});

describe('reasons of closes', () => {
  const reasonsOf = (interval: Interval) => interval.closes[4000]?.reasons ?? {};

  test('beyond 50 different ones are counted together', () => {
    const recorder = createRecorder();
    for (let i = 0; i < 80; i++) recorder.closed(4000, `reason ${i}`);
    const reasons = reasonsOf(take(recorder));
    expect(Object.keys(reasons)).toHaveLength(51);
    expect(reasons['(other reasons)']).toBe(30);
    expect(reasons['reason 49']).toBe(1);
  });

  test('are bounded over the whole phase, not anew in each second', () => {
    const recorder = createRecorder();
    const seen = new Set<string>();
    for (let second = 0; second < 10; second++) {
      for (let i = 0; i < 20; i++) recorder.closed(4000, `reason ${second}-${i}`);
      for (const reason of Object.keys(reasonsOf(take(recorder)))) seen.add(reason);
    }
    expect(seen.size).toBe(51);
  });

  test('one that was known at first is still known by its name after an hour', () => {
    const recorder = createRecorder();
    for (let second = 0; second < 3600; second++) {
      recorder.closed(4000, 'going away');
      expect(reasonsOf(take(recorder))).toEqual({ 'going away': 1 });
    }
  });

  test('are kept apart by code', () => {
    const recorder = createRecorder();
    recorder.closed(1001, 'bye');
    recorder.closed(1011, 'bye');
    expect(take(recorder).closes).toEqual({
      1001: { count: 1, reasons: { bye: 1 } },
      1011: { count: 1, reasons: { bye: 1 } },
    });
  });

  test('add up to the count of their code, whatever a hostile server writes', () => {
    const hostile = fc.oneof(
      fc.constantFrom(
        '__proto__',
        'constructor',
        'toString',
        'hasOwnProperty',
        'valueOf',
        '(other reasons)',
        '',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 200 }), (reasons) => {
        const recorder = createRecorder();
        for (const reason of reasons) recorder.closed(4000, reason);
        const { count, reasons: counted } = structuredClone(take(recorder).closes[4000]);
        expect(count).toBe(reasons.length);
        expect(Object.values(counted).reduce((sum, n) => sum + n, 0)).toBe(count);
      }),
    );
  });
});

describe('violations are a sample', () => {
  const where = { client: 0, epoch: 0, after: 60 };

  test('of ten in a second', () => {
    const recorder = createRecorder();
    for (let seq = 1; seq <= 50; seq++) recorder.violation({ kind: 'duplicate', seq, ...where });
    expect(take(recorder).violations.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    recorder.violation({ kind: 'duplicate', seq: 51, ...where });
    expect(take(recorder).violations).toHaveLength(1);
  });

  test('of each kind, so that the frequent ones do not crowd out the rare', () => {
    const recorder = createRecorder();
    for (let seq = 1; seq <= 50; seq++) recorder.violation({ kind: 'gap', seq, ...where });
    recorder.violation({ kind: 'reordered', seq: 7, ...where });
    expect(take(recorder).violations.at(-1)).toEqual({ kind: 'reordered', seq: 7, ...where });
  });
});

test('an answer that came before it was sent is counted, and is in no latency', () => {
  const recorder = createRecorder();
  recorder.answered(0.5, -0.001);
  recorder.answered(0.5, 0);
  const { counters, response, service } = take(recorder);
  expect(counters.negativeOneWay).toBe(1);
  expect({ response: [...response], service: [...service] }).toEqual({ response: [500, 1], service: [0, 1] });
});
