/**
 * What a node of the reference server is started with. It travels as JSON in the arguments of its process.
 */

import { type FaultPlan, findFault } from '../model/faults.ts';
import type { ServicePlan, WanPlan } from '../model/plan.ts';
import type { EngineKind, RedisCarrier } from '../model/scenario.ts';
import { DIRECT_ALONE, type DirectOptions } from './direct/options.ts';
import type { GatewayOptions } from './gateway/options.ts';

/** What numbers the messages of rooms, and carries them between nodes. */
export type BrokerOptions =
  /** In the node's own process: its rooms are its own. */
  | { kind: 'local' }
  /** A broker process of wsscale at this address. */
  | { kind: 'embedded'; host: string; port: number }
  /** A Redis. All its keys and channels begin with the prefix; nodes that share rooms share the prefix. */
  | { kind: 'redis'; carrier: RedisCarrier; url: string; prefix: string };

/** Where a node stores each message of a room before it is published. */
export type StoreOptions =
  | { kind: 'none' }
  /** A store process of wsscale at this address, which writes into a file of SQLite. */
  | { kind: 'sqlite'; host: string; port: number; run: string }
  /** A PostgreSQL. What is stored is named after the run, since others may store there, too. */
  | { kind: 'postgres'; url: string; run: string };

/** What the process of a store is started with. It travels as NodeOptions do. */
export interface StoreProcessOptions {
  role: string;
  host: string;
  /** As that of a node. */
  port: number | null;
  /** Where the file of SQLite is, or is to be. */
  file: string;
}

/** What a broker keeps of rooms. */
export interface StoreLimits {
  /** Rooms that exist at once. A room is kept, so that its numbers go on. */
  rooms: number;
  /** Messages that are kept of each room for those who come back. */
  historyMessages: number;
  /** Bytes that are kept of all rooms together. */
  historyBytes: number;
  /** A fault: after so many messages a room's numbers begin again, in another epoch. */
  resetAfterMessages?: number;
}

/** Faults that a node is to have. */
export interface FaultOptions {
  plans: readonly FaultPlan[];
  /** Of what happens to whom. */
  seed: number;
}

/** The region of a node, and the network between it and the others. */
export interface RegionOptions {
  name: string;
  /** Its number among `names`. */
  index: number;
  names: readonly string[];
  wan: WanPlan;
  /** Of jitter and loss. */
  seed: number;
}

/** How the messages of rooms reach their members. */
export interface DeliveryOptions {
  /** Null: each message has a frame of its own. */
  batch: ServicePlan['batch'];
  audience: ServicePlan['audience'];
  /** A member for which more is waiting reads too slowly: it is sent no message of low priority. */
  lowWaterBytes: number;
  /** A member that has read too slowly for so long is closed. */
  patienceMs: number;
}

export interface RoomLimits extends StoreLimits {
  /** Rooms that one connection may be in. */
  joined: number;
  /** Bad requests of one connection, after which it is closed. */
  errors: number;
}

export interface NodeOptions {
  /** What the process is called in samples. */
  role: string;
  /** What accepts the connections and holds them. */
  engine: EngineKind;
  host: string;
  /** The port to listen on; null: a free one out of the way of outgoing connections; 0: any free one. */
  port: number | null;
  /** Longest message taken; a longer one closes its connection with 1009. */
  maxPayloadBytes: number;
  /**
   * What a connection may have waiting to be sent before the node reads no more from it; a member of rooms is closed
   * then.
   */
  maxBufferedBytes: number;
  /** WebSocket connections held at once; null: as many as the descriptor limit of the process allows. */
  maxConnections: number | null;
  /** A connection that has not sent its request by then is closed. */
  handshakeTimeoutMs: number;
  /** How long connections may take to close when the node stops. */
  closeTimeoutMs: number;
  /** Each connection is pinged this often, and ended if it is silent until the next time; null: never. */
  heartbeatMs: number | null;
  /** Offer the metrics under the names of the guide, too. */
  legacyMetricNames: boolean;
  broker: BrokerOptions;
  store: StoreOptions;
  rooms: RoomLimits;
  delivery: DeliveryOptions;
  /** Null: none. */
  faults: FaultOptions | null;
  /** Where the node stands; null where there is but one place. */
  region: RegionOptions | null;
  /** Null: it answers its clients itself. */
  gateway: GatewayOptions | null;
  /** How messages from user to user find their way; null: there are none. */
  direct: DirectOptions | null;
}

/** What the store of a node's or a broker's rooms is bounded by, a fault of it included. */
export function storeLimits({ rooms, faults }: Pick<NodeOptions, 'rooms' | 'faults'>): StoreLimits {
  const { historyMessages, historyBytes } = rooms;
  const limits = { rooms: rooms.rooms, historyMessages, historyBytes };
  const reset = findFault(faults?.plans ?? [], 'reset-sequence');
  return reset === null ? limits : { ...limits, resetAfterMessages: reset.after };
}

/** What a broker's process is started with. It travels as NodeOptions do. */
export interface BrokerProcessOptions {
  /** What the process is called in samples. */
  role: string;
  host: string;
  /** As that of a node. */
  port: number | null;
  limits: StoreLimits;
  /** Where it stands; left out where there is but one place. */
  region?: string;
}

export const DEFAULT_NODE_OPTIONS: NodeOptions = {
  role: 'node',
  engine: 'lean',
  host: '127.0.0.1',
  port: null,
  maxPayloadBytes: 64 * 1024,
  maxBufferedBytes: 1024 * 1024,
  maxConnections: null,
  handshakeTimeoutMs: 10_000,
  closeTimeoutMs: 1_000,
  heartbeatMs: null,
  legacyMetricNames: false,
  broker: { kind: 'local' },
  store: { kind: 'none' },
  rooms: {
    rooms: 10_000,
    joined: 100,
    historyMessages: 1_000,
    historyBytes: 64 * 1024 * 1024,
    errors: 10,
  },
  delivery: { batch: null, audience: 'room', lowWaterBytes: 64 * 1024, patienceMs: 30_000 },
  faults: null,
  region: null,
  gateway: null,
  direct: DIRECT_ALONE,
};

export const DEFAULT_BROKER_PROCESS_OPTIONS: BrokerProcessOptions = {
  role: 'broker',
  host: '127.0.0.1',
  port: null,
  limits: { rooms: 10_000, historyMessages: 1_000, historyBytes: 64 * 1024 * 1024 },
};
