/**
 * Phases to report on, made up but plausible: the numbers agree with one another as those of a run would.
 */

import { createRandom } from '../../src/base/random.ts';
import { CONNECT_OBJECTIVE } from '../../src/model/objective.ts';
import type { Ceiling, Herd, Phase } from '../../src/model/record.ts';
import { orderly } from '../support/orderings.ts';
import { sampleMemory } from './sample-memory.ts';
import { emptySummary, summaryOf } from './sample-summary.ts';
import { latencyMs, timeline } from './sample-timeline.ts';

let made: Phase | null = null;

/** A phase with everything in it; a copy, so that a test may change it. */
export function samplePhase(): Phase {
  made ??= makePhase();
  return structuredClone(made);
}

/** The same phase with a generator that could not keep up. */
export function invalidPhase(): Phase {
  const phase = samplePhase();
  phase.generator.valid = false;
  phase.generator.reasons = ['the event loop of worker 1 was busy for 97 % of its busiest second'];
  for (const row of phase.timeline.slice(20, 31)) {
    row.valid = false;
    row.marks = ['event loop'];
  }
  return phase;
}

/** A phase of a foreign target of which next to nothing could be measured. */
export function barePhase(): Phase {
  const phase = samplePhase();
  return {
    ...phase,
    name: 'target',
    topology: { ...phase.topology, kind: 'target', engine: null, nodes: 0 },
    clients: { requested: 50, established: 0, peak: 0, atEnd: 0, unanswered: 0 },
    connect: {
      attempts: 50,
      established: 0,
      failed: { HTTP_503: 50 },
      latencyMs: emptySummary(),
      peakPerS: null,
    },
    messages: { ...phase.messages, sent: 0, received: 0, sentBytes: 0, receivedBytes: 0 },
    latency: { responseMs: emptySummary(), serviceMs: emptySummary(), oneWayMs: null },
    ordering: { ...orderly(), reorderedRatio: null },
    closes: {},
    herds: [],
    ceiling: null,
    rateCeiling: null,
    server: null,
    generator: {
      ...phase.generator,
      latenessMs: emptySummary(),
      offeredRatio: null,
      eluMax: null,
      cpuS: null,
      rssBytes: null,
      bytesPerConnection: null,
      processBytesPerConnection: null,
      kernelBytesPerConnection: null,
    },
    memory: null,
    timeline: [],
  };
}

function makePhase(): Phase {
  const random = createRandom(1, 'sample');
  const service = Array.from({ length: 32_400 }, () => latencyMs(random));
  // A second in which the server stood still: who was due then waited, which only the response time shows.
  const response = service.map((valueMs) => (random() < 0.006 ? valueMs + random() * 180 : valueMs + 0.05));
  return {
    name: 'single',
    topology: {
      kind: 'single',
      engine: 'ws',
      broker: null,
      balancer: null,
      store: null,
      nodes: 1,
      routing: null,
      balance: null,
      urls: ['ws://127.0.0.1:43117/'],
    },
    startedAt: '2026-03-14T09:26:55.000Z',
    durationMs: 60_000,
    endedEarly: null,
    clients: { requested: 2000, established: 1843, peak: 1843, atEnd: 1843, unanswered: 0 },
    connect: {
      attempts: 9312,
      established: 7372,
      failed: { ECONNREFUSED: 1780, ECONNRESET: 157, TIMEOUT: 3 },
      latencyMs: summaryOf(Array.from({ length: 7372 }, () => 1.2 + 9 * -Math.log(1 - random()))),
      peakPerS: 1204,
    },
    messages: {
      sent: 32_406,
      received: 32_403,
      dropped: 214,
      droppedByCause: { disconnected: 212, backpressure: 0, late: 2 },
      foreign: 0,
      negativeOneWay: 0,
      sentBytes: 4_147_968,
      receivedBytes: 4_147_584,
    },
    latency: { responseMs: summaryOf(response), serviceMs: summaryOf(service), oneWayMs: null },
    fanout: null,
    ordering: {
      ...orderly(),
      streams: 7372,
      expected: 32_406,
      received: 32_403,
      missing: 3,
      resets: 5529,
    },
    roomOrdering: null,
    delivery: null,
    regions: null,
    closes: {
      1000: { count: 1843, reasons: { done: 1843 } },
      1006: { count: 3686, reasons: {} },
      1013: { count: 14, reasons: { 'try again later': 11, 'too many connections': 3 } },
    },
    herds: [dropHerd(), killHerd()],
    ceiling: {
      connections: 1843,
      lowerBound: 1843,
      upperBound: 1844,
      found: true,
      widthRatio: 1 / 1844,
      objective: CONNECT_OBJECTIVE,
      limiter: {
        resource: 'file descriptors',
        side: 'server',
        evidence: 'accept() failed with EMFILE; 2,048 of 2,048 descriptors in use',
      },
      steps: [
        ceilingStep(500, 500, 18.1),
        ceilingStep(1000, 1000, 22.7),
        ceilingStep(2000, 1843, 61.2, '157 connects failed'),
        ceilingStep(1843, 1843, 31.9),
      ],
    },
    rateCeiling: null,
    server: {
      cpuS: 21.4,
      rssBytes: 118_489_088,
      bytesPerConnection: 14_210,
      processBytesPerConnection: 41_870,
      kernelBytesPerConnection: 3460,
      eventLoopLagMs: 41.2,
      dropped: 0,
      rooms: { published: 0, unpublished: 0, replayed: 0, notReplayed: 0, brokerReconnects: 0 },
      faults: null,
      imposedDelayMs: null,
      processes: [
        { role: 'node', pid: 4711, cpuS: 17.2, rssBytes: 118_489_088, connections: 1843 },
        { role: 'node', pid: 4790, cpuS: 4.2, rssBytes: 97_107_968, connections: 0 },
      ],
    },
    generator: {
      valid: true,
      reasons: [],
      judgedSeconds: 32,
      markedSeconds: 1,
      latenessMs: summaryOf(Array.from({ length: 32_406 }, () => 0.02 + 0.3 * -Math.log(1 - random()))),
      offeredRatio: 0.9934,
      eluMax: 0.58,
      cpuS: 19.8,
      rssBytes: 171_966_464,
      bytesPerConnection: 9120,
      processBytesPerConnection: 30_160,
      kernelBytesPerConnection: 3460,
      hosts: 1,
      workers: 2,
      scheduling: 'ordinary',
      calibration: null,
    },
    memory: sampleMemory(),
    sweep: null,
    leak: null,
    edge: null,
    broker: null,
    store: null,
    heartbeat: null,
    timeline: timeline(random),
  };
}

/** All clients let go and come back with a random first delay of up to 5 s. */
function dropHerd(): Herd {
  const stepMs = 250;
  const returned = Array.from({ length: 48 }, (_, i) =>
    Math.round(1843 * Math.min(1, ((i + 1) * stepMs) / 5200)),
  );
  return {
    trigger: 'drop',
    policy: 'full-jitter',
    policyText: 'full-jitter:base=1000ms,cap=30000ms,first=5000ms,stable=30000ms',
    brokenAtMs: 36_000,
    affected: 1843,
    outageMs: 0,
    heldMs: 5000,
    t50Ms: 2600,
    t95Ms: 4940,
    t99Ms: 5148,
    t100Ms: 5200,
    observedMs: 12_000,
    attempts: 1850,
    failed: { ECONNRESET: 7 },
    amplification: 1.004,
    peakAttemptsPerS: 371,
    neverReturned: 0,
    lost: 41,
    recovered: 0,
    collateral: { clients: 0, errors: 0, responseMs: emptySummary() },
    metastable: false,
    recommendedWindowMs: 3686,
    curve: { stepMs, acceptedMs: 0, returned, attempts: returned.map((n, i) => n - (returned[i - 1] ?? 0)) },
  };
}

/** The server dies, is back after 1.3 s, and not all clients come back while they are watched. */
function killHerd(): Herd {
  const stepMs = 250;
  const returned = Array.from({ length: 48 }, (_, i) => {
    const sinceMs = (i + 1) * stepMs - 1300;
    return sinceMs <= 0 ? 0 : Math.round(1843 * 0.985 * (1 - Math.exp(-sinceMs / 2100)));
  });
  return {
    ...dropHerd(),
    trigger: 'kill',
    brokenAtMs: 48_000,
    outageMs: 1300,
    t50Ms: 1490,
    t95Ms: 6950,
    t99Ms: null,
    t100Ms: null,
    attempts: 5620,
    failed: { ECONNREFUSED: 1780, TIMEOUT: 3 },
    amplification: 3.1,
    peakAttemptsPerS: 1204,
    neverReturned: 28,
    lost: 305,
    curve: {
      stepMs,
      acceptedMs: 1300,
      returned,
      attempts: returned.map((_, i) => Math.round(330 * Math.exp(-i / 9) + (i < 6 ? 120 : 0))),
    },
  };
}

function ceilingStep(
  requested: number,
  established: number,
  connectP99Ms: number,
  reason: string | null = null,
): Ceiling['steps'][number] {
  const outcome = { trial: 1, passed: reason === null, valid: true, reason };
  const unknown = { acceptedPerS: null, responseP99Ms: null, lossRatio: null };
  return { requested, established, ...outcome, connectP99Ms, ...unknown };
}
