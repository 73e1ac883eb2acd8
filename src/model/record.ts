/**
 * record.json, version 1: everything that a run measured. Reports, gates and plans are made from it alone.
 *
 * Numbers carry their unit in their name. A value that was not measured is null, never 0. Readers ignore fields
 * that they do not know, so fields may be added; none is renamed or changes its meaning within a version.
 */

import { z } from 'zod';
import { planSchema } from './plan.ts';

export const SCHEMA_VERSION = 1;

const count = z.int().nonnegative();
const number = z.number().nullable();
const counts = z.record(z.string(), count);

/** Latencies in milliseconds; `histogram` is an HdrHistogram V2 string in microseconds. Empty: count 0, else null. */
export const summarySchema = z.object({
  count,
  min: number,
  mean: number,
  stddev: number,
  p50: number,
  p75: number,
  p90: number,
  p95: number,
  p99: number,
  p999: number,
  max: number,
  histogram: z.string().nullable(),
});

/** Order of the messages in their streams, after RFC 4737, 5560 and 7680. */
export const orderingSchema = z.object({
  streams: count,
  /** Messages that should have arrived. */
  expected: count,
  /** Messages that arrived, each counted once. */
  received: count,
  missing: count,
  /** Missing at a reconnect, then filled by a replay. */
  recovered: count,
  duplicates: count,
  /** Arrived after a message with a higher number. */
  reordered: count,
  reorderedRatio: number,
  /** Farthest that a message came too late, in messages. */
  maxExtent: count,
  /** Deepest that a reordering buffer would have been. */
  maxBufferDepth: count,
  /** Streams that began again at 1, with a new connection. */
  resets: count,
});

export const herdSchema = z.object({
  trigger: z.string(),
  policy: z.string(),
  /** When the connections broke, from the phase's start. */
  brokenAtMs: z.number(),
  affected: count,
  outageMs: number,
  heldMs: z.number(),
  t50Ms: number,
  t95Ms: number,
  t99Ms: number,
  t100Ms: number,
  /** How long the return was watched, from when the server accepted again. */
  observedMs: z.number(),
  attempts: count,
  failed: counts,
  amplification: number,
  peakAttemptsPerS: number,
  neverReturned: count,
  lost: count,
  recovered: count,
  collateral: z.object({ clients: count, errors: count, responseMs: summarySchema }),
  metastable: z.boolean().nullable(),
  recommendedWindowMs: number,
  /** From the break, per step of `stepMs`: clients that are back at its end, attempts made in it. */
  curve: z.object({
    stepMs: z.number(),
    /** When the server accepts again, which is where t*Ms begin. */
    acceptedMs: z.number(),
    returned: z.array(count),
    attempts: z.array(count),
  }),
});

export const limiterSchema = z.object({
  resource: z.string(),
  side: z.enum(['server', 'generator', 'kernel', 'network', 'scenario', 'unknown']),
  evidence: z.string(),
});

export const ceilingSchema = z.object({
  connections: count,
  lowerBound: count,
  upperBound: count.nullable(),
  found: z.boolean(),
  limiter: limiterSchema,
  /** Each step of the search, in its order. */
  steps: z.array(
    z.object({
      requested: count,
      established: count,
      passed: z.boolean(),
      reason: z.string().nullable(),
      connectP99Ms: number,
    }),
  ),
});

/** Rooms as the server's own counters tell of them, over all nodes. */
const roomCountersSchema = z.object({
  /** Numbered messages. */
  published: count,
  /** Publications that the broker did not take. */
  unpublished: count,
  /** Messages that returned clients were sent from the history. */
  replayed: count,
  /** Messages that returned clients asked for and that the history no longer had. */
  notReplayed: count,
  /** Times that a node lost its broker and found it again. */
  brokerReconnects: count,
});

const serverProcessSchema = z.object({
  role: z.string(),
  pid: z.int(),
  cpuS: number,
  rssBytes: number,
  /** Null of a process that has died. */
  connections: count.nullable(),
});

export const serverSchema = z.object({
  cpuS: number,
  /** Most that all server processes held together. */
  rssBytes: number,
  bytesPerConnection: number,
  kernelBytesPerConnection: number,
  /** Worst second: how much later than asked the event loop came round, at its 99th percentile. */
  eventLoopLagMs: number,
  dropped: count.nullable(),
  rooms: roomCountersSchema.nullable(),
  processes: z.array(serverProcessSchema),
});

export const generatorSchema = z.object({
  /** False where the generator, not the server, bound the result. */
  valid: z.boolean(),
  reasons: z.array(z.string()),
  latenessMs: summarySchema,
  /** Messages sent of those that were due. */
  offeredRatio: number,
  /** Busiest second of the busiest worker's event loop, 0 to 1. */
  eluMax: number,
  cpuS: number,
  rssBytes: number,
  bytesPerConnection: number,
  kernelBytesPerConnection: number,
  hosts: count,
  workers: count,
});

export const STAGES = ['start', 'search', 'ramp', 'hold', 'storm', 'drain'] as const;

/** One second of a phase. */
export const timelineRowSchema = z.object({
  tMs: z.number(),
  stage: z.enum(STAGES),
  connected: count,
  attempts: count,
  established: count,
  failed: count,
  due: count,
  sent: count,
  received: count,
  /** Response time of what was received in this second. */
  p50Ms: number,
  p99Ms: number,
  serviceP99Ms: number,
  latenessP99Ms: number,
  eluMax: number,
  /** Longest time for which a worker's event loop did not come round, beyond what it was asked to wait. */
  lagMaxMs: number,
  /** Counts of response times per bucket; bucket i ends at LATENCY_BUCKET_ENDS_MS[i], trailing zeros left out. */
  latencyBuckets: z.array(count),
  /** All server processes together, 1 being one core. */
  serverCpuRatio: number,
  serverRssBytes: number,
  /** Due messages that the generator did not come to. */
  droppedLate: count,
  /** Workers that said nothing in this second. */
  silentWorkers: count,
  /** The second belongs to one stage alone, so that it can be judged. */
  whole: z.boolean(),
  /** False where the generator, not the server, bound the second. */
  valid: z.boolean(),
  /** Why the second is not valid. */
  marks: z.array(z.string()),
});

/** Ends of the timeline's latency buckets in ms: half-octaves from 62.5 µs to 65.5 s; the last one is open. */
export const LATENCY_BUCKET_ENDS_MS = Array.from({ length: 41 }, (_, i) => 2 ** (i / 2 - 4));

export const phaseSchema = z.object({
  name: z.string(),
  topology: z.looseObject({
    kind: z.string(),
    engine: z.string().nullable(),
    broker: z.string().nullable(),
    balancer: z.string().nullable(),
    store: z.string().nullable(),
    nodes: count,
    urls: z.array(z.string()),
    /** How the balancer chooses a node; null without one. */
    routing: z.string().nullable(),
    /**
     * Connections of each node when most were open, and how far the node that is farthest from the mean is from
     * it; null where there are no nodes to compare.
     */
    balance: z.object({ connections: z.array(count), worstDeviationRatio: z.number() }).nullable(),
  }),
  durationMs: z.number(),
  /** Why the phase ended before its plan was done, or null. */
  endedEarly: z.string().nullable(),
  clients: z.object({ requested: count, established: count, peak: count, atEnd: count }),
  connect: z.object({
    attempts: count,
    established: count,
    failed: counts,
    latencyMs: summarySchema,
    peakPerS: number,
  }),
  messages: z.object({
    sent: count,
    received: count,
    /** Due but not sent. */
    dropped: count,
    droppedByCause: z.object({
      /** The client was not connected when the message was due. */
      disconnected: count,
      /** The connection's own send buffer was full: the server did not read. */
      backpressure: count,
      /** The generator did not come to it before the messages ended. */
      late: count,
    }),
    /** Messages that carry no envelope of this run. */
    foreign: count,
    sentBytes: count,
    receivedBytes: count,
  }),
  latency: z.object({
    responseMs: summarySchema,
    serviceMs: summarySchema,
    oneWayMs: summarySchema.nullable(),
  }),
  fanout: z
    .object({
      published: count,
      expected: count,
      delivered: count,
      firstMs: summarySchema,
      medianMs: summarySchema,
      lastMs: summarySchema,
    })
    .nullable(),
  ordering: orderingSchema,
  roomOrdering: orderingSchema.nullable(),
  closes: z.record(z.string(), z.object({ count, reasons: counts })),
  herds: z.array(herdSchema),
  ceiling: ceilingSchema.nullable(),
  server: serverSchema.nullable(),
  generator: generatorSchema,
  leak: z.looseObject({}).nullable(),
  timeline: z.array(timelineRowSchema),
});

export const findingSchema = z.object({
  phase: z.string(),
  kind: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  title: z.string(),
  detail: z.string(),
  evidence: z.string(),
});

export const ruleResultSchema = z.object({
  rule: z.string(),
  /** The value that decided, in the rule's unit; null where there was none. */
  observed: number,
  limit: z.number(),
  unit: z.string().nullable(),
  status: z.enum(['pass', 'fail', 'inconclusive']),
  reason: z.string().nullable(),
});

export const verdictSchema = z.object({
  status: z.enum(['pass', 'fail', 'inconclusive']),
  /** What made it inconclusive, in words. */
  reasons: z.array(z.string()),
  rules: z.array(ruleResultSchema),
});

export const recordSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  run: z.object({
    id: z.string(),
    name: z.string(),
    startedAt: z.string(),
    durationMs: z.number(),
    seed: z.int(),
    command: z.string(),
    interrupted: z.boolean(),
    /** What ended the run before its plan was done: a signal, a death, an unreachable target. */
    interruptedBy: z.string().nullable(),
  }),
  host: z.object({
    os: z.string(),
    kernel: z.string(),
    cpuModel: z.string(),
    cores: z.int(),
    memoryBytes: z.number(),
    node: z.string(),
    wsscale: z.string(),
    limits: z.looseObject({
      nofileSoft: number,
      nofileHard: number,
      ephemeralPorts: z.tuple([z.int(), z.int()]).nullable(),
      somaxconn: number,
    }),
  }),
  scenario: planSchema,
  phases: z.array(phaseSchema),
  findings: z.array(findingSchema),
  verdict: verdictSchema,
});

export type Summary = z.infer<typeof summarySchema>;
export type Ordering = z.infer<typeof orderingSchema>;
export type Herd = z.infer<typeof herdSchema>;
export type Limiter = z.infer<typeof limiterSchema>;
export type Ceiling = z.infer<typeof ceilingSchema>;
export type Server = z.infer<typeof serverSchema>;
export type Generator = z.infer<typeof generatorSchema>;
export type StageName = (typeof STAGES)[number];
export type TimelineRow = z.infer<typeof timelineRowSchema>;
/** A second before it was judged. */
export type UnjudgedRow = Omit<TimelineRow, 'valid' | 'marks'>;
export type Phase = z.infer<typeof phaseSchema>;
export type Finding = z.infer<typeof findingSchema>;
export type RuleResult = z.infer<typeof ruleResultSchema>;
export type Verdict = z.infer<typeof verdictSchema>;
export type Host = z.infer<typeof recordSchema>['host'];
export type RunInfo = z.infer<typeof recordSchema>['run'];
export type RunRecord = z.infer<typeof recordSchema>;

/** A record before it was judged. */
export type Measured = Omit<RunRecord, 'findings' | 'verdict'>;
