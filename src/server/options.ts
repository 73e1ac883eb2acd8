/**
 * What a node of the reference server is started with. It travels as JSON in the arguments of its process.
 */

import { type FaultPlan, findFault } from '../model/faults.ts';
import type { EngineKind } from '../model/scenario.ts';

/** What numbers the messages of rooms, and carries them between nodes. */
export type BrokerOptions =
  /** In the node's own process: its rooms are its own. */
  | { kind: 'local' }
  /** A broker process of wsscale at this address. */
  | { kind: 'embedded'; host: string; port: number }
  /** A Redis. All its keys and channels begin with the prefix; nodes that share rooms share the prefix. */
  | { kind: 'redis'; url: string; prefix: string };

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
  /** What a connection may have waiting to be sent before the node reads no more from it. */
  maxBufferedBytes: number;
  /** WebSocket connections held at once; null: as many as the descriptor limit of the process allows. */
  maxConnections: number | null;
  /** A connection that has not sent its request by then is closed. */
  handshakeTimeoutMs: number;
  /** How long connections may take to close when the node stops. */
  closeTimeoutMs: number;
  /** Offer the metrics under the names of the guide, too. */
  legacyMetricNames: boolean;
  broker: BrokerOptions;
  rooms: RoomLimits;
  /** Null: none. */
  faults: FaultOptions | null;
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
  legacyMetricNames: false,
  broker: { kind: 'local' },
  rooms: {
    rooms: 10_000,
    joined: 100,
    historyMessages: 1_000,
    historyBytes: 64 * 1024 * 1024,
    errors: 10,
  },
  faults: null,
};

export const DEFAULT_BROKER_PROCESS_OPTIONS: BrokerProcessOptions = {
  role: 'broker',
  host: '127.0.0.1',
  port: null,
  limits: { rooms: 10_000, historyMessages: 1_000, historyBytes: 64 * 1024 * 1024 },
};
