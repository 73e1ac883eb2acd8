import type { BrokerOptions } from '../options.ts';

/** How the nodes that share users reach each other. */
export interface DirectOptions {
  /** The number of this node among all. */
  node: number;
  /** The region of each node, by its number. */
  regions: readonly number[];
  /** What has the stream of each region; none where there is but one node. */
  streams: readonly Exclude<BrokerOptions, { kind: 'local' }>[];
  limits: DirectLimits;
}

export interface DirectLimits {
  /** Users that are known at once. */
  users: number;
  /** How long a user may be away before it is forgotten, and what waits for it with it. */
  absenceMs: number;
  /** How long a message waits for a user that nobody knows yet. */
  unknownMs: number;
  /** How long the node that a user came from may take to hand it over. */
  handoverMs: number;
  /** How long an earlier message of the same sender is waited for. */
  gapMs: number;
  /** Messages that wait for users. */
  heldMessages: number;
  heldBytes: number;
  /** Of messages that wait for one region. */
  backlogBytes: number;
  /** Receivers of one connection that are told apart at once. */
  receivers: number;
  /** Bad requests of one connection, after which it is closed. */
  errors: number;
}

export const DEFAULT_DIRECT_LIMITS: DirectLimits = {
  users: 1_100_000,
  absenceMs: 30_000,
  unknownMs: 2_000,
  handoverMs: 2_000,
  gapMs: 2_000,
  heldMessages: 100_000,
  heldBytes: 64 * 1024 * 1024,
  backlogBytes: 16 * 1024 * 1024,
  receivers: 1_000,
  errors: 10,
};

/** A node that shares its users with nobody. */
export const DIRECT_ALONE: DirectOptions = {
  node: 0,
  regions: [0],
  streams: [],
  limits: DEFAULT_DIRECT_LIMITS,
};
