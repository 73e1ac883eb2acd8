/**
 * The contract of a balancer: clients connect to it, and it gives each a connection to one of its backends.
 */

import type { TopologyPlan } from '../../model/plan.ts';
import type { Processes } from '../processes.ts';

type ClusterPlan = Extract<TopologyPlan, { kind: 'cluster' }>;
export type BalancerKind = Exclude<ClusterPlan['balancer'], 'none'>;
export type Routing = ClusterPlan['routing'];

/** A server behind a balancer. */
export interface Backend {
  host: string;
  port: number;
}

export interface Balancer {
  /**
   * Starts it in front of the backends, which need not listen yet: one that refuses is passed over and tried again
   * shortly afterwards. To be called once.
   *
   * @returns its URL, of the form `ws://host:port`
   * @throws WsscaleError `TARGET` if it cannot listen or cannot be started
   */
  start(backends: readonly Backend[]): Promise<string>;
  /** Keeps the connections to a backend and opens no new ones; resolves when that holds. */
  drain(backend: Backend): Promise<void>;
  /** Opens connections to a backend again that was drained; resolves when that holds. */
  restore(backend: Backend): Promise<void>;
  /** Ends it, and with it all connections. Resolves when none of its processes is left. */
  stop(): Promise<void>;
}

export interface BalancerOptions {
  /** `sticky`: an address goes to the same backend each time; `stateless`: a client to the least busy one. */
  routing: Routing;
  host: string;
  /** null: a free one out of the way of outgoing connections. */
  port: number | null;
  /** Where to keep what it is configured with; null: not kept. */
  folder: string | null;
  /** Where its process belongs to. */
  processes: Processes;
}
