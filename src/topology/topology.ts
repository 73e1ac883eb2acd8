/**
 * The contract of a topology: it arranges the server side of a phase, in processes of its own, and hands back what to
 * attack, what to sample and what to break.
 */

import type { Clock } from '../base/clock.ts';
import type { HerdTrigger } from '../model/scenario.ts';
import type { ServerSample } from '../server/control.ts';
import type { NodeOptions } from '../server/options.ts';

export interface Topology {
  /**
   * Starts everything; resolves when all URLs accept connections. To be called once.
   *
   * @throws WsscaleError `TARGET` if something does not start; what had started is taken down by `down`
   */
  up(): Promise<Deployment>;
  /**
   * All processes that were ever started here, so that their counters add up to the whole phase; null where there
   * are none. A process that has died gives its last sample again, marked not alive, and one that does not answer
   * in time does so, too: its `atMs` tells.
   */
  sample(): Promise<ServerSample[] | null>;
  /** What can be broken here, by the trigger of a storm. */
  faults: Faults;
  /** Resolves when the first process has died that nobody asked to; else never. It does not reject. */
  died: Promise<ProcessDeath>;
  /** Takes everything down; resolves when no process is left. Safe to call at any time, and more than once. */
  down(): Promise<void>;
}

/** What was started. */
interface Deployment {
  /** Where clients connect, each of the form `ws://host:port`, or the target's URL as it was given. */
  urls: string[];
  /** The server's nodes; none of a target, whose nodes nobody knows. */
  nodes: NodeInfo[];
}

interface NodeInfo {
  role: string;
  url: string;
}

export interface ProcessDeath {
  role: string;
  pid: number;
  exitCode: number | null;
  signal: string | null;
}

/** Triggers that break the server; `drop` is the swarm's own. */
export type ServerTrigger = Exclude<HerdTrigger, 'drop'>;

/** Breaks connections. @throws WsscaleError `TARGET` if the server does not come back */
type Fault = () => Promise<Outage>;

type Faults = Partial<Record<ServerTrigger, Fault>>;

/** A break, on the clock of the topology. */
export interface Outage {
  brokenAtMs: number;
  /** From when on the lost clients can be taken again. */
  acceptedAtMs: number;
}

export interface TopologyOptions {
  clock: Clock;
  /** For the nodes of the reference server; what is left out has its default. */
  node?: Partial<NodeOptions>;
}
