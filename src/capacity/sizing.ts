/**
 * How many nodes so many users need, and which resource says so. Every node is to be used to a share of what it could,
 * and some are to spare, so that those that are lost are not missed:
 *
 *     users per node = the least, over all resources, of   utilization · capacity of a node / use of a user
 *     nodes          = ⌈users / users per node⌉ + spare
 */

import type { Estimate, Measurements } from './measured.ts';

export interface Demand {
  users: number;
  messagesPerUserPerS: number;
  sizeBytes: number;
  /** Users that a message goes to. */
  fanout: number;
  regions: number;
  /** Nodes of each region that may be lost without being missed: N+1, N+2. */
  spareNodes: number;
  /** Share of a resource that is to be used. */
  utilizationRatio: number;
  node: { cores: number; memoryBytes: number; descriptors: number; networkBitsPerS: number };
}

/** What a user takes of a node, and how many users the node therefore has. */
export interface Resource {
  name: 'memory' | 'processor' | 'descriptors' | 'network' | 'measured ceiling';
  usersPerNode: number;
  /** If a user takes as little, or as much, as the measured phases disagree about. */
  interval: [number, number] | null;
  /** Measured, or taken for granted. */
  basis: 'measured' | 'assumed';
  words: string;
}

export interface Sizing {
  resources: Resource[];
  binding: Resource;
  usersPerNode: number;
  nodesPerRegion: number;
  nodes: number;
  /** Of a node, when all are there. */
  perNode: { users: number; memoryBytes: number | null; cores: number | null; networkBitsPerS: number };
  /** What passes between nodes in a region: publications, and their copies to each node that has members. */
  broker: { publishesPerS: number; deliveriesPerS: number };
  /** How many times the most that was measured on a node this plan puts there. */
  extrapolation: number;
}

/** Heaps grow in steps, and a process has more than connections. */
const NODE_BASE_BYTES = 80 * 2 ** 20;
/** Linux on the wire: Ethernet with preamble and gap 38, IP 20, TCP with timestamps 32, a frame's head 2 to 10. */
const PACKET_BYTES = 38 + 20 + 32;
/** A client masks what it sends: 4 bytes more. */
const MASK_BYTES = 4;

/** @throws RangeError if the record says neither what a connection nor what a message takes */
export function sizeFor(demand: Demand, measured: Measurements): Sizing {
  const { users, regions, spareNodes, utilizationRatio, node, fanout, messagesPerUserPerS } = demand;
  const handledPerUserPerS = messagesPerUserPerS * (1 + fanout);
  const bitsPerUserPerS = networkBitsPerS(demand);
  const { bytesPerConnection: own, kernelBytesPerConnection: kernel, cpuPerMessageS: cpu } = measured;
  const resources: Resource[] = [
    ...(own === null ? [] : [ofMemory(demand, own, kernel)]),
    ...(cpu === null || handledPerUserPerS === 0
      ? []
      : [
          resource(
            'processor',
            (node.cores * utilizationRatio) / (cpu.value * handledPerUserPerS),
            relative(cpu),
            `${(cpu.value * 1e6).toFixed(1)} µs a message (${cpu.from})`,
          ),
        ]),
    {
      ...resource('descriptors', node.descriptors * utilizationRatio, null, `${node.descriptors} a process`),
      basis: 'assumed',
    },
    ...(bitsPerUserPerS === 0
      ? []
      : [
          {
            ...resource(
              'network',
              (node.networkBitsPerS * utilizationRatio) / bitsPerUserPerS,
              null,
              'by the size of frames',
            ),
            basis: 'assumed' as const,
          },
        ]),
    ...(measured.ceilingPerNode === null
      ? []
      : [
          resource(
            'measured ceiling',
            measured.ceilingPerNode.value * utilizationRatio,
            null,
            `found in ${measured.ceilingPerNode.from}`,
          ),
        ]),
  ];
  const binding = resources.reduce((least, one) => (one.usersPerNode < least.usersPerNode ? one : least));
  const usersPerNode = Math.max(1, Math.floor(binding.usersPerNode));
  const nodesPerRegion = Math.ceil(users / regions / usersPerNode) + spareNodes;
  const nodes = nodesPerRegion * regions;
  const usersOfNode = users / nodes;
  const publishesPerS = users * messagesPerUserPerS;
  return {
    resources,
    binding,
    usersPerNode,
    nodesPerRegion,
    nodes,
    perNode: {
      users: usersOfNode,
      memoryBytes: own === null ? null : NODE_BASE_BYTES + usersOfNode * (own.value + (kernel?.value ?? 0)),
      cores: cpu === null ? null : usersOfNode * handledPerUserPerS * cpu.value,
      networkBitsPerS: usersOfNode * bitsPerUserPerS,
    },
    broker: {
      publishesPerS,
      // Unsharded, each publication goes to every node that has a member, which are no more than it has recipients.
      deliveriesPerS: publishesPerS * Math.min(nodes, fanout),
    },
    extrapolation: usersOfNode / Math.max(1, measured.connectionsPerNode),
  };
}

function ofMemory({ node, utilizationRatio }: Demand, own: Estimate, kernel: Estimate | null): Resource {
  const each = own.value + (kernel?.value ?? 0);
  const words = `${Math.round(own.value)} bytes a connection and ${Math.round(kernel?.value ?? 0)} in the kernel (${own.from})`;
  return resource(
    'memory',
    (node.memoryBytes * utilizationRatio - NODE_BASE_BYTES) / each,
    relative(own),
    words,
  );
}

function resource(
  name: Resource['name'],
  usersPerNode: number,
  relativeHalfWidth: number | null,
  words: string,
): Resource {
  const interval: Resource['interval'] =
    relativeHalfWidth === null
      ? null
      : [usersPerNode / (1 + relativeHalfWidth), usersPerNode / Math.max(0.05, 1 - relativeHalfWidth)];
  return { name, usersPerNode: Math.max(0, usersPerNode), interval, basis: 'measured', words };
}

function relative({ value, halfWidth }: Estimate): number | null {
  return halfWidth === null ? null : halfWidth / value;
}

/** Of a user, in both directions, on the wire. */
function networkBitsPerS({ messagesPerUserPerS, sizeBytes, fanout }: Demand): number {
  const headBytes = sizeBytes <= 125 ? 2 : sizeBytes <= 65_535 ? 4 : 10;
  const frameBytes = PACKET_BYTES + headBytes + sizeBytes;
  return 8 * messagesPerUserPerS * (frameBytes + MASK_BYTES + fanout * frameBytes);
}
