/**
 * Samples of the processes of a topology.
 */

import type { RoomCounters, ServerSample } from '../server/control.ts';
import type { Transition } from './dns/health.ts';

/** What a process is there for. */
export type Part = 'node' | 'broker' | 'balancer' | 'store' | 'dns' | 'backend' | 'edge';

/** A process of a topology at one moment; `part` tells whether its connections are the server's. */
export type ProcessSample = NodeSample | PartSample;

export interface NodeSample extends ServerSample {
  part: 'node';
}

/**
 * A process beside the nodes. Several processes of one program, like nginx's workers, are one sample. What it does
 * not know of itself, and what the system does not tell of it, is null.
 */
interface PartSample extends Reading {
  part: Exclude<Part, 'node'>;
}

/** What such a process says, before whoever started it adds what it is there for. */
export interface Reading {
  role: string;
  pid: number;
  alive: boolean;
  atMs: number;
  cpuS: number | null;
  rssBytes: number | null;
  /** Of something that runs no Node.js there is no event loop to look at. */
  elu: number | null;
  eventLoopLagP99Ms: number | null;
  /** Clients' connections that pass through it, each with a second one at a node, or that an edge holds. */
  connections: number | null;
  opened: number | null;
  closed: number | null;
  rejected: number | null;
  received: number | null;
  sent: number | null;
  dropped: number | null;
  openDescriptors: number | null;
  maxDescriptors: number | null;
  /** Where it answers `/health` and `/metrics`, of the form `http://host:port`; left out where it does not. */
  pagesUrl?: string;
  /** Of a balancer that tells: its connections to each backend, in the order in which it was given them. */
  backends?: number[];
  /** Of what keeps rooms for nodes that are not ours. */
  rooms?: RoomCounters | null;
  /** Of a DNS: which regions it found down, and up again. */
  transitions?: Transition[];
}

/** Whether a sample is of a node of the server. */
export function isNode(sample: ProcessSample): sample is NodeSample {
  return sample.part === 'node';
}
