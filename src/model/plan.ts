/**
 * The plan: a scenario with every default filled in and every unit fixed. It is plain data, so that it can be
 * frozen, sent to other processes, kept in the record, and run again from there.
 */

import { z } from 'zod';
import { backoffPlanSchema } from './backoff.ts';
import { CONNECT_OBJECTIVE, DEFAULT_SEARCH, objectiveSchema, searchPlanSchema } from './objective.ts';
import {
  ARRIVAL_KINDS,
  AUDIENCES,
  BALANCER_KINDS,
  BATCH_TIMERS,
  EDGE_KINDS,
  ENGINE_KINDS,
  HERD_TRIGGERS,
  MODES,
  PAYLOAD_KINDS,
  REDIS_CARRIERS,
  ROUTING_KINDS,
  TRANSPORT_KINDS,
} from './scenario.ts';

const brokerPlanSchema = z.discriminatedUnion('kind', [
  /** Nodes know nothing of each other, and have no rooms in common. */
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('embedded') }),
  /** A Redis: the one at this URL, or, where it is null, one that is started from what is installed. */
  z.object({
    kind: z.literal('redis'),
    carrier: z.enum(REDIS_CARRIERS).default('pubsub'),
    url: z.string().nullable(),
  }),
]);

/** Where a message is stored before it is published. */
const storePlanSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('sqlite') }),
  /** The PostgreSQL at this URL, or, where it is null, one that is started from what is installed. */
  z.object({ kind: z.literal('postgres'), url: z.string().nullable() }),
]);

/** The network between regions. */
const wanPlanSchema = z.object({
  /** By the number of a region, and that of another one: 0 to itself. */
  rttMs: z.array(z.array(z.number().nonnegative())),
  /** Of the round-trip time: so much more, at the most, by chance. */
  jitterRatio: z.number().min(0),
  /** Of packets. What TCP loses comes later, so loss is delay here. */
  lossRatio: z.number().min(0),
});

const topologyPlanSchema = z.discriminatedUnion('kind', [
  /** A server that is not ours. */
  z.object({ kind: z.literal('target'), url: z.string() }),
  /** One node of the reference server. */
  z.object({ kind: z.literal('single'), engine: z.enum(ENGINE_KINDS) }),
  /** Several nodes behind a balancer, with a broker between them. */
  z.object({
    kind: z.literal('cluster'),
    engine: z.enum(ENGINE_KINDS),
    nodes: z.int().min(1),
    balancer: z.enum(BALANCER_KINDS),
    routing: z.enum(ROUTING_KINDS),
    broker: brokerPlanSchema,
    store: storePlanSchema.default({ kind: 'none' }),
  }),
  /** Regions of some nodes each, with a network between them, and a DNS that sends a client to the nearest one. */
  z.object({
    kind: z.literal('regions'),
    engine: z.enum(ENGINE_KINDS),
    regions: z.array(z.string()).min(2),
    nodesPerRegion: z.int().min(1),
    /** What carries messages from region to region: a stream for each. */
    broker: brokerPlanSchema,
    wan: wanPlanSchema,
    dns: z.object({ ttlMs: z.number().positive(), healthIntervalMs: z.number().positive() }),
  }),
  /** Processes that hold the connections, and others behind them that answer for each message. */
  z.object({
    kind: z.literal('edge'),
    edge: z.enum(EDGE_KINDS),
    engine: z.enum(ENGINE_KINDS),
    gateways: z.int().min(1),
    backends: z.int().min(1),
  }),
]);

const herdPlanSchema = z.object({
  trigger: z.enum(HERD_TRIGGERS),
  /** Share of the connected clients that are broken, 0 to 1. */
  shareRatio: z.number().gt(0).max(1),
  /** A share of clients counts as returned once it has stayed for so long. */
  holdMs: z.number().nonnegative(),
  /** The return is watched for so long at the most. */
  observeMs: z.number().positive(),
});

const messagePlanSchema = z.object({
  mode: z.enum(MODES),
  /** Broadcast: client n is in room n modulo this; the first clients publish, one in each room. */
  rooms: z.int().min(1),
  /** Of each client that sends: in a broadcast, the publishers. */
  ratePerClientPerS: z.number().nonnegative(),
  sizeBytes: z.int().positive(),
  payload: z.enum(PAYLOAD_KINDS),
  arrival: z.enum(ARRIVAL_KINDS),
  /** Share of the messages that a server may drop where a reader is slow. */
  lowPriorityRatio: z.number().min(0).max(1).default(0),
});

/** How the bundled server treats its connections and their messages. */
const servicePlanSchema = z.object({
  /** Each connection is pinged this often; null: never. */
  heartbeatMs: z.number().positive().nullable(),
  /** Messages of rooms that one member is sent in one frame; null: each has its own. */
  batch: z
    .object({
      intervalMs: z.number().positive(),
      timer: z.enum(BATCH_TIMERS),
      maxBytes: z.int().positive(),
    })
    .nullable(),
  /** Who is sent a message of a room. */
  audience: z.enum(AUDIENCES),
});

export const PLAIN_SERVICE: z.infer<typeof servicePlanSchema> = {
  heartbeatMs: null,
  batch: null,
  audience: 'room',
};

const handshakePlanSchema = z.object({
  /** Header values stand here only while the run lasts; the record keeps their names. */
  headers: z.record(z.string(), z.string()),
  subprotocol: z.string().nullable(),
  caFile: z.string().nullable(),
  insecure: z.boolean(),
  timeoutMs: z.number().positive(),
});

const soakPlanSchema = z.object({
  cycles: z.int().min(1),
  /** The target's process, on this machine; null for the bundled server, which tells of itself. */
  pid: z.int().nullable(),
});

const phasePlanSchema = z.object({
  name: z.string(),
  topology: topologyPlanSchema,
  /** What the clients' connections are made of. */
  transport: z.enum(TRANSPORT_KINDS).default('raw'),
  clients: z.int().min(1),
  connectRatePerS: z.number().positive(),
  handshake: handshakePlanSchema,
  messages: messagePlanSchema,
  service: servicePlanSchema.default(PLAIN_SERVICE),
  /** Share of the clients that do not read during the hold. */
  slowReadersRatio: z.number().min(0).max(1).default(0),
  /** Share of the clients that move to another region in each second of the hold. */
  movesRatioPerS: z.number().min(0).max(1).default(0),
  durationMs: z.number().nonnegative(),
  drainMs: z.number().nonnegative(),
  reconnect: backoffPlanSchema,
  /** Who has heard nothing for so long takes the connection for dead; null: nobody does. */
  livenessMs: z.number().positive().nullable().default(null),
  ceiling: z.boolean(),
  /** Search for the highest rate up to the planned one. */
  rateCeiling: z.boolean().default(false),
  /** What a level of a search must keep, and how closely it looks. */
  objective: objectiveSchema.default(CONNECT_OBJECTIVE),
  search: searchPlanSchema.default(DEFAULT_SEARCH),
  herds: z.array(herdPlanSchema),
  /** Policies that each herd is repeated with; `auto` is those that follow from what the first storms showed. */
  sweep: z.array(z.union([z.literal('auto'), backoffPlanSchema])).default([]),
  /** Cycles of the load with all connections closed between, to find leaks; null: once. */
  soak: soakPlanSchema.nullable().default(null),
  /** What the bundled server is to do wrong, each fault written in full. */
  faults: z.array(z.string()).default([]),
  /** The phase of the run that this one is compared with; null: none. */
  baseline: z.string().nullable().default(null),
});

export const planSchema = z.object({
  name: z.string(),
  seed: z.int().nonnegative(),
  /** Worker threads, over all host processes. */
  workers: z.int().min(1),
  phases: z.array(phasePlanSchema).min(1),
  gate: z.array(z.string()),
});

export type Plan = z.infer<typeof planSchema>;
export type PhasePlan = z.infer<typeof phasePlanSchema>;
export type BrokerPlan = z.infer<typeof brokerPlanSchema>;
export type StorePlan = z.infer<typeof storePlanSchema>;
export type WanPlan = z.infer<typeof wanPlanSchema>;
export type ServicePlan = z.infer<typeof servicePlanSchema>;
export type TopologyPlan = z.infer<typeof topologyPlanSchema>;
export type SweepPlan = PhasePlan['sweep'];
export type HerdPlan = z.infer<typeof herdPlanSchema>;
export type SoakPlan = z.infer<typeof soakPlanSchema>;
export type MessagePlan = z.infer<typeof messagePlanSchema>;
export type HandshakePlan = z.infer<typeof handshakePlanSchema>;
