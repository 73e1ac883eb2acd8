/**
 * Records to judge: one quiet phase after another, in which a test sets what its sentence is about.
 */

import { CONNECT_OBJECTIVE } from '../../src/model/objective.ts';
import type { Ceiling, Herd, Measured, Ordering, Phase, Summary } from '../../src/model/record.ts';
import { EMPTY_SUMMARY } from '../../src/stats/summary.ts';
import { orderly } from '../support/orderings.ts';

export const EMPTY: Summary = EMPTY_SUMMARY;

/** A summary whose values from the 99th percentile on are `ms`. */
export function summary(ms: number): Summary {
  return { ...EMPTY, count: 1000, min: 1, mean: 2, stddev: 1, p50: 2, p99: ms, p999: ms, max: ms };
}

export const ORDERED: Ordering = orderly({
  streams: 10,
  expected: 1000,
  received: 1000,
  reorderedRatio: 0,
});

export function herd(more: Partial<Herd> = {}): Herd {
  return {
    trigger: 'drop',
    brokenAtMs: 30_000,
    policy: 'full-jitter',
    policyText: null,
    affected: 100,
    outageMs: 0,
    heldMs: 2000,
    t50Ms: 500,
    t95Ms: 2000,
    t99Ms: 4000,
    t100Ms: 5000,
    observedMs: 20_000,
    attempts: 120,
    failed: {},
    amplification: 1.2,
    peakAttemptsPerS: 80,
    neverReturned: 0,
    lost: 3,
    recovered: 0,
    collateral: { clients: 0, errors: 0, responseMs: EMPTY },
    metastable: false,
    recommendedWindowMs: 1000,
    curve: { stepMs: 100, acceptedMs: 0, returned: [0, 100], attempts: [120, 0] },
    ...more,
  };
}

export function ceiling(more: Partial<Ceiling> = {}): Ceiling {
  return {
    connections: 5000,
    lowerBound: 5000,
    upperBound: 5100,
    found: true,
    widthRatio: 0.0196,
    objective: CONNECT_OBJECTIVE,
    limiter: { resource: 'cpu', side: 'server', evidence: 'one core was busy' },
    steps: [],
    ...more,
  };
}

/** Not found: nothing but the requested maximum ended the search. */
export function openCeiling(lowerBound: number): Ceiling {
  return ceiling({ connections: lowerBound, lowerBound, upperBound: null, found: false });
}

export function phase(name: string, more: Partial<Phase> = {}): Phase {
  return {
    name,
    topology: {
      ...{ kind: 'single', engine: 'ws', broker: null, balancer: null, store: null },
      ...{ routing: null, balance: null, nodes: 1, urls: [] },
    },
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 20_000,
    endedEarly: null,
    clients: { requested: 100, established: 100, peak: 100, atEnd: 100, unanswered: 0 },
    connect: { attempts: 100, established: 100, failed: {}, latencyMs: summary(30), peakPerS: 50 },
    messages: {
      sent: 1000,
      received: 1000,
      dropped: 0,
      droppedByCause: { disconnected: 0, backpressure: 0, late: 0 },
      foreign: 0,
      negativeOneWay: 0,
      sentBytes: 128_000,
      receivedBytes: 128_000,
    },
    latency: { responseMs: summary(40), serviceMs: summary(38), oneWayMs: null },
    fanout: null,
    ordering: ORDERED,
    roomOrdering: null,
    regions: null,
    delivery: null,
    edge: null,
    closes: {},
    herds: [],
    sweep: null,
    ceiling: null,
    rateCeiling: null,
    server: null,
    generator: {
      valid: true,
      reasons: [],
      judgedSeconds: 20,
      markedSeconds: 0,
      latenessMs: summary(1),
      offeredRatio: 1,
      eluMax: 0.4,
      cpuS: 3,
      rssBytes: 2 ** 27,
      bytesPerConnection: 10_240,
      processBytesPerConnection: 20_480,
      kernelBytesPerConnection: null,
      hosts: 1,
      workers: 1,
      scheduling: 'ordinary',
      calibration: null,
    },
    memory: null,
    leak: null,
    broker: null,
    store: null,
    heartbeat: null,
    timeline: [],
    ...more,
  };
}

/** The same phase, measured by a generator that was at its limit. */
export function invalid(of: Phase): Phase {
  return { ...of, generator: { ...of.generator, valid: false, reasons: ['its event loop was busy'] } };
}

export function measured(...phases: Phase[]): Measured {
  return {
    schemaVersion: 1,
    run: {
      id: 'a-run',
      name: 'a-run',
      startedAt: '2026-01-01T00:00:00.000Z',
      durationMs: 20_000,
      seed: 1,
      command: 'wsscale attack',
      interrupted: false,
      interruptedBy: null,
    },
    host: {
      os: 'Linux',
      kernel: '6.1',
      cpuModel: 'a CPU',
      cores: 4,
      memoryBytes: 2 ** 34,
      node: 'v20.20.2',
      wsscale: '0.1.0',
      limits: { nofileSoft: 20_000, nofileHard: 20_000, ephemeralPorts: [32_768, 60_999], somaxconn: 4096 },
    },
    scenario: { name: 'a-run', seed: 1, workers: 1, phases: [], gate: [] },
    phases,
  };
}
