import { describe, expect, test } from 'vitest';
import type { ProcessMemory } from '../../src/base/proc.ts';
import type { MemoryReading, MemoryReadings } from '../../src/collect/memory.ts';
import { type PhaseFacts, toPhase } from '../../src/collect/phase.ts';
import { createTally, type Tally } from '../../src/collect/tally.ts';
import type { TopologyPlan } from '../../src/model/plan.ts';
import { type Phase, phaseSchema, type UnjudgedRow } from '../../src/model/record.ts';
import { interval, latencies } from '../support/intervals.ts';
import { phasePlan } from '../support/plans.ts';
import { serverSample } from '../support/server-sample.ts';

const facts = (said: Partial<PhaseFacts> = {}): PhaseFacts => ({
  plan: phasePlan({ clients: 100 }),
  urls: ['ws://127.0.0.1:8080'],
  nodes: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 12_000,
  endedEarly: null,
  atEnd: 90,
  hosts: 1,
  scheduling: 'ordinary',
  workers: 2,
  herds: [],
  swept: null,
  failovers: [],
  ceiling: null,
  rateCeiling: null,
  leak: null,
  memory: {},
  ...said,
});

/** 1,000 connections: 2 KB of each in the generator, 3 KB in the server, 4 KB at each end in the kernel. */
const readings: MemoryReadings = { before: read(0, 5e6, 10e6, 0), settled: read(1000, 7e6, 13e6, 2000) };

function read(connections: number, generator: number, server: number, inuse: number): MemoryReading {
  const pss = (bytes: number): ProcessMemory => ({ bytes, anonymousBytes: bytes, measure: 'pss' });
  const caches = { socketCaches: new Map([['TCP', { objects: inuse, objectBytes: 4000, kinds: 1 }]]) };
  const told = { slabBytes: 0, availableBytes: 0, swapUsedBytes: 0, bufferBytes: 0, ...caches };
  return {
    atMs: 0,
    connections,
    generator: pss(generator),
    server: pss(server),
    machine: { ...told, sockets: { inuse, timeWait: 0 } },
  };
}

const allValid = (rows: UnjudgedRow[]) => ({
  timeline: rows.map((row) => ({ ...row, valid: true, marks: [] })),
  valid: true,
  reasons: [],
  judgedSeconds: rows.length,
  markedSeconds: 0,
});

/** The phase of an account that these reports make. */
function phaseOf(report: (tally: Tally) => void = () => {}, said: Partial<PhaseFacts> = {}): Phase {
  const tally = createTally(1);
  report(tally);
  return toPhase(facts(said), tally, allValid);
}

describe('where nothing was measured', () => {
  test('is null, not 0; and what is left is a phase that the record takes', () => {
    const phase = phaseOf();
    expect(phaseSchema.parse(phase)).toEqual(phase);
    expect(phase).toMatchObject({
      server: null,
      fanout: null,
      roomOrdering: null,
      ceiling: null,
      leak: null,
      heartbeat: null,
    });
    expect(phase.connect.latencyMs).toMatchObject({ count: 0, p99: null, histogram: null });
    expect(phase.latency).toMatchObject({ responseMs: { count: 0, min: null }, oneWayMs: null });
    expect(phase.ordering).toMatchObject({ expected: 0, received: 0, reorderedRatio: null });
    expect(phase.generator).toMatchObject({
      offeredRatio: null,
      eluMax: null,
      cpuS: null,
      rssBytes: null,
      bytesPerConnection: null,
      processBytesPerConnection: null,
      kernelBytesPerConnection: null,
    });
    expect(phase.memory).toBe(null);
    expect(phase.timeline).toEqual([]);
  });

  test('of the server is null even if it was sampled', () => {
    const { server } = phaseOf((tally) => tally.addServer([serverSample({ cpuS: 3, rssBytes: 50 })], 0));
    expect(server).toMatchObject({
      bytesPerConnection: null,
      processBytesPerConnection: null,
      kernelBytesPerConnection: null,
      eventLoopLagMs: null,
      cpuS: 0,
    });
  });
});

describe('the order', () => {
  test('expects what arrived and what is missing; what a herd lost is not among it', () => {
    const { ordering } = phaseOf((tally) =>
      tally.addInterval(
        interval({
          counters: {
            sent: 120,
            unique: 100,
            missing: 5,
            lost: 15,
            duplicates: 3,
            reordered: 2,
            streams: 9,
            resets: 4,
          },
          extremes: { maxExtent: 7, maxBufferDepth: 6 },
        }),
      ),
    );
    expect(ordering).toMatchObject({
      streams: 9,
      expected: 105,
      received: 100,
      missing: 5,
      recovered: 0,
      duplicates: 3,
      reordered: 2,
      reorderedRatio: 0.02,
      maxExtent: 7,
      maxBufferDepth: 6,
      resets: 4,
      lossRatio: 5 / 105,
      duplicationFraction: 0.03,
    });
  });
});

describe('messages', () => {
  test('that were due and not sent are dropped, by cause', () => {
    const { messages } = phaseOf((tally) =>
      tally.addInterval(
        interval({
          counters: {
            due: 100,
            sent: 60,
            received: 62,
            foreign: 2,
            sentBytes: 6000,
            receivedBytes: 6200,
            droppedDisconnected: 20,
            droppedBackpressure: 15,
            droppedLate: 5,
          },
        }),
      ),
    );
    expect(messages).toEqual({
      sent: 60,
      received: 62,
      dropped: 40,
      droppedByCause: { disconnected: 20, backpressure: 15, late: 5 },
      foreign: 2,
      negativeOneWay: 0,
      sentBytes: 6000,
      receivedBytes: 6200,
    });
  });

  test('that the generator owed and sent are its offered ratio; those of lost clients are not its fault', () => {
    const { generator } = phaseOf((tally) =>
      tally.addInterval(
        interval({
          counters: { due: 100, sent: 60, droppedDisconnected: 20, droppedBackpressure: 15, droppedLate: 5 },
        }),
      ),
    );
    expect(generator.offeredRatio).toBe(60 / 65);
  });
});

test('clients and connects stand as they were counted', () => {
  const phase = phaseOf((tally) => {
    tally.addInterval(
      interval({
        row: 0,
        stage: 'ramp',
        connected: 95,
        counters: { attempts: 110, established: 97, clients: 96 },
        connect: latencies([3]),
        failed: { TIMEOUT: 13 },
        closes: { 1006: { count: 2, reasons: { '': 2 } } },
      }),
    );
    tally.addInterval(interval({ row: 1, connected: 90, counters: { established: 1, attempts: 1 } }));
  });
  expect(phase.clients).toEqual({ requested: 100, established: 96, peak: 95, atEnd: 90, unanswered: 0 });
  expect(phase.connect).toMatchObject({
    attempts: 111,
    established: 98,
    failed: { TIMEOUT: 13 },
    latencyMs: { count: 1 },
    peakPerS: 97,
  });
  expect(phase.closes).toEqual({ 1006: { count: 2, reasons: { '': 2 } } });
  expect(phaseSchema.parse(phase)).toEqual(phase);
});

describe('the server', () => {
  const running = (tally: Tally) => {
    tally.addInterval(interval({ connected: 100 }));
    tally.addServer([serverSample({ pid: 1, cpuS: 10, rssBytes: 1000, dropped: 1 })], 0);
    tally.addServer(
      [
        serverSample({ pid: 1, cpuS: 12, rssBytes: 1500, alive: false, connections: 3, dropped: 4 }),
        serverSample({ pid: 2, cpuS: 0.5, rssBytes: 5000, eventLoopLagP99Ms: 8, connections: 97 }),
      ],
      1,
    );
  };

  test('has used what its processes used since the phase began, those that were started later from 0', () => {
    expect(phaseOf(running).server).toMatchObject({ cpuS: 2.5, eventLoopLagMs: 8, dropped: 4 });
  });

  test('held so much at most, those that had died not included', () => {
    expect(phaseOf(running).server).toMatchObject({ rssBytes: 5000 });
  });

  test('takes for a connection what was read of its processes and of the kernel', () => {
    const phase = phaseOf(running, { memory: readings });
    expect(phase.server).toMatchObject({
      bytesPerConnection: 3000,
      processBytesPerConnection: 13_000,
      kernelBytesPerConnection: 4000,
    });
    expect(phase.memory).toMatchObject({ settled: { connections: 1000, serverBytes: 13_000_000 } });
    expect(phaseSchema.parse(phase)).toEqual(phase);
  });

  test('has all processes that there ever were; one that died has no connections to tell', () => {
    expect(phaseOf(running).server?.processes).toEqual([
      { role: 'node', pid: 1, cpuS: 12, rssBytes: 1500, connections: null },
      { role: 'node', pid: 2, cpuS: 0.5, rssBytes: 5000, connections: 97 },
    ]);
  });
});

describe('the generator', () => {
  test('has used what its hosts used', () => {
    const { generator } = phaseOf((tally) => {
      tally.addInterval(interval({ connected: 50, elu: 0.4 }));
      tally.addProcess({ pid: 1, cpuS: 1, rssBytes: 1000 });
      tally.addProcess({ pid: 2, cpuS: 2, rssBytes: 1000 });
      tally.addProcess({ pid: 1, cpuS: 4, rssBytes: 6000 });
    });
    expect(generator).toMatchObject({
      cpuS: 6,
      rssBytes: 7000,
      eluMax: 0.4,
      hosts: 1,
      workers: 2,
    });
  });

  test('takes for a connection what was read of its hosts and of the kernel', () => {
    expect(phaseOf(undefined, { memory: readings }).generator).toMatchObject({
      bytesPerConnection: 2000,
      processBytesPerConnection: 7000,
      kernelBytesPerConnection: 4000,
    });
  });

  test('is judged by whoever judges, on the seconds of the phase', () => {
    const tally = createTally(1);
    tally.addInterval(interval({ elu: 0.99 }));
    const phase = toPhase(facts(), tally, (rows) => ({
      timeline: rows.map((row) => ({ ...row, valid: false, marks: ['busy'] })),
      valid: false,
      reasons: ['it was busy'],
      judgedSeconds: 4,
      markedSeconds: 1,
    }));
    expect(phase.generator).toMatchObject({ valid: false, reasons: ['it was busy'], eluMax: 0.99 });
    expect(phase.generator).toMatchObject({ judgedSeconds: 4, markedSeconds: 1, calibration: null });
    expect(phase.timeline).toMatchObject([{ valid: false, marks: ['busy'] }]);
  });
});

describe('the topology', () => {
  test('has its addresses without what may be secret in them', () => {
    const target = { kind: 'target', url: 'wss://me:pw@host/?token=t0ken' } as const;
    const { topology } = phaseOf(undefined, {
      plan: phasePlan({ topology: target }),
      urls: [target.url],
      nodes: 0,
    });
    expect(topology).toMatchObject({ kind: 'target', engine: null, nodes: 0 });
    expect(JSON.stringify(topology)).not.toMatch(/pw|t0ken/);
  });

  test('of the bundled server has its engine', () => {
    expect(phaseOf().topology).toMatchObject({ kind: 'single', engine: 'ws', nodes: 1 });
  });

  test('of a cluster is what it was made of, and what it was made without is null', () => {
    const cluster = { kind: 'cluster', engine: 'ws', nodes: 3, routing: 'stateless' } as const;
    const store = { kind: 'none' } as const;
    const of = (parts: Pick<Extract<TopologyPlan, { kind: 'cluster' }>, 'balancer' | 'broker'>) =>
      phaseOf(undefined, { plan: phasePlan({ topology: { ...cluster, store, ...parts } }), nodes: 3 })
        .topology;
    expect(of({ balancer: 'nginx', broker: { kind: 'redis', carrier: 'pubsub', url: null } })).toMatchObject({
      ...{ balancer: 'nginx', broker: 'redis', routing: 'stateless', nodes: 3 },
    });
    expect(of({ balancer: 'none', broker: { kind: 'none' } })).toMatchObject({
      ...{ balancer: null, broker: null, routing: null, nodes: 3 },
    });
  });
});

test('a phase that ended early says why', () => {
  expect(phaseOf(undefined, { endedEarly: 'SIGINT' }).endedEarly).toBe('SIGINT');
});

describe('the faults that the server was asked for', () => {
  const delays = { count: 4, p50: 5, p75: 6, p90: 7, p95: 8, p99: 9, p999: 9, max: 9 };

  test('are null where it was asked for none', () => {
    const { server } = phaseOf((tally) => tally.addServer([serverSample()], 0));
    expect(server).toMatchObject({ faults: null, imposedDelayMs: null });
  });

  test('are those of all nodes, of which one that has died counts, too', () => {
    const nodes = [
      serverSample({ pid: 1, alive: false, faults: { drop: 2, delay: 4 }, imposedDelayMs: delays }),
      serverSample({ pid: 2, faults: { drop: 3, delay: 0 } }),
    ];
    const { server } = phaseOf((tally) => tally.addServer(nodes, 0));
    expect(server).toMatchObject({ faults: { drop: 5, delay: 4 }, imposedDelayMs: delays });
  });

  test('have no quantiles of several nodes, since those do not add up', () => {
    const node = { faults: { delay: 4 }, imposedDelayMs: delays };
    const nodes = [serverSample({ pid: 1, ...node }), serverSample({ pid: 2, ...node })];
    const { server } = phaseOf((tally) => tally.addServer(nodes, 0));
    expect(server).toMatchObject({ faults: { delay: 8 }, imposedDelayMs: null });
  });
});
