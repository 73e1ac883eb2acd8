import { describe, expect, test } from 'vitest';
import { locationOfAddress } from '../../src/model/places.ts';
import type { PhasePlan } from '../../src/model/plan.ts';
import { addCounts, createHistogram, quantileMs, totalCount } from '../../src/stats/histogram.ts';
import { createEngine } from '../../src/swarm/engine.ts';
import {
  addCounters,
  createCounters,
  type Filling,
  type Interval,
  type WorkerCommand,
  type WorkerEvent,
  type WorkerPlan,
} from '../../src/swarm/messages.ts';
import { planLocatedSources, planSources, sourceOf } from '../../src/transport/sources.ts';
import { createFakeTransport, type FakeConnection, type FakeServer } from '../support/fake-transport.ts';
import { createManualTime } from '../support/manual-time.ts';
import { NO_SOURCES, phasePlan } from '../support/plans.ts';
import fc from '../support/properties.ts';

const START_MS = 50_000;
const CONNECT_MS = 2;
const ECHO_MS = 5;
const FILLINGS: Filling[] = ['together', 'in turn'];

interface Options {
  phase?: Partial<PhasePlan>;
  plan?: Partial<WorkerPlan>;
  server?: FakeServer;
}

/** An engine whose server, if no other is given, accepts in 2 ms and sends each message back in 5. */
function setUp({ phase = {}, plan = {}, server }: Options = {}) {
  const time = createManualTime(START_MS);
  const events: WorkerEvent[] = [];
  const secondsEndedMs: number[] = [];
  const collectedMs: number[] = [];
  const woken = { count: 0 };
  const echo: FakeServer = {
    connected: (connection) => time.after(CONNECT_MS, () => connection.open()),
    received: (connection, payload) => time.after(ECHO_MS, () => answer(connection, payload)),
  };
  const transport = createFakeTransport({ ...echo, ...server });
  const execute = createEngine(
    {
      worker: 0,
      workers: 1,
      seed: 7,
      tag: 0x123456,
      phase: phasePlan(phase),
      urls: ['ws://server'],
      sources: NO_SOURCES,
      places: null,
      filling: 'together',
      ca: null,
      ...plan,
    },
    {
      transport,
      nowMs: time.nowMs,
      after(ms, callback) {
        woken.count++;
        time.after(ms, callback);
      },
      at: time.at,
      collectGarbage: () => collectedMs.push(time.nowMs()),
      garbageTime: () => ({ gcMs: 3, gcMaxMs: 2 }),
      utilization: () => 0.25,
      post(event) {
        events.push(structuredClone(event));
        if (event.type === 'interval' && event.interval.elu !== null) secondsEndedMs.push(time.nowMs());
      },
    },
  );
  const intervals = () => events.flatMap((event) => (event.type === 'interval' ? [event.interval] : []));
  return {
    time,
    transport,
    events,
    /** When each whole second was reported. */
    secondsEndedMs,
    /** How often a timer was set. */
    woken,
    /** When garbage was collected. */
    collectedMs,
    tell: (command: WorkerCommand) => execute(command),
    begin: () => execute({ type: 'begin', originMs: time.nowMs() }),
    grow: (clients: number) => execute({ type: 'grow', clients, ratePerS: 1e6, startMs: time.nowMs() }),
    /** Messages flow for so long, from now. */
    flow(durationMs: number) {
      execute({ type: 'flow', startMs: time.nowMs(), endMs: time.nowMs() + durationMs });
    },
    has: (type: WorkerEvent['type']) => events.some((event) => event.type === type),
    intervals,
    totals: () => sum(intervals()),
  };
}

/** Sends a message back, unless the connection has ended meanwhile. */
function answer(connection: FakeConnection, payload: Buffer): void {
  if (connection.state === 'open') connection.deliver(payload);
}

function sum(intervals: Interval[]) {
  const counters = createCounters();
  const histograms = { response: createHistogram(), service: createHistogram(), lateness: createHistogram() };
  for (const interval of intervals) {
    addCounters(counters, interval.counters);
    addCounts(histograms.response, interval.response);
    addCounts(histograms.service, interval.service);
    addCounts(histograms.lateness, interval.lateness);
  }
  return { counters, ...histograms };
}

/** An engine with all its clients connected. */
function connected(options: Options = {}) {
  const rig = setUp(options);
  rig.begin();
  rig.grow(options.phase?.clients ?? 10);
  rig.time.pass(50);
  return rig;
}

test('a whole life: begin, grow, flow, storm, calm, quiet, drain, close', () => {
  const { time, transport, tell, begin, has, totals, events } = setUp({ phase: { clients: 20 } });
  expect(has('ready')).toBe(true);
  begin();
  tell({ type: 'stage', stage: 'ramp' });
  expect(has('staged')).toBe(true);
  tell({ type: 'grow', clients: 20, ratePerS: 20, startMs: time.nowMs() });
  time.pass(990);
  expect(has('reached')).toBe(false);
  time.pass(50);
  expect(events.find(({ type }) => type === 'reached')).toEqual({ type: 'reached', clients: 20 });

  tell({ type: 'stage', stage: 'hold' });
  tell({ type: 'flow', startMs: time.nowMs() + 50, endMs: Number.POSITIVE_INFINITY });
  time.pass(5050);
  tell({ type: 'storm', startMs: time.nowMs(), dropRatio: 1 });
  expect(transport.connections.every(({ endedBy }) => endedBy === 'terminate')).toBe(true);
  time.pass(3000);
  tell({ type: 'calm', atMs: 0 });
  expect(has('calmed')).toBe(true);
  tell({ type: 'quiet' });
  tell({ type: 'drain', untilMs: time.nowMs() + 5000 });
  time.pass(20);
  expect(has('drained')).toBe(true);
  tell({ type: 'close' });
  expect(has('closed')).toBe(true);

  const { counters } = totals();
  expect(counters).toMatchObject({ clients: 20, established: 40, attempts: 40, streams: 20, resets: 20 });
  expect(counters.due).toBe(20 * 8);
  expect(counters.due).toBe(counters.sent + counters.droppedDisconnected);
  expect(counters.sent).toBe(counters.unique + counters.lost);
  expect(counters).toMatchObject({ missing: 0, duplicates: 0, reordered: 0, foreign: 0, droppedLate: 0 });
  expect(transport.connections.filter(({ endedBy }) => endedBy === 'leave')).toHaveLength(20);

  const after = events.length;
  time.pass(10_000);
  expect(events).toHaveLength(after);
});

describe('messages', () => {
  test('are as many as rate × clients × duration, to the message, over any number of workers', () => {
    const load = fc.record({
      clients: fc.integer({ min: 1, max: 30 }),
      workers: fc.integer({ min: 1, max: 4 }),
      rate: fc.constantFrom(0.5, 1, 2, 4, 10),
      seconds: fc.integer({ min: 2, max: 6 }).map((half) => half * 2),
      filling: fc.constantFrom(...FILLINGS),
    });
    fc.assert(
      fc.property(load, ({ clients, workers, rate, seconds, filling }) => {
        let due = 0;
        let sent = 0;
        for (let worker = 0; worker < workers; worker++) {
          const messages = { ...phasePlan().messages, ratePerClientPerS: rate };
          const rig = connected({ phase: { clients, messages }, plan: { worker, workers, filling } });
          rig.flow(seconds * 1000);
          rig.time.pass(seconds * 1000 + 1000);
          due += rig.totals().counters.due;
          sent += rig.totals().counters.sent;
        }
        expect(due).toBe(clients * rate * seconds);
        expect(sent).toBe(due);
      }),
      { numRuns: 25 },
    );
  });

  test('of each client come at constant gaps', () => {
    const { flow, time, transport } = connected({ phase: { clients: 4 } });
    const times = new Map<number, number[]>();
    flow(5000);
    for (let ms = 0; ms < 5000; ms++) {
      const before = transport.connections.map(({ sent }) => sent.length);
      time.pass(1);
      transport.connections.forEach(({ client, sent }, i) => {
        if (sent.length > before[i]) times.set(client, [...(times.get(client) ?? []), ms]);
      });
    }
    for (const at of times.values()) {
      expect(at).toHaveLength(5);
      at.slice(1).forEach((ms, i) => {
        expect(ms - at[i]).toBe(1000);
      });
    }
  });

  test('of poisson arrivals are about as many, and not at constant gaps', () => {
    const messages = { ...phasePlan().messages, arrival: 'poisson' as const, ratePerClientPerS: 10 };
    const { flow, time, totals } = connected({ phase: { messages } });
    flow(20_000);
    time.pass(21_000);
    const { due, sent } = totals().counters;
    // 2,000 are expected, give or take five standard deviations.
    expect(Math.abs(due - 2000)).toBeLessThan(5 * Math.sqrt(2000));
    expect(due).not.toBe(2000);
    expect(sent).toBe(due);
  });

  test('arrive as in the phase that theirs is compared with, and in no other', () => {
    const messages = { ...phasePlan().messages, arrival: 'poisson' as const, ratePerClientPerS: 10 };
    const perSecond = (name: string, baseline: string | null) => {
      const { flow, time, intervals } = connected({ phase: { name, baseline, messages } });
      flow(10_000);
      time.pass(11_000);
      return intervals().map(({ counters }) => counters.due);
    };
    const plain = perSecond('plain', null);
    expect(perSecond('stored', 'plain')).toEqual(plain);
    expect(perSecond('stored', null)).not.toEqual(plain);
  });

  test('at a rate of 0 are none, and the engine does not spin', () => {
    const messages = { ...phasePlan().messages, ratePerClientPerS: 0 };
    const { flow, time, totals } = connected({ phase: { messages } });
    flow(5000);
    time.pass(6000);
    expect(totals().counters).toMatchObject({ due: 0, sent: 0, streams: 0 });
  });

  test('of a worker that has no clients are none', () => {
    const rig = setUp({ phase: { clients: 1 }, plan: { worker: 1, workers: 2 } });
    rig.begin();
    rig.grow(1);
    rig.time.pass(50);
    expect(rig.has('reached')).toBe(true);
    rig.flow(2000);
    rig.time.pass(3000);
    expect(rig.transport.connections).toHaveLength(0);
    expect(rig.totals().counters.due).toBe(0);
  });

  test('that were due to clients that are away are dropped as disconnected, not as late', () => {
    const rig = connected({ phase: { clients: 2, reconnect: { ...phasePlan().reconnect, kind: 'none' } } });
    rig.transport.of(0).close();
    rig.flow(4000);
    rig.time.pass(5000);
    expect(rig.totals().counters).toMatchObject({ due: 8, sent: 4, droppedDisconnected: 4, droppedLate: 0 });
  });
});

describe('a second', () => {
  test('is one interval, whatever happens in it', () => {
    const { flow, time, intervals } = connected();
    flow(8000);
    time.pass(9000);
    const rows = intervals().filter(({ elu }) => elu !== null);
    expect(rows.map(({ row }) => row)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(rows.every(({ elu }) => elu === 0.25)).toBe(true);
    expect(rows.slice(1, 8).map(({ counters }) => counters.due)).toEqual(Array(7).fill(10));
  });

  test('that belongs to two stages is two, each with what belongs to it', () => {
    const { flow, time, intervals, tell } = connected();
    tell({ type: 'stage', stage: 'hold' });
    flow(2000);
    time.pass(500);
    tell({ type: 'stage', stage: 'drain' });
    time.pass(1000);
    const first = intervals().filter(({ row }) => row === 0);
    expect(first.map(({ stage, elu }) => ({ stage, elu }))).toEqual([
      { stage: 'start', elu: null },
      { stage: 'start', elu: null },
      { stage: 'hold', elu: null },
      { stage: 'drain', elu: 0.25 },
    ]);
    expect(sum(first.filter(({ stage }) => stage === 'hold')).counters.due).toBe(5);
  });

  test('in which the thread was blocked is missing, and what follows stands in the right row', () => {
    const { time, intervals } = connected();
    time.pass(1000);
    time.block(3400);
    time.pass(2000);
    const rows = intervals()
      .filter(({ elu }) => elu !== null)
      .map(({ row }) => row);
    expect(rows).toEqual([0, 1, 4, 5]);
  });

  test('says how long garbage was collected in it', () => {
    const { time, intervals } = connected();
    time.pass(1000);
    expect(intervals().at(-1)).toMatchObject({ gcMs: 3, gcMaxMs: 2 });
  });

  test('whose messages were sent in time is not behind, at whatever moment it is reported', () => {
    const { flow, time, intervals } = connected();
    flow(20_000);
    time.pass(20_000);
    expect(intervals().every(({ counters }) => counters.fallenBehind === 0)).toBe(true);
  });

  test('says how far it fell behind where too much was due for one burst, and what it caught up', () => {
    // 5,000 messages are due when the thread is free again; each takes a tenth of a millisecond to send.
    const rig = connected({
      phase: { clients: 10, messages: { ...phasePlan().messages, ratePerClientPerS: 500 } },
      server: { received: () => rig.time.block(0.1) },
    });
    rig.flow(4000);
    rig.time.pass(1900);
    rig.time.block(1000);
    rig.time.pass(4000);
    const behind = rig.intervals().map(({ counters }) => counters.fallenBehind);
    expect(Math.max(...behind)).toBeGreaterThan(4000);
    expect(Math.min(...behind)).toBeLessThan(-4000);
    expect(rig.totals().counters.fallenBehind).toBe(0);
  });

  test('says how many are connected at its end', () => {
    const { time, intervals, transport } = connected({ phase: { clients: 3 } });
    time.pass(1000);
    transport.of(0).close();
    time.pass(900);
    expect(intervals().at(-1)).toMatchObject({ row: 0, connected: 3 });
    transport.of(1).close();
    time.pass(60);
    expect(intervals().at(-1)).toMatchObject({ row: 1, connected: 2 });
  });
});

describe('a block of the generator of 1.4 s in 30 s', () => {
  test('is in the response time in full, and not in the service time (the example of wrk2’s README)', () => {
    const messages = { ...phasePlan().messages, ratePerClientPerS: 10 };
    const { flow, time, totals } = connected({ phase: { clients: 20, messages } });
    flow(30_000);
    time.pass(10_000);
    time.block(1400);
    time.pass(20_000);

    const { counters, response, service, lateness } = totals();
    expect(counters).toMatchObject({ due: 6000, sent: 6000, unique: 6000, droppedLate: 0 });
    // Of 30 s, 1 % is 0.3 s: all but the first 1.1 s of the block are above the 99th percentile.
    expect(quantileMs(response, 0.99)).toBeGreaterThan(1090);
    expect(quantileMs(response, 0.99)).toBeLessThan(1120);
    expect(quantileMs(service, 0.99)).toBeLessThan(ECHO_MS + 0.1);
    expect(quantileMs(lateness, 1)).toBeGreaterThan(1390);
    expect(quantileMs(response, 0.5)).toBeLessThan(ECHO_MS + 0.1);
  });

  test('whose messages end meanwhile drops nothing silently: due is sent or dropped', () => {
    const { flow, time, tell, totals } = connected({ phase: { clients: 10 } });
    flow(5000);
    time.pass(2000);
    time.block(10_000);
    tell({ type: 'quiet' });
    time.pass(100);
    const { counters } = totals();
    const { due, sent, droppedLate, droppedDisconnected } = counters;
    expect(due).toBe(50);
    expect(sent + droppedLate + droppedDisconnected).toBe(due);
  });
});

describe('a storm', () => {
  test.for([
    [0.3, 3],
    [0.25, 3],
    [1, 10],
    [0.04, 0],
  ] as const)(
    'that drops a share of %d of 10 clients drops %d, spread over all of them',
    ([dropRatio, victims]) => {
      const { time, transport, tell, intervals } = connected();
      tell({ type: 'storm', startMs: time.nowMs(), dropRatio });
      const dropped = transport.connections.filter(({ endedBy }) => endedBy === 'terminate');
      expect(dropped).toHaveLength(victims);
      tell({ type: 'calm', atMs: 0 });
      const storm = intervals().at(-1)?.storm;
      expect(storm).toMatchObject({ affected: victims, collateralClients: 10 - victims });
    },
  );

  test('that drops a share drops that share of all, however they are dealt out to workers', () => {
    const deal = fc.record({
      clients: fc.integer({ min: 1, max: 40 }),
      leave: fc.nat(10),
      workers: fc.integer({ min: 1, max: 8 }),
      dropRatio: fc.constantFrom(0.1, 0.25, 0.3, 0.5, 0.9, 1),
      filling: fc.constantFrom(...FILLINGS),
    });
    fc.assert(
      fc.property(deal, ({ clients, leave, workers, dropRatio, filling }) => {
        let dropped = 0;
        for (let worker = 0; worker < workers; worker++) {
          const rig = connected({
            phase: { clients: clients + leave },
            plan: { worker, workers, filling },
          });
          rig.grow(clients);
          rig.tell({ type: 'storm', startMs: rig.time.nowMs(), dropRatio });
          dropped += rig.transport.connections.filter(({ endedBy }) => endedBy === 'terminate').length;
        }
        expect(dropped).toBe(Math.round(clients * dropRatio));
      }),
      { numRuns: 40 },
    );
  });

  test('that drops leaves alone a client that is waiting to come back', () => {
    const { time, transport, tell, intervals } = connected({ phase: { clients: 2 } });
    transport.of(0).close();
    tell({ type: 'storm', startMs: time.nowMs(), dropRatio: 1 });
    time.pass(500);
    tell({ type: 'calm', atMs: 0 });
    const storms = intervals().flatMap(({ storm }) => storm ?? []);
    expect(storms.reduce((count, { affected }) => count + affected, 0)).toBe(1);
    expect(storms.reduce((count, { established }) => count + established, 0)).toBe(1);
    expect(transport.connections.filter(({ client }) => client === 0)).toHaveLength(2);
  });

  test('of the server has all that break as victims; what they had in flight is lost, not missing', () => {
    const silent: FakeServer = { received() {} };
    const { flow, time, transport, tell, intervals, totals } = connected({ server: silent });
    flow(1000);
    time.pass(1000);
    tell({ type: 'storm', startMs: time.nowMs(), dropRatio: 0 });
    for (const connection of [...transport.connections]) connection.close(1006);
    time.pass(300);
    tell({ type: 'calm', atMs: 0 });
    expect(totals().counters).toMatchObject({ sent: 10, lost: 10, missing: 0 });
    const storms = intervals().flatMap(({ storm }) => storm ?? []);
    expect(storms.reduce((count, { affected }) => count + affected, 0)).toBe(10);
  });

  test('shows what those that it left alone went through', () => {
    const { flow, time, tell, intervals } = connected();
    tell({ type: 'storm', startMs: time.nowMs(), dropRatio: 0.5 });
    flow(2000);
    time.pass(2100);
    tell({ type: 'calm', atMs: 0 });
    const collateral = createHistogram();
    for (const { storm } of intervals()) if (storm !== null) addCounts(collateral, storm.collateralResponse);
    expect(totalCount(collateral)).toBe(5 * 2);
    expect(quantileMs(collateral, 1)).toBeLessThan(ECHO_MS + 0.1);
  });

  test('is over with the calm: what breaks later is missing, and no interval has a storm', () => {
    const silent: FakeServer = { received() {} };
    const { flow, time, transport, tell, intervals, totals } = connected({ server: silent });
    tell({ type: 'storm', startMs: time.nowMs(), dropRatio: 0 });
    tell({ type: 'calm', atMs: 0 });
    flow(1000);
    time.pass(1000);
    for (const connection of [...transport.connections]) connection.close(1006);
    time.pass(1000);
    expect(totals().counters).toMatchObject({ lost: 0, missing: 10 });
    expect(intervals().at(-1)?.storm).toBe(null);
  });
});

describe('the drain', () => {
  test('is over as soon as every answer has come', () => {
    const { flow, time, tell, has } = connected();
    flow(1000);
    time.pass(998);
    tell({ type: 'drain', untilMs: time.nowMs() + 60_000 });
    expect(has('drained')).toBe(false);
    time.pass(30);
    expect(has('drained')).toBe(true);
  });

  test('is over at its end if some never come; they are missing when the connections close', () => {
    const deaf: FakeServer = { received() {} };
    const { flow, time, tell, events, totals } = connected({ server: deaf });
    flow(1000);
    time.pass(1000);
    tell({ type: 'drain', untilMs: time.nowMs() + 500 });
    time.pass(490);
    expect(events.at(-1)?.type).not.toBe('drained');
    time.pass(20);
    expect(events.find(({ type }) => type === 'drained')).toEqual({ type: 'drained', outstanding: 10 });
    tell({ type: 'close' });
    expect(totals().counters).toMatchObject({ sent: 10, unique: 0, missing: 10 });
  });

  test('still takes what comes between its end and the close', () => {
    const late: Buffer[] = [];
    const slow: FakeServer = { received: (_connection, payload) => late.push(payload) };
    const { flow, time, tell, transport, totals } = connected({ phase: { clients: 1 }, server: slow });
    flow(1000);
    time.pass(1000);
    tell({ type: 'drain', untilMs: time.nowMs() });
    time.pass(20);
    transport.of(0).deliver(late[0]);
    tell({ type: 'close' });
    expect(totals().counters).toMatchObject({ unique: 1, missing: 0 });
  });
});

describe('closing', () => {
  test('tells how many were connected until then, and says goodbye to each', () => {
    const { tell, intervals, transport, events } = connected();
    tell({ type: 'close' });
    expect(intervals().at(-1)?.connected).toBe(10);
    expect(transport.connections.every(({ endedBy }) => endedBy === 'leave')).toBe(true);
    expect(events.at(-1)).toEqual({ type: 'closed' });
  });

  test('in the middle of everything counts each message: due, sent, answered or missing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4000 }), fc.boolean(), (ms, stormy) => {
        const messages = { ...phasePlan().messages, ratePerClientPerS: 50 };
        const { flow, time, tell, totals } = connected({ phase: { clients: 4, messages } });
        flow(60_000);
        time.pass(ms / 2);
        if (stormy) tell({ type: 'storm', startMs: time.nowMs(), dropRatio: 0.5 });
        time.pass(ms / 2);
        time.block(ms % 7);
        tell({ type: 'close' });
        const { counters } = totals();
        expect(counters.due).toBe(counters.sent + counters.droppedDisconnected + counters.droppedLate);
        expect(counters.sent).toBe(counters.unique + counters.missing + counters.lost);
      }),
      { numRuns: 30 },
    );
  });

  test('after a block still comes to what was due in it', () => {
    const { flow, time, tell, totals } = connected();
    flow(60_000);
    time.pass(1000);
    time.block(2000);
    tell({ type: 'close' });
    expect(totals().counters.due).toBe(30);
  });

  test('before anything was begun is an answer, too', () => {
    const { tell, events } = setUp();
    tell({ type: 'close' });
    expect(events.map(({ type }) => type)).toEqual(['ready', 'interval', 'closed']);
  });
});

describe('growing over several workers', () => {
  test.each(FILLINGS)(
    'numbers the clients of the whole swarm, each once, and deals them out to the addresses in turn (%s)',
    (filling) => {
      const urls = ['ws://127.0.0.1:1', 'ws://127.0.0.1:2', 'ws://127.0.0.1:3'];
      const sources = planSources(urls, 10, false, 'one by one', { ephemeralPorts: [40_000, 40_006] });
      const seen: object[] = [];
      for (let worker = 0; worker < 3; worker++) {
        const rig = connected({
          phase: { clients: 10 },
          plan: { worker, workers: 3, urls, sources, filling },
        });
        for (const { options } of rig.transport.connections) {
          const { url, sourceAddress: address, sourcePort: port } = options;
          seen.push({ url, address, port });
        }
      }
      expect(seen).toEqual(
        Array.from({ length: 10 }, (_, n) => ({ url: urls[n % 3], ...sourceOf(sources, n, 0) })),
      );
    },
  );

  test('has each client connect from its location, and look up by itself where to', () => {
    const urls = ['ws://wsscale.test:1'];
    const sources = planLocatedSources(3, 10, { ephemeralPorts: null });
    const plan = { worker: 1, workers: 2, urls, sources, places: { dns: '127.0.0.1:1', locations: 3 } };
    const rig = connected({ phase: { clients: 10 }, plan });
    const seen = rig.transport.connections.map(({ options }) => options);
    expect(seen.map(({ url }) => url)).toEqual(Array.from({ length: 5 }, () => urls[0]));
    // The second half of the swarm: clients 5 to 9.
    expect(seen.map(({ sourceAddress }) => locationOfAddress(sourceAddress ?? ''))).toEqual([2, 0, 1, 2, 0]);
    expect(seen.every(({ lookup }) => lookup !== undefined)).toBe(true);
  });

  test('takes another place of the client’s for each connection', () => {
    const urls = ['ws://127.0.0.1:1'];
    const sources = planSources(urls, 4, false, 'one by one', { ephemeralPorts: [40_000, 40_008] });
    const rig = connected({ phase: { clients: 4 }, plan: { urls, sources } });
    for (let turn = 0; turn < 5; turn++) {
      const { sourceAddress: address, sourcePort: port } = rig.transport.of(3).options;
      expect({ address, port }).toEqual(sourceOf(sources, 3, turn));
      rig.transport.of(3).close();
      rig.time.pass(250);
    }
  });

  test('shares the pace: each of two workers connects half as many a second', () => {
    for (const worker of [0, 1]) {
      const rig = setUp({ phase: { clients: 100 }, plan: { worker, workers: 2 } });
      rig.begin();
      rig.tell({ type: 'grow', clients: 100, ratePerS: 20, startMs: rig.time.nowMs() });
      rig.time.pass(3005);
      expect(rig.transport.connections).toHaveLength(30);
    }
  });

  test('answers that it has reached a lower number, too', () => {
    const { grow, time, events } = connected();
    const before = events.length;
    grow(4);
    time.pass(20);
    expect(events.slice(before).at(-1)).toEqual({ type: 'reached', clients: 4 });
  });

  test('answers once for each time that it was asked', () => {
    const { grow, time, events } = connected();
    grow(5);
    time.pass(100);
    grow(8);
    time.pass(100);
    expect(events.filter(({ type }) => type === 'reached')).toHaveLength(3);
  });
});

test('a server that forges answers of others makes foreign messages, and no other number moves', () => {
  const forging: FakeServer = {
    received(connection, payload) {
      const forged = Buffer.from(payload);
      forged.writeUInt32LE((payload.readUInt32LE(4) + 1) % 10, 4);
      connection.deliver(forged);
      connection.deliver(Buffer.from('{"w":"garbage"}'));
      connection.deliver(payload);
    },
  };
  const { flow, time, totals } = connected({ server: forging });
  flow(2000);
  time.pass(2100);
  expect(totals().counters).toMatchObject({
    sent: 20,
    received: 60,
    unique: 20,
    foreign: 40,
    duplicates: 0,
    reordered: 0,
  });
});

describe('workers that are filled in turn', () => {
  const WORKERS = 3;
  const CLIENTS = 30;
  const swarm = (options: Options = {}) =>
    Array.from({ length: WORKERS }, (_, worker) =>
      setUp({
        ...options,
        phase: { clients: CLIENTS, ...options.phase },
        plan: { worker, workers: WORKERS, filling: 'in turn' },
      }),
    );
  type Rigs = ReturnType<typeof swarm>;

  function tellAll(rigs: Rigs, type: 'grow' | 'grow on', clients: number, ratePerS = 1e6) {
    for (const { tell, time } of rigs) tell({ type, clients, ratePerS, startMs: time.nowMs() });
  }
  const passAll = (rigs: Rigs, ms: number) => rigs.forEach(({ time }) => void time.pass(ms));
  const begun = (rigs: Rigs) => rigs.map(({ transport }) => transport.connections.length);

  function begin(rigs: Rigs) {
    for (const { begin } of rigs) begin();
    return rigs;
  }

  test('fill one after the other', () => {
    const rigs = begin(swarm());
    const asked = [0, 4, 10, 15, 30];
    const held = asked.map((clients) => {
      tellAll(rigs, 'grow on', clients);
      passAll(rigs, 50);
      return begun(rigs);
    });
    expect(held).toEqual([
      [0, 0, 0],
      [4, 0, 0],
      [10, 0, 0],
      [10, 5, 0],
      [10, 10, 10],
    ]);
  });

  test('have reached nothing on the way, and each answers when all are asked for', () => {
    const rigs = begin(swarm());
    tellAll(rigs, 'grow on', 15);
    passAll(rigs, 1000);
    expect(rigs.map(({ has }) => has('reached'))).toEqual([false, false, false]);
    tellAll(rigs, 'grow', 30);
    passAll(rigs, 50);
    for (const { events } of rigs) {
      const reached = events.filter(({ type }) => type === 'reached');
      expect(reached).toEqual([{ type: 'reached', clients: 10 }]);
    }
  });

  test('take up no more together than was asked for in a second, whoever’s turn it is', () => {
    const rigs = begin(swarm());
    tellAll(rigs, 'grow', 25, 10);
    for (let tenths = 1; tenths <= 30; tenths++) {
      passAll(rigs, tenths === 1 ? 110 : 100);
      const all = begun(rigs).reduce((sum, count) => sum + count, 0);
      expect(all).toBe(Math.min(25, tenths));
    }
  });

  test('go on at that pace from what was asked for before', () => {
    const rigs = begin(swarm());
    tellAll(rigs, 'grow', 15);
    passAll(rigs, 100);
    tellAll(rigs, 'grow', 30, 10);
    passAll(rigs, 555);
    expect(begun(rigs)).toEqual([10, 10, 0]);
    passAll(rigs, 500);
    expect(begun(rigs)).toEqual([10, 10, 5]);
  });

  test('shrink from the last one on', () => {
    const rigs = begin(swarm());
    tellAll(rigs, 'grow', 30);
    passAll(rigs, 100);
    tellAll(rigs, 'grow', 12);
    passAll(rigs, 100);
    const open = rigs.map(
      ({ transport }) => transport.connections.filter(({ state }) => state === 'open').length,
    );
    expect(open).toEqual([10, 2, 0]);
  });
});

describe('garbage of the connects', () => {
  test('is collected when the messages are about to begin', () => {
    const rig = setUp({ phase: { clients: 10 } });
    rig.begin();
    rig.grow(10);
    rig.time.pass(1000);
    expect(rig.collectedMs).toEqual([]);
    rig.tell({ type: 'stage', stage: 'hold' });
    expect(rig.collectedMs).toEqual([rig.time.nowMs()]);
  });

  test('is collected once, as soon as it is full, by a worker of those that are filled in turn', () => {
    const rig = setUp({ phase: { clients: 10 }, plan: { filling: 'in turn' } });
    rig.begin();
    rig.grow(9);
    rig.time.pass(1000);
    expect(rig.collectedMs).toEqual([]);
    rig.grow(10);
    rig.time.pass(1000);
    expect(rig.collectedMs).toHaveLength(1);
    rig.tell({ type: 'stage', stage: 'hold' });
    rig.time.pass(1000);
    expect(rig.collectedMs).toHaveLength(1);
  });
});

describe('a worker with nothing to look after, of those that are filled in turn', () => {
  const inTurn = { filling: 'in turn' } as const;

  test('looks ten times a second, and a hundred times while a client is away', () => {
    const reconnect = { ...phasePlan().reconnect, baseMs: 8000, capMs: 8000 };
    const { time, transport, woken } = connected({ phase: { reconnect }, plan: inTurn });
    const wokenIn = (ms: number) => {
      woken.count = 0;
      time.pass(ms);
      return woken.count;
    };
    time.pass(100);
    expect(wokenIn(10_000)).toBeLessThan(120);
    transport.of(9).close();
    expect(wokenIn(5000)).toBeGreaterThan(480);
    time.pass(3200);
    expect(wokenIn(10_000)).toBeLessThan(120);
  });

  test('looks a hundred times a second where all are filled together', () => {
    const { time, woken } = connected();
    woken.count = 0;
    time.pass(10_000);
    expect(woken.count).toBeGreaterThan(950);
  });

  test('reports each second at its end, whenever it fell asleep', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 5 }), (breaks) => {
        const { time, transport, secondsEndedMs } = connected({ plan: inTurn });
        for (const ms of breaks) {
          time.pass(ms);
          transport.of(3).close();
          time.pass(250);
        }
        time.pass(3000);
        const seconds = Math.floor((time.nowMs() - START_MS) / 1000);
        expect(secondsEndedMs).toHaveLength(seconds);
        secondsEndedMs.forEach((endedMs, row) => {
          const lateMs = endedMs - (START_MS + (row + 1) * 1000);
          expect(lateMs).toBeGreaterThanOrEqual(0);
          expect(lateMs).toBeLessThanOrEqual(10);
        });
      }),
      { numRuns: 40 },
    );
  });

  const backAfter = (ms: number) => ({
    reconnect: { ...phasePlan().reconnect, baseMs: ms, capMs: ms },
  });

  test('brings a client back that breaks meanwhile, at the time that its policy says', () => {
    const moment = fc.integer({ min: 1, max: 99 });
    const delay = fc.integer({ min: 20, max: 300 });
    fc.assert(
      fc.property(moment, delay, fc.constantFrom(...FILLINGS), (ms, delayMs, filling) => {
        const { time, transport } = connected({ phase: backAfter(delayMs), plan: { filling } });
        time.pass(500 + ms);
        transport.of(3).close();
        time.pass(delayMs - 1);
        expect(transport.connections).toHaveLength(10);
        time.pass(11);
        expect(transport.connections).toHaveLength(11);
      }),
    );
  });

  test('brings those back that a storm drops meanwhile', () => {
    const { time, transport, tell } = connected({ phase: backAfter(30), plan: inTurn });
    time.pass(537);
    tell({ type: 'storm', startMs: time.nowMs(), dropRatio: 0.5 });
    time.pass(41);
    expect(transport.connections).toHaveLength(15);
  });

  test.each(['drained', 'reached'] as const)('answers with %s as soon as any other', (answer) => {
    const { time, tell, grow, events } = connected({ plan: inTurn });
    for (const ms of [517, 1083]) {
      time.pass(ms);
      const before = events.length;
      if (answer === 'reached') grow(10);
      else tell({ type: 'drain', untilMs: time.nowMs() + 60_000 });
      time.pass(10);
      expect(events.slice(before).map(({ type }) => type)).toContain(answer);
    }
  });

  test('looks for the last answer as often as any other', () => {
    const echoes: (() => void)[] = [];
    const { time, tell, flow, has } = connected({
      ...{ phase: { clients: 1 }, plan: inTurn },
      server: { received: (connection, payload) => void echoes.push(() => connection.deliver(payload)) },
    });
    flow(1000);
    time.pass(1000);
    tell({ type: 'drain', untilMs: time.nowMs() + 60_000 });
    time.pass(333);
    expect(has('drained')).toBe(false);
    for (const echo of echoes) echo();
    time.pass(10);
    expect(has('drained')).toBe(true);
  });

  test('is late only when it is', () => {
    const { time, intervals } = connected({ plan: inTurn });
    time.pass(3000);
    expect(Math.max(...intervals().map(({ lagMs }) => lagMs))).toBe(0);
    time.block(800);
    time.pass(2000);
    expect(Math.max(...intervals().map(({ lagMs }) => lagMs))).toBeGreaterThan(690);
  });

  test('is woken by what it is asked before its first second, and then has one clock, not two', () => {
    const { time, grow, begin, woken, transport, secondsEndedMs } = setUp({ plan: inTurn });
    grow(10);
    time.pass(100);
    expect(transport.connections).toHaveLength(10);
    begin();
    const begunMs = time.nowMs();
    time.pass(200);
    woken.count = 0;
    time.pass(3000);
    expect(woken.count).toBeLessThan(40);
    expect(secondsEndedMs).toEqual([1000, 2000, 3000].map((ms) => begunMs + ms));
  });
});

describe('slow readers', () => {
  const phase = { clients: 20, slowReadersRatio: 0.2 };
  const paused = ({ transport }: ReturnType<typeof setUp>) =>
    transport.connections.flatMap(({ client, isPaused }) => (isPaused ? [client] : []));

  test('do not read from the beginning of the hold until its end', () => {
    const rig = connected({ phase });
    expect(paused(rig)).toEqual([]);
    rig.tell({ type: 'stage', stage: 'hold' });
    expect(paused(rig)).toEqual([4, 9, 14, 19]);
    rig.tell({ type: 'stage', stage: 'storm' });
    expect(paused(rig)).toEqual([]);
  });

  test('read on when the messages end, too', () => {
    const rig = connected({ phase });
    rig.tell({ type: 'stage', stage: 'hold' });
    rig.tell({ type: 'quiet' });
    expect(paused(rig)).toEqual([]);
  });

  test('that come back during the hold read', () => {
    const rig = connected({ phase });
    rig.tell({ type: 'stage', stage: 'hold' });
    rig.transport.of(9).close(1013);
    rig.time.pass(1000);
    expect(rig.transport.of(9)).toMatchObject({ state: 'open', isPaused: false });
    rig.tell({ type: 'stage', stage: 'drain' });
    expect(rig.transport.of(4).isPaused).toBe(false);
  });

  test('are no part of the latency: it is that of those who read', () => {
    const rig = connected({ phase });
    rig.tell({ type: 'stage', stage: 'hold' });
    rig.flow(2000);
    rig.time.pass(3000);
    rig.tell({ type: 'close' });
    const { counters, response } = rig.totals();
    expect(counters.received).toBe(40);
    expect(totalCount(response)).toBe(32);
  });
});
