/**
 * The contract of a topology: it arranges the server side of a phase, in processes of its own, and hands back what to
 * attack, what to sample and what to break.
 */

import type { Clock } from '../base/clock.ts';
import type { SettledProcess } from '../model/leak.ts';
import type { HerdTrigger } from '../model/scenario.ts';
import type { NodeOptions } from '../server/options.ts';
import type { ProcessSample } from './sample.ts';

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
   * in time does so, too: its `atMs` tells. What passes through a balancer or a broker is not the server's: only
   * the samples whose `part` is `node` are of nodes.
   */
  sample(): Promise<ProcessSample[] | null>;
  /**
   * Waits until the processes are at rest, all clients being gone, and tells what they still have in use; null where
   * there is none to look at.
   */
  settle(): Promise<SettledProcess[] | null>;
  /**
   * Messages that the servers of a broker passed on to one another since it came up; null where that is not known.
   * Left out where there is no such broker.
   */
  busMessages?(): Promise<number | null>;
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
  /** Where clients live who look up the host of the URL, and who answers them; left out where there is but one place. */
  places?: { dns: string; locations: number };
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
  /** What was broken, by its role in the samples. */
  role: string;
  brokenAtMs: number;
  /** From when on the lost clients can be taken again: where others take them, from the break. */
  acceptedAtMs: number;
  /**
   * Makes whole again what still is broken; resolves when it listens, at once where nothing is. To be called after
   * the return of the clients was watched.
   *
   * @throws WsscaleError `TARGET` if it does not start again
   */
  heal(): Promise<void>;
  /** Of a lost region: what is known of it so far. */
  failover?(): Promise<LostRegion>;
}

interface LostRegion {
  /** All regions, in the order of their numbers. */
  regions: readonly string[];
  lost: number;
  /** When the DNS found it down; null if it did not, yet. */
  noticedAtMs: number | null;
  /** When the first of its nodes listened again, and when the DNS found the region up; null: not yet. */
  servesAtMs: number | null;
  upAtMs: number | null;
}

export interface TopologyOptions {
  clock: Clock;
  /** For the nodes of the reference server; what is left out has its default. In a cluster, host and port are the
   * balancer's; without one, its nodes have that port and those that follow. */
  node?: Partial<NodeOptions>;
  /** Of what happens by chance, like jitter between regions; a fresh one where it is left out. */
  seed?: number;
  /** The process of a target, on this machine, that is looked at from outside. */
  targetPid?: number;
  /** A folder of the run's where what was made for it, like a balancer's configuration, is kept. It need not be
   * there yet. Without it, nothing is kept. */
  folder?: string;
}
