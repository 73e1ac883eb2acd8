/**
 * What moved in the system while a level of a search was tried.
 */

import type { Part } from '../../topology/sample.ts';
import type { CounterName, KernelReading } from './kernel.ts';

export interface Moved {
  /** Of a server elsewhere, only what clients see is known; the counters are this machine's. */
  server: 'here' | 'elsewhere';
  /** Those that have grown, by how much. */
  counters: ReadonlyMap<CounterName, number>;
  conntrack: KernelReading['conntrack'];
  tcpPages: KernelReading['tcpPages'];
  /** Where clients connect, the connections that wait to be accepted; null is what the system does not tell. */
  queue: {
    /** Most that were seen to wait. */
    longest: number;
    backlog: number | null;
    somaxconn: number | null;
    /** Connects that its own sockets turned away. */
    drops: number | null;
  };
  /** A target whose processes have all ended, and where nobody listens any more. */
  isGone: boolean;
  /** Of the server, its broker and its balancer; none where they cannot be looked at. */
  processes: readonly ProcessMoves[];
}

/** A process; null is what the system does not tell. */
export interface ProcessMoves {
  part: Part;
  role: string;
  pid: number;
  program: string;
  /** Not one that another process of the server has started. */
  isMain: boolean;
  /** Still, when the level was judged. */
  isAlive: boolean;
  /** The most that were seen. */
  openDescriptors: number | null;
  maxDescriptors: number | null;
  rssBytes: number;
  heapLimitBytes: number | null;
  /** What its control group may have. */
  groupLimitBytes: number | null;
  /** Processes of its group that were killed for want of memory, or could not be started. */
  oomKills: number | null;
  pidsRefused: number | null;
  /** Of its busiest thread in its busiest half second: shares of the time on a core, and waiting for one. */
  ranRatio: number | null;
  waitedRatio: number | null;
}
