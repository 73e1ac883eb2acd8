import { describe, expect, test } from 'vitest';
import { createTally, type Tally } from '../../src/collect/tally.ts';
import { quantileMs, totalCount } from '../../src/stats/histogram.ts';
import { bins, interval, latencies, stormInterval } from '../support/intervals.ts';
import fc from '../support/properties.ts';
import { serverSample } from '../support/server-sample.ts';

/** Reports of one second from so many workers. */
function report(tally: Tally, row: number, workers: number, said: Parameters<typeof interval>[0] = {}): void {
  for (let worker = 0; worker < workers; worker++) tally.addInterval(interval({ worker, row, ...said }));
}

describe('the reports of several workers', () => {
  test('add up: counters, failures, closes, connected', () => {
    const tally = createTally(2);
    tally.addInterval(
      interval({
        worker: 0,
        connected: 3,
        counters: { sent: 5, attempts: 4, established: 3 },
        failed: { TIMEOUT: 1 },
        closes: { 1006: { count: 1, reasons: { '': 1 } } },
      }),
    );
    tally.addInterval(
      interval({
        worker: 1,
        connected: 4,
        counters: { sent: 7, attempts: 6, established: 4 },
        failed: { TIMEOUT: 1, HTTP_503: 1 },
        closes: { 1006: { count: 2, reasons: { '': 1, bye: 1 } }, 1001: { count: 1, reasons: { bye: 1 } } },
      }),
    );
    expect(tally.counters).toMatchObject({ sent: 12, attempts: 10, established: 7 });
    expect(tally.failed).toEqual({ TIMEOUT: 2, HTTP_503: 1 });
    expect(tally.closes).toEqual({
      1001: { count: 1, reasons: { bye: 1 } },
      1006: { count: 3, reasons: { '': 2, bye: 1 } },
    });
    expect(tally.connected()).toBe(7);
    expect(tally.close()).toMatchObject([{ tMs: 0, connected: 7, sent: 12, silentWorkers: 0 }]);
  });

  test('are merged to one histogram of a second, whose quantiles are those of all', () => {
    const tally = createTally(2);
    tally.addInterval(interval({ worker: 0, response: latencies([1, 1, 1]), service: latencies([1]) }));
    tally.addInterval(interval({ worker: 1, response: latencies([9]), lateness: latencies([0.5]) }));
    const [row] = tally.close();
    expect(row.p50Ms).toBeCloseTo(1, 2);
    expect(row.p99Ms).toBeCloseTo(9, 1);
    expect(row.serviceP99Ms).toBeCloseTo(1, 2);
    expect(row.latenessP99Ms).toBeCloseTo(0.5, 2);
    expect(row.latencyBuckets.reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  test('keep the farthest and the deepest of all', () => {
    const tally = createTally(2);
    tally.addInterval(interval({ worker: 0, extremes: { maxExtent: 5, maxBufferDepth: 1 } }));
    tally.addInterval(interval({ worker: 1, extremes: { maxExtent: 2, maxBufferDepth: 4 } }));
    expect(tally.extremes).toEqual({ maxExtent: 5, maxBufferDepth: 4 });
  });

  test('have the busiest loop of any as that of the second', () => {
    const tally = createTally(2);
    tally.addInterval(interval({ worker: 0, elu: 0.3 }));
    tally.addInterval(interval({ worker: 1, elu: 0.7 }));
    expect(tally.close()[0].eluMax).toBe(0.7);
  });

  test('leave the loop unknown where no whole second was reported', () => {
    const tally = createTally(1);
    tally.addInterval(interval({ elu: null }));
    expect(tally.close()[0].eluMax).toBe(null);
  });
});

describe('rows', () => {
  test('stand in the order of their seconds, however the reports come', () => {
    const tally = createTally(2);
    for (const row of [0, 2, 1, 3]) tally.addInterval(interval({ worker: 0, row, counters: { sent: row } }));
    for (const row of [3, 0, 1, 2]) tally.addInterval(interval({ worker: 1, row, counters: { sent: 10 } }));
    expect(tally.close().map(({ tMs, sent }) => [tMs, sent])).toEqual([
      [0, 10],
      [1000, 11],
      [2000, 12],
      [3000, 13],
    ]);
  });

  test('of a second in which a worker said nothing say how many did not', () => {
    const tally = createTally(3);
    report(tally, 0, 3);
    report(tally, 1, 1);
    report(tally, 2, 3);
    expect(tally.close().map(({ silentWorkers }) => silentWorkers)).toEqual([0, 2, 0]);
  });

  test('of a second in which nobody said anything are there, and the second before still holds', () => {
    const tally = createTally(1);
    tally.addInterval(interval({ row: 0, connected: 8, stage: 'ramp' }));
    tally.addInterval(interval({ row: 3, connected: 8, stage: 'hold' }));
    const rows = tally.close();
    expect(
      rows.map(({ tMs, stage, connected, silentWorkers }) => ({ tMs, stage, connected, silentWorkers })),
    ).toEqual([
      { tMs: 0, stage: 'ramp', connected: 8, silentWorkers: 0 },
      { tMs: 1000, stage: 'ramp', connected: 8, silentWorkers: 1 },
      { tMs: 2000, stage: 'ramp', connected: 8, silentWorkers: 1 },
      { tMs: 3000, stage: 'hold', connected: 8, silentWorkers: 0 },
    ]);
    expect(rows[1]).toMatchObject({ sent: 0, p50Ms: null, eluMax: null });
  });

  test('before anybody reports are a start', () => {
    const tally = createTally(1);
    tally.addInterval(interval({ row: 1, stage: 'ramp' }));
    expect(tally.close().map(({ stage }) => stage)).toEqual(['start', 'ramp']);
  });

  test('of a second that two stages share belong to the later, and are not whole', () => {
    const tally = createTally(2);
    for (const stage of ['ramp', 'hold'] as const) report(tally, 0, 2, { stage });
    report(tally, 1, 2, { stage: 'hold' });
    expect(tally.close().map(({ stage, whole }) => ({ stage, whole }))).toEqual([
      { stage: 'hold', whole: false },
      { stage: 'hold', whole: true },
    ]);
  });

  test('that are closed take no more: a report that is too late counts into the oldest that is open', () => {
    const tally = createTally(2);
    for (let row = 0; row <= 20; row++)
      tally.addInterval(interval({ worker: 0, row, counters: { sent: 1 } }));
    tally.addInterval(interval({ worker: 1, row: 2, counters: { sent: 100 } }));
    const rows = tally.close();
    expect(rows).toHaveLength(21);
    expect(rows[2].sent).toBe(1);
    expect(rows.find(({ sent }) => sent === 101)?.tMs).toBe(13_000);
    expect(tally.counters.sent).toBe(121);
  });

  test('lose no count, whenever a report comes', () => {
    const reports = fc.array(
      fc.record({ worker: fc.nat(2), row: fc.nat(30), sent: fc.nat(50), attempts: fc.nat(5) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(reports, (all) => {
        const tally = createTally(3);
        for (const { worker, row, ...counters } of all)
          tally.addInterval(interval({ worker, row, counters }));
        const rows = tally.close();
        const total = (of: (counts: { sent: number; attempts: number }) => number) =>
          all.reduce((sum, counts) => sum + of(counts), 0);
        expect(rows.reduce((sum, { sent }) => sum + sent, 0)).toBe(total(({ sent }) => sent));
        expect(rows.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(total(({ attempts }) => attempts));
        expect(rows.map(({ tMs }) => tMs)).toEqual(rows.map((_, i) => i * 1000));
        expect(tally.counters.sent).toBe(total(({ sent }) => sent));
      }),
    );
  });

  test('count as failed what failed, not what is still being connected', () => {
    const tally = createTally(1);
    tally.addInterval(
      interval({ row: 0, counters: { attempts: 10, established: 7 }, failed: { TIMEOUT: 1 } }),
    );
    tally.addInterval(
      interval({ row: 1, counters: { attempts: 0, established: 2 }, failed: { ECONNRESET: 3 } }),
    );
    const rows = tally.close();
    expect(rows.map(({ failed }) => failed)).toEqual([1, 3]);
  });

  test('are none of a phase in which nobody reported', () => {
    expect(createTally(2).close()).toEqual([]);
  });
});

describe('latency', () => {
  test('of the phase is that of the hold, and that of a search is by itself; connects count in any stage', () => {
    const tally = createTally(1);
    const heard = {
      response: latencies([1]),
      service: latencies([1]),
      lateness: latencies([1]),
      connect: latencies([1]),
    };
    for (const stage of ['start', 'ramp', 'hold', 'search', 'storm', 'drain'] as const) {
      tally.addInterval(interval({ stage, ...heard }));
    }
    const { response, service, lateness, connect, searched } = tally;
    expect([response, service, lateness, connect, searched].map(totalCount)).toEqual([1, 1, 1, 6, 1]);
    expect(quantileMs(tally.response, 0.5)).toBeCloseTo(1, 2);
  });
});

describe('what is answered in the drain', () => {
  const heard = { response: latencies([7]), service: latencies([7]) };

  test('was sent in the hold, and is in its latency', () => {
    const tally = createTally(1);
    for (const stage of ['ramp', 'hold', 'drain'] as const) tally.addInterval(interval({ stage, ...heard }));
    expect([tally.response, tally.service].map(totalCount)).toEqual([2, 2]);
  });

  test('belongs to the storm, if there was one', () => {
    const tally = createTally(1);
    for (const stage of ['hold', 'storm', 'drain'] as const) tally.addInterval(interval({ stage, ...heard }));
    expect([tally.response, tally.service].map(totalCount)).toEqual([1, 1]);
  });
});

describe('what the stages ask for', () => {
  test('the connections at the peak were connected at one time', () => {
    const tally = createTally(2);
    tally.addInterval(interval({ worker: 0, row: 0, connected: 10 }));
    tally.addInterval(interval({ worker: 1, row: 0, connected: 5 }));
    tally.addInterval(interval({ worker: 0, row: 1, connected: 0 }));
    tally.addInterval(interval({ worker: 1, row: 1, connected: 9 }));
    expect(tally.peakConnected).toBe(15);
    expect(tally.connected()).toBe(9);
  });

  test('the most connections of a second are those of all workers together', () => {
    const tally = createTally(2);
    report(tally, 0, 2, { counters: { established: 30 } });
    report(tally, 1, 2, { counters: { established: 20 } });
    expect(tally.peakPerS).toBe(60);
  });

  test('the loop of late is the busiest of so many seconds', () => {
    const tally = createTally(1);
    [0.9, 0.2, 0.4, 0.3].forEach((elu, row) => {
      tally.addInterval(interval({ row, elu }));
    });
    expect([1, 2, 3, 4].map((seconds) => tally.recentElu(seconds))).toEqual([0.3, 0.4, 0.4, 0.9]);
    expect(createTally(1).recentElu(2)).toBe(0);
  });

  test('what happened since a second has that second in it', () => {
    const tally = createTally(1);
    for (let row = 0; row < 4; row++) {
      tally.addInterval(
        interval({
          row,
          counters: { attempts: 10 ** row, established: 1 },
          failed: { TIMEOUT: 2, EMFILE: row },
        }),
      );
    }
    expect(tally.since(2)).toEqual({ attempts: 1100, established: 2, failed: 9 });
    expect(tally.since(4)).toEqual({ attempts: 0, established: 0, failed: 0 });
    expect(tally.row()).toBe(3);
  });

  test('the last second is the last of which every worker can have reported', () => {
    const tally = createTally(1);
    expect(tally.lastSecond()).toBe(null);
    tally.addInterval(interval({ row: 0, counters: { sent: 1 } }));
    expect(tally.lastSecond()).toBe(null);
    tally.addInterval(interval({ row: 1, counters: { sent: 2 } }));
    expect(tally.lastSecond()).toMatchObject({ tMs: 0, sent: 1 });
  });
});

describe('waiting', () => {
  test('ends with the next report, for all who wait', async () => {
    const tally = createTally(1);
    const waits = [tally.changed(), tally.changed()];
    tally.addInterval(interval());
    await Promise.all(waits);
  });

  test('ends when it is woken, and a wait that begins later does not', async () => {
    const tally = createTally(1);
    const woken: string[] = [];
    const first = tally.changed().then(() => woken.push('first'));
    tally.wake();
    void tally.changed().then(() => woken.push('second'));
    await first;
    await Promise.resolve();
    expect(woken).toEqual(['first']);
  });
});

test('a report of a storm is passed on while one is on, with its worker', () => {
  const tally = createTally(2);
  const seen: [number, number][] = [];
  const storm = stormInterval({ affected: 3, returns: bins({ 1: 3 }) });
  tally.addInterval(interval({ worker: 1, storm }));
  tally.onStorm = ({ affected }, worker) => seen.push([affected, worker]);
  tally.addInterval(interval({ worker: 1, storm }));
  tally.addInterval(interval({ worker: 0 }));
  tally.onStorm = null;
  tally.addInterval(interval({ worker: 1, storm }));
  expect(seen).toEqual([[3, 1]]);
});

test('violations are a sample of ten of each kind', () => {
  const tally = createTally(1);
  const ten = (kind: 'gap' | 'duplicate') =>
    Array.from({ length: 10 }, (_, i) => ({ kind, client: 0, epoch: 0, seq: i + 2, after: i }));
  const violations = [...ten('gap'), ...ten('duplicate')];
  for (let row = 0; row < 5; row++) tally.addInterval(interval({ row, violations }));
  expect(tally.violations).toEqual(violations);
});

describe('the server', () => {
  test('is as busy as its processor time grew, over all its processes', () => {
    const tally = createTally(1);
    const two = (first: number, second: number, atMs: number) => [
      serverSample({ pid: 1, cpuS: first, atMs }),
      serverSample({ pid: 2, cpuS: second, atMs }),
    ];
    tally.addServer(two(10, 5, 5000), 0);
    tally.addServer(two(10.5, 6, 7000), 1);
    expect(tally.close().map(({ serverCpuRatio }) => serverCpuRatio)).toEqual([null, 0.75]);
  });

  test('that tells an old sample again has no share of that second', () => {
    const tally = createTally(1);
    tally.addServer([serverSample({ cpuS: 1, atMs: 5000 })], 0);
    tally.addServer([serverSample({ cpuS: 1, atMs: 5000 })], 1);
    tally.addServer([serverSample({ cpuS: 2, atMs: 7000 })], 2);
    expect(tally.close().map(({ serverCpuRatio }) => serverCpuRatio)).toEqual([null, null, 0.5]);
  });

  test('holds what its living processes hold, and its peak is kept', () => {
    const tally = createTally(1);
    const two = (alive: boolean) => [
      serverSample({ pid: 1, rssBytes: 100 }),
      serverSample({ pid: 2, rssBytes: 50, alive }),
    ];
    tally.addServer(two(true), 0);
    tally.addServer(two(false), 1);
    expect(tally.server?.peakRssBytes).toBe(150);
    expect(tally.close().map(({ serverRssBytes }) => serverRssBytes)).toEqual([150, 100]);
  });

  test('has as its lag the worst that any living process has told', () => {
    const tally = createTally(1);
    tally.addServer([serverSample({ eventLoopLagP99Ms: null })], 0);
    expect(tally.server?.lagMaxMs).toBe(null);
    tally.addServer([serverSample({ eventLoopLagP99Ms: 7 }), serverSample({ eventLoopLagP99Ms: 3 })], 1);
    tally.addServer([serverSample({ eventLoopLagP99Ms: 90, alive: false })], 2);
    expect(tally.server?.lagMaxMs).toBe(7);
  });

  test('stands in the row of the second in which it was asked, whoever else has reported', () => {
    const tally = createTally(1);
    tally.addInterval(interval({ row: 0, counters: { sent: 1 } }));
    tally.addServer([serverSample({ rssBytes: 7 })], 1);
    tally.addInterval(interval({ row: 1, counters: { sent: 2 } }));
    expect(tally.close()).toMatchObject([
      { sent: 1, serverRssBytes: null },
      { sent: 2, serverRssBytes: 7 },
    ]);
  });
});

test('the hosts’ memory is that of all of them, at its peak', () => {
  const tally = createTally(1);
  tally.addProcess({ pid: 1, cpuS: 1, rssBytes: 100 });
  tally.addProcess({ pid: 2, cpuS: 1, rssBytes: 70 });
  tally.addProcess({ pid: 1, cpuS: 2, rssBytes: 80 });
  expect(tally.hosts.peakRssBytes).toBe(170);
  expect(tally.hosts.first.get(1)?.rssBytes).toBe(100);
  expect(tally.hosts.last.get(1)?.cpuS).toBe(2);
});
