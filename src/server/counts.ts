/**
 * What a node counts. Plain numbers: they are changed with every message, and read when somebody asks.
 */

import type { HeartbeatCounters, RoomCounters } from './control.ts';
import { createDeliveryCounters, type DeliveryCounters } from './delivery/counters.ts';

/** Upper ends, in seconds, of the buckets for the time that the node spends on a message. */
const HANDLING_ENDS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Upper ends, in seconds, of the buckets for how long connections last. */
const DURATION_ENDS_S = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** Close codes with a row of their own; a client can send any other, so those share three. */
const CLOSE_LABELS = [
  ...['1000', '1001', '1002', '1003', '1005', '1006', '1007', '1008', '1009', '1010', '1011', '1012', '1013'],
  ...['3xxx', '4xxx', 'other'],
  /** The node ended it, since its peer did not answer pings. */
  'dead',
] as const;
export type CloseLabel = (typeof CLOSE_LABELS)[number];

const REJECT_REASONS = [
  /** No service at that path. */
  'path',
  /** Not a WebSocket handshake. */
  'handshake',
  /** Not HTTP, or too much of it. */
  'malformed',
  /** The request did not come in time. */
  'timeout',
  /** All connections that the node may hold are in use. */
  'limit',
  'draining',
  /** The node was asked to refuse some. */
  'fault',
  /** The backend behind a gateway did not want it, or none answered. */
  'backend',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

/** Values counted by buckets; the last one is open. */
export interface Distribution {
  endsS: readonly number[];
  counts: Float64Array;
  sumS: number;
}

export interface Counts {
  opened: number;
  closed: Record<CloseLabel, number>;
  rejected: Record<RejectReason, number>;
  received: number;
  receivedBytes: number;
  sent: number;
  sentBytes: number;
  dropped: number;
  rooms: RoomCounters;
  delivery: DeliveryCounters;
  /** Null where nobody is pinged. */
  heartbeat: HeartbeatCounters | null;
  /** From the receipt of a message until all that it caused was handed to the sockets. */
  handling: Distribution;
  /** How long the connections lasted that have ended. */
  duration: Distribution;
}

export function createCounts(): Counts {
  return {
    opened: 0,
    closed: zeros(CLOSE_LABELS),
    rejected: zeros(REJECT_REASONS),
    received: 0,
    receivedBytes: 0,
    sent: 0,
    sentBytes: 0,
    dropped: 0,
    rooms: { published: 0, unpublished: 0, replayed: 0, notReplayed: 0, brokerReconnects: 0 },
    delivery: createDeliveryCounters(),
    heartbeat: null,
    handling: createDistribution(HANDLING_ENDS_S),
    duration: createDistribution(DURATION_ENDS_S),
  };
}

export function createDistribution(endsS: readonly number[]): Distribution {
  return { endsS, counts: new Float64Array(endsS.length + 1), sumS: 0 };
}

/** Counts a value in seconds. A bucket holds the values up to its end, the end included. */
export function observe(distribution: Distribution, seconds: number): void {
  const { endsS } = distribution;
  let bucket = 0;
  while (bucket < endsS.length && seconds > endsS[bucket]) bucket++;
  distribution.counts[bucket]++;
  distribution.sumS += seconds;
}

/** In the place of a close code: the node took the peer for dead. */
export const DEAD_PEER = -1;

/** The row under which a close code is counted. */
export function closeLabel(code: number): CloseLabel {
  if (code === DEAD_PEER) return 'dead';
  if (code >= 3000 && code < 5000) return code < 4000 ? '3xxx' : '4xxx';
  const label = String(code) as CloseLabel;
  return CLOSE_LABELS.includes(label) ? label : 'other';
}

/** The sum over all rows. */
export function total(rows: Readonly<Record<string, number>>): number {
  let sum = 0;
  for (const key in rows) sum += rows[key];
  return sum;
}

function zeros<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}
