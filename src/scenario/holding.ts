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

/** Whether processes of ours hold the connections: what is asked of those, nobody else hears. */
export function isHeldByUs(topology: TopologyPlan): boolean {
  return topology.kind === 'edge' ? topology.edge === 'gateway' : topology.kind !== 'target';
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
    case 'regions':
      return nodesOf(topology.regions.length * topology.nodesPerRegion, perProcess);
    case 'edge':
      return nodesOf(topology.gateways, perProcess, 'gateway');
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
function nodesOf(nodes: number, perProcess: number, what = 'node'): Bottleneck {
  return {
    part: nodes === 1 ? `one ${what}` : `${nodes} ${what}s`,
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
    case 'regions':
    case 'edge':
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
    case 'regions': {
      const { regions, nodesPerRegion, broker } = topology;
      const isElsewhere = broker.kind === 'redis' && broker.url !== null;
      // A broker for each region, and the DNS.
      return regions.length * (nodesPerRegion + (isElsewhere ? 0 : 1)) + 1;
    }
    case 'edge':
      return edgeProcesses(topology);
  }
}

function edgeProcesses({ edge, gateways, backends }: Extract<TopologyPlan, { kind: 'edge' }>): number {
  switch (edge) {
    case 'gateway':
      // Several gateways have a broker between them.
      return gateways + backends + (gateways === 1 ? 0 : 1);
    case 'workerd':
      return 1;
    case 'pushpin':
      // It is five itself, and beside its backends is one that keeps the rooms.
      return 5 + backends + 1;
  }
}
