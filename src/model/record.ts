/**
 * record.json, version 1: everything that a run measured. Reports, gates and plans are made from it alone.
 *
 * Numbers carry their unit in their name. A value that was not measured is null, never 0. Readers ignore fields
 * that they do not know, so fields may be added; none is renamed or changes its meaning within a version.
 */

import { z } from 'zod';
import { calibrationUseSchema } from './calibration.ts';
import { brokerTrafficSchema, storeUseSchema } from './carriage.ts';
import { ceilingSchema, rateCeilingSchema } from './ceiling.ts';
import { deliverySchema } from './delivery.ts';
import { edgeSchema } from './edge.ts';
import { heartbeatSchema } from './heartbeat.ts';
import { herdSchema } from './herd.ts';
import { leakSchema } from './leak.ts';
import { memorySchema } from './memory.ts';
import { orderingSchema } from './ordering.ts';
import { planSchema } from './plan.ts';
import { regionsSchema } from './regions.ts';
import { summarySchema } from './summary.ts';
import { sweepSchema } from './sweep.ts';

export const SCHEMA_VERSION = 1;

const count = z.int().nonnegative();
const number = z.number().nullable();
const counts = z.record(z.string(), count);

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

/** Delays as they were, told by their order. */
const delaySummarySchema = z.object({
  count,
  p50: z.number(),
  p75: z.number(),
  p90: z.number(),
  p95: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number(),
});

const serverProcessSchema = z.object({
  role: z.string(),
  pid: z.int(),
  cpuS: number,
  rssBytes: number,
  /** Null of a process that has died. */
  connections: count.nullable(),
});

/** What one connection takes at one end; of fewer than a thousand, only the second can be told. */
const connectionMemory = {
  /** Growth of the processes for each. */
  bytesPerConnection: number,
  /** All that the processes hold, divided by the connections: what they hold without any is in it. */
  processBytesPerConnection: number.default(null),
  /** What the kernel holds for each, beside the processes. */
  kernelBytesPerConnection: number,
};

export const serverSchema = z.object({
  cpuS: number,
  /** Most that all server processes held together. */
  rssBytes: number,
  ...connectionMemory,
  /** Worst second: how much later than asked the event loop came round, at its 99th percentile. */
  eventLoopLagMs: number,
  dropped: count.nullable(),
  rooms: roomCountersSchema.nullable(),
  /** What happened of the faults that the bundled server was asked for, over all nodes; null where it was for none. */
  faults: counts.nullable().default(null),
  /** For how long the messages were held that it was asked to delay; of several nodes, null. */
  imposedDelayMs: delaySummarySchema.nullable().default(null),
  processes: z.array(serverProcessSchema),
});

export const generatorSchema = z.object({
  /** False where the generator, not the server, bound the result. */
  valid: z.boolean(),
  reasons: z.array(z.string()),
  /** Whole seconds of hold and search, and those of them that are marked. */
  judgedSeconds: count.nullable().default(null),
  markedSeconds: count.nullable().default(null),
  latenessMs: summarySchema,
  /** Messages sent of those that were due. */
  offeredRatio: number,
  /** Busiest second of the busiest worker's event loop, 0 to 1. */
  eluMax: number,
  cpuS: number,
  rssBytes: number,
  ...connectionMemory,
  hosts: count,
  /** Whether the hosts came before every ordinary process when a message was due; null in older records. */
  scheduling: z.enum(['realtime', 'ordinary']).nullable().default(null),
  workers: count,
  /** How much of what the machine's generator can do was used; null where that was not measured. */
  calibration: calibrationUseSchema.nullable().default(null),
});

export const STAGES = ['start', 'search', 'ramp', 'hold', 'storm', 'drain', 'soak'] as const;

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
  /** Pauses of all workers for garbage collection, and the longest of them. */
  gcMs: number.default(null),
  gcMaxMs: number.default(null),
  /** Counts of response times per bucket; bucket i ends at LATENCY_BUCKET_ENDS_MS[i], trailing zeros left out. */
  latencyBuckets: z.array(count),
  /**
   * Of what was received in hold and search, as in a summary; null if there was nothing. Over the phase, each adds up to
   * the histogram of its latency.
   */
  responseHistogram: z.string().nullable().default(null),
  serviceHistogram: z.string().nullable().default(null),
  /** All server processes together, 1 being one core. */
  serverCpuRatio: number,
  serverRssBytes: number,
  /**
   * Of the cores that the generator may use: the share of their time that was not idle, what a hypervisor gave to
   * others included, and this alone.
   */
  machineBusyRatio: number.default(null),
  stealRatio: number.default(null),
  /** The generator, and whatever was neither it nor the bundled server, 1 being one core. */
  generatorCpuRatio: number.default(null),
  otherCpuRatio: number.default(null),
  /** For what share of the second the server process that waited longest could have run and had no core. */
  serverWaitRatio: number.default(null),
  /** Due messages that the generator did not come to. */
  droppedLate: count,
  /** Messages sent of those that the schedule asked for in this second; above 1 where it caught up. */
  offeredRatio: number.default(null),
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
    /** Behind an edge; left out where there are none. */
    backends: count.optional(),
    urls: z.array(z.string()),
    /** How the balancer chooses a node; null without one. */
    routing: z.string().nullable(),
    /**
     * Connections of each node when most were open, and how far the node that is farthest from the mean is from
     * it; null where there are no nodes to compare.
     */
    balance: z.object({ connections: z.array(count), worstDeviationRatio: z.number() }).nullable(),
  }),
  /** Calendar time at which its seconds begin; null in older records. */
  startedAt: z.string().nullable().default(null),
  durationMs: z.number(),
  /** Why the phase ended before its plan was done, or null. */
  endedEarly: z.string().nullable(),
  clients: z.object({
    requested: count,
    established: count,
    peak: count,
    atEnd: count,
    /** Connections that were open at the end, and whose last messages were never answered. */
    unanswered: count.nullable().default(null),
  }),
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
    /** Arrived before they were sent, by the clocks of two processes; in none of the latencies. */
    negativeOneWay: count.nullable().default(null),
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
      /** Delivered of expected; null where nobody was to get anything. */
      reachRatio: number.default(null),
      firstMs: summarySchema,
      medianMs: summarySchema,
      lastMs: summarySchema,
    })
    .nullable(),
  ordering: orderingSchema,
  roomOrdering: orderingSchema.nullable(),
  delivery: deliverySchema.nullable().default(null),
  /** Null where there is but one place. */
  regions: regionsSchema.nullable().default(null),
  closes: z.record(z.string(), z.object({ count, reasons: counts })),
  herds: z.array(herdSchema),
  /** The herds again with other reconnect policies, and which is best; null where that was not asked for. */
  sweep: sweepSchema.nullable().default(null),
  /** Null where there are no gateways of ours with backends behind them. */
  edge: edgeSchema.nullable().default(null),
  /** What passed through the broker of the rooms; null where there is none. */
  broker: brokerTrafficSchema.nullable().default(null),
  /** Null where messages are published without being stored. */
  store: storeUseSchema.nullable().default(null),
  /** Null where the bundled server pings nobody. */
  heartbeat: heartbeatSchema.nullable().default(null),
  ceiling: ceilingSchema.nullable(),
  /** Null where no search for the highest rate was made. */
  rateCeiling: rateCeilingSchema.nullable().default(null),
  server: serverSchema.nullable(),
  generator: generatorSchema,
  memory: memorySchema.nullable().default(null),
  leak: leakSchema.nullable(),
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

export type Server = z.infer<typeof serverSchema>;
export type Generator = z.infer<typeof generatorSchema>;
export type { Ceiling, Limiter, RateCeiling } from './ceiling.ts';
export type { Herd } from './herd.ts';
export type { Leak, LeakProcess } from './leak.ts';
export type { Memory } from './memory.ts';
export type { Ordering, OrderingExample } from './ordering.ts';
export type { Summary } from './summary.ts';
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
