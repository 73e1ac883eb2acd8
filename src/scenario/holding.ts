/**
 * How many clients the bundled server can hold, by the descriptors of its processes.
 */

import { connectionsPerProcess, type OsLimits, RESERVED_DESCRIPTORS } from '../base/limits.ts';
import type { TopologyPlan } from '../model/plan.ts';

/** A balancer has each client's connection and one of its own to a node. */
const DESCRIPTORS_IN_BALANCER = 2;

/** The part of the bundled server that is full first. */
export interface Bottleneck {
  part: string;
  clients: number;
  /** The limit of open files with which it would hold so many clients. */
  nofileFor: (clients: number) => number;
}

/** What holds the fewest clients in a topology; null of a target, of which nobody knows. */
export function bottleneckOf(topology: TopologyPlan, limits: OsLimits): Bottleneck | null {
  const perProcess = connectionsPerProcess(limits);
  switch (topology.kind) {
    case 'target':
      return null;
    case 'single':
      return { part: 'one process', clients: perProcess, nofileFor: (n) => n + RESERVED_DESCRIPTORS };
    case 'cluster':
      return topology.balancer === 'embedded'
        ? embeddedBalancer(perProcess)
        : nodesOf(topology.nodes, perProcess);
  }
}

/** One process, which holds less than a single node does. */
function embeddedBalancer(perProcess: number): Bottleneck {
  return {
    part: `behind one embedded balancer, which takes ${DESCRIPTORS_IN_BALANCER} descriptors a client,`,
    clients: Math.max(1, Math.floor(perProcess / DESCRIPTORS_IN_BALANCER)),
    nofileFor: (clients) => clients * DESCRIPTORS_IN_BALANCER + RESERVED_DESCRIPTORS,
  };
}

/** nginx has several workers and raises its own limit as far as it may, so that the nodes are full before it. */
function nodesOf(nodes: number, perProcess: number): Bottleneck {
  return {
    part: nodes === 1 ? 'one node' : `${nodes} nodes`,
    clients: nodes * perProcess,
    nofileFor: (clients) => Math.ceil(clients / nodes) + RESERVED_DESCRIPTORS,
  };
}

/** Descriptors that a client takes in all of the bundled server. */
export function serverDescriptors(topology: TopologyPlan): number {
  switch (topology.kind) {
    case 'target':
      return 0;
    case 'single':
      return 1;
    case 'cluster':
      return 1 + (topology.balancer === 'none' ? 0 : DESCRIPTORS_IN_BALANCER);
  }
}

/** Processes of the bundled server. */
export function serverProcesses(topology: TopologyPlan): number {
  switch (topology.kind) {
    case 'target':
      return 0;
    case 'single':
      return 1;
    case 'cluster': {
      const { nodes, balancer, broker } = topology;
      const isElsewhere = broker.kind === 'none' || (broker.kind === 'redis' && broker.url !== null);
      return nodes + (balancer === 'none' ? 0 : 1) + (isElsewhere ? 0 : 1);
    }
  }
}
