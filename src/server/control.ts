/**
 * What a server process (a node, a broker) and the process that started it say to each other, over the channel that `fork` gives them. There is
 * no control port: nobody else can reach this, and the channel's end tells it that its parent is gone.
 */

import type { ErrorCode } from '../base/errors.ts';
import type { FaultName } from '../model/faults.ts';
import type { SettledProcess } from '../model/leak.ts';
import type { DeliveryCounters } from './delivery/counters.ts';
import type { DirectSample } from './direct/counts.ts';

/** To a node or a broker. */
export type ToNode =
  /** Answered by a sample with the same id. */
  | { type: 'sample'; id: number }
  /** Its clients have left: come to rest, and answer by `settled` with the same id. */
  | { type: 'settle'; id: number }
  /** Keep the connections, take no new ones, and say so at /health. A broker passes over it. */
  | { type: 'drain' }
  /** To a node: end all connections that there are now, and stay. Answered by `done` when they have gone. */
  | { type: 'part'; id: number; ending: Ending }
  /** To a node: answer by `done`, and then stand still for so long, as if the network had swallowed it. */
  | { type: 'hang'; id: number; forMs: number }
  /** To a gateway: where all gateways are, in their order. Answered by `done`. */
  | { type: 'gateways'; id: number; at: readonly { host: string; port: number }[] }
  /** Close all connections, with 1001 unless something else is to be said, and end. A node's last word is a sample. */
  | { type: 'stop'; goodbye?: Goodbye };

/** How a node says goodbye. */
export interface Goodbye {
  how: 'close';
  code: number;
  reason: string;
}

/** How a node ends a connection. */
export type Ending = Goodbye | { how: 'reset' };

/** From a node or a broker. */
export type FromNode =
  | {
      type: 'listening';
      /** Of the form `ws://host:port`; of a broker `tcp://host:port`. */
      url: string;
      port: number;
      /** When it began to accept, on the clock that all processes of this host share. */
      atMs: number;
    }
  /** It could not start, and ends. */
  | { type: 'failed'; code: ErrorCode; message: string }
  | { type: 'sample'; id: number; sample: ServerSample }
  | { type: 'settled'; id: number; process: SettledProcess }
  | { type: 'done'; id: number };

/** A server process at one moment. Counters run from its start; null is what this system does not tell. */
export interface ServerSample {
  role: string;
  /** Left out of what stands in none. */
  region?: string;
  pid: number;
  /** A process says true of itself; of one that has ended, whoever keeps its last sample says false. */
  alive: boolean;
  /** When the sample was taken, on the clock that all processes of this host share. */
  atMs: number;
  /** Processor time since its start, user and system, of all its threads. */
  cpuS: number;
  rssBytes: number;
  /** Share of the time since the last sample in which its event loop was busy, 0 to 1. */
  elu: number;
  /** How much later than asked its event loop came round since the last sample, 99th percentile. */
  eventLoopLagP99Ms: number | null;
  /** Open WebSocket connections; a broker has none. */
  connections: number;
  opened: number;
  closed: number;
  /** Handshakes refused. */
  rejected: number;
  /** Messages, control frames not among them. Of a broker: publications, and messages passed on to nodes. */
  received: number;
  sent: number;
  /** Room messages not sent to a member that did not read what was already waiting for it. */
  dropped: number;
  /** Null of a process that has no members of rooms. */
  rooms: RoomCounters | null;
  /** Left out of a process that has no members of rooms. */
  delivery?: DeliveryCounters;
  /** What happened of the faults that it was asked for; null where it was asked for none. */
  faults: Partial<Record<FaultName, number>> | null;
  /** For how long it held the messages that it was asked to delay; null where there are none. */
  imposedDelayMs: DelaySummary | null;
  /** Of a node whose rooms span several: what its broker passed on to it. */
  broker?: BrokerCounters;
  /** Of a node that stores what it publishes. */
  store?: StoreCounters;
  /** Left out where nobody is pinged. */
  heartbeat?: HeartbeatCounters;
  /** Left out where there are no messages from user to user. */
  direct?: DirectSample;
  /** Of a gateway alone. */
  edge?: EdgeSample;
  /** Where it answers `/health` and `/metrics`, of the form `http://host:port`; left out where it does not. */
  pagesUrl?: string;
  openDescriptors: number | null;
  /** Descriptors that it may have open. */
  maxDescriptors: number | null;
}

/** Delays as they were, in ms, told by their order: a quantile is one of them. */
export interface DelaySummary {
  count: number;
  p50: number;
  p75: number;
  p90: number;
  p95: number;
  p99: number;
  p999: number;
  max: number;
}

/** Events of clients, by their kind. */
export interface EventCounts {
  connect: number;
  message: number;
  disconnect: number;
}

/** What a gateway counts of the events that it brings to its backends. */
export interface EdgeSample {
  events: EventCounts;
  answered: EventCounts;
  failed: EventCounts;
  /** Times that an event was sent again, to another backend or the same, because one could not be reached. */
  retried: number;
  /** Most events that waited for a backend at once. */
  queuedPeak: number;
  /** How long the answered ones took, in the buckets of `stats/histogram.ts`: those that are filled. */
  latency: Uint32Array;
}

/** What a node counts of its heartbeats. */
export interface HeartbeatCounters {
  pings: number;
  pongs: number;
  /** Connections that it ended, since their peers were silent from one ping to the next. */
  dead: number;
}

/** What a node counts of its broker. */
interface BrokerCounters {
  /** Messages that it was passed on, its own among them; those that it asked for are not. */
  received: number;
}

/** What a node counts of its store. */
export interface StoreCounters {
  /** Messages that were durable before they were published. */
  writes: number;
  /** Messages that the store did not take, or did not confirm: they were not published. */
  failed: number;
  /** Groups in which the stored ones were written. */
  batches: number;
  /** How long the stored ones waited for it, in the buckets of `stats/histogram.ts`: those that are filled. */
  latency: Uint32Array;
}

/** What a node counts of its rooms. */
export interface RoomCounters {
  /** Messages of its clients that the broker numbered. */
  published: number;
  /** Messages of its clients that the broker did not confirm, or did not take. */
  unpublished: number;
  /** Messages that clients who came back were sent from the history. */
  replayed: number;
  /** Messages, one by one for each member, that a member was owed and that the history no longer had. */
  notReplayed: number;
  /** Times that it lost its broker and found it again. */
  brokerReconnects: number;
}
