/**
 * The kinds of machines that a plan needs, and what one of each has to do.
 */

import { loadOfBroker } from './broker-load.ts';
import type { BrokerLoad, CapacityPlan, Demand, Tier } from './capacity-plan.ts';
import type { Measurements } from './measured.ts';
import {
  coresOfNode,
  exactly,
  loadOf,
  memoryOfNode,
  networkOfNode,
  OWN_DESCRIPTORS,
  type Sizing,
  scaled,
} from './sizing.ts';
import { bitsPerUserPerS } from './wire-bytes.ts';

/** Linux, by default: 32768 to 60999, for each address that is connected from and each that is connected to. */
export const PORTS = 28_232;
/** What one Redis does in a second, of PUBLISH and of what it passes on: an order of magnitude. */
export const BROKER_OPERATIONS_PER_S = 100_000;

/** From so many users on, a service is in the next phase of the guide. */
const PHASES: [from: number, phase: CapacityPlan['phase']][] = [
  [1_000_000, 'edge'],
  [100_000, 'regions'],
  [10_000, 'cluster'],
  [0, 'single'],
];

export function phaseOf(users: number): CapacityPlan['phase'] {
  return PHASES.find(([from]) => users >= from)?.[1] ?? 'single';
}

/** All of them; the first holds the users' connections. */
export function tiersOf(
  demand: Demand,
  measured: Measurements,
  sizing: Sizing,
): { tiers: Tier[]; broker: BrokerLoad } {
  const isEdge = phaseOf(demand.users) === 'edge';
  const broker = brokerOf(demand, measured, sizing);
  const isSpread = sizing.nodes > 1;
  return {
    tiers: [
      holder(demand, measured, sizing, isEdge ? 'gateway' : 'node'),
      ...(isEdge ? [backend(demand, measured, sizing)] : []),
      ...(sizing.nodesPerRegion > 1 ? [balancer(demand, sizing)] : []),
      ...(isSpread ? [broker.tier] : []),
    ],
    broker: broker.load,
  };
}

function holder(
  demand: Demand,
  measured: Measurements,
  { nodes, nodesPerRegion, usersPerNode, binding }: Sizing,
  name: 'node' | 'gateway',
): Tier {
  const users = demand.users / nodes;
  const load = loadOf(demand, users);
  return {
    ...{ name, count: nodes, perRegion: nodesPerRegion, sparePerRegion: demand.spareNodes },
    basis: binding.usersPerNode.basis,
    words: `each has room for ${inWords(usersPerNode)} users, by its ${binding.name}`,
    each: {
      connections: users,
      memoryBytes: memoryOfNode(measured, demand, load),
      cores: coresOfNode(measured, demand, load),
      networkBitsPerS: networkOfNode(demand, users),
      descriptors: Math.ceil(users) + OWN_DESCRIPTORS,
      ports: 0,
      sourceAddresses: 0,
    },
  };
}

/** They hold nothing, and each answers a share of all events. */
function backend(demand: Demand, measured: Measurements, { nodes, nodesPerRegion }: Sizing): Tier {
  const { users, regions, messagesPerUserPerS, spareNodes, node, utilizationRatio } = demand;
  const eventsPerS = (users / regions) * messagesPerUserPerS;
  // Without an edge in the record: an event costs a backend what a message costs a node, to take it and to answer.
  const load = loadOf(demand, users / nodes);
  const ofNode = coresOfNode(measured, demand, load);
  const perEvent =
    measured.backendCpuS ??
    (ofNode === null || load.messagesPerS === 0 ? null : scaled(ofNode, 2 / load.messagesPerS));
  const cores = perEvent && scaled(perEvent, eventsPerS);
  const room = node.cores * utilizationRatio;
  const needed = cores === null ? nodesPerRegion - spareNodes : Math.max(1, Math.ceil(cores.value / room));
  const perRegion = needed + spareNodes;
  const isMeasured = measured.backendCpuS !== null;
  return {
    ...{ name: 'backend', count: perRegion * regions, perRegion, sparePerRegion: spareNodes },
    basis: isMeasured ? 'measured' : 'assumed',
    words: isMeasured
      ? `${inWords(eventsPerS)} events/s in a region, by what one took of the backends that were measured`
      : `${inWords(eventsPerS)} events/s in a region; no backend was measured, so each event is taken for two messages of a node`,
    each: {
      connections: nodesPerRegion,
      memoryBytes: null,
      cores: cores && { ...scaled(cores, 1 / perRegion), basis: isMeasured ? 'measured' : 'assumed' },
      networkBitsPerS: networkOfNode({ ...demand, fanout: 1 }, users / regions / perRegion),
      descriptors: nodesPerRegion + OWN_DESCRIPTORS,
      ports: 0,
      sourceAddresses: 0,
    },
  };
}

/** Everything passes through it, so each connection is two here. */
function balancer(demand: Demand, { nodesPerRegion }: Sizing): Tier {
  const { users, regions, node, utilizationRatio, messagesPerUserPerS, fanout, sizeBytes, tls } = demand;
  const connections = users / regions;
  const bits = bitsPerUserPerS(messagesPerUserPerS, fanout, sizeBytes, tls);
  const byDescriptors = (2 * connections) / (node.descriptors * utilizationRatio - OWN_DESCRIPTORS);
  const byNetwork = (2 * connections * bits) / (node.networkBitsPerS * utilizationRatio);
  const perRegion = Math.max(1, Math.ceil(Math.max(byDescriptors, byNetwork))) + 1;
  const each = connections / perRegion;
  // When the other one is lost, too.
  const toNode = connections / Math.max(1, perRegion - 1) / nodesPerRegion;
  return {
    ...{ name: 'balancer', count: perRegion * regions, perRegion, sparePerRegion: 1 },
    basis: 'assumed',
    words:
      `${byNetwork > byDescriptors ? 'network' : 'descriptors'}: each connection is two, one to the client and one to a ` +
      'node; one to spare',
    each: {
      connections: 2 * each,
      memoryBytes: null,
      cores: null,
      networkBitsPerS: {
        ...exactly(2 * each * bits),
        words: 'all that its users send and are sent, in and out again',
      },
      descriptors: Math.ceil(2 * each) + OWN_DESCRIPTORS,
      ports: Math.min(PORTS, Math.ceil(toNode)),
      sourceAddresses: Math.ceil(toNode / PORTS),
    },
  };
}

function brokerOf(
  demand: Demand,
  measured: Measurements,
  { nodes, nodesPerRegion }: Sizing,
): { tier: Tier; load: BrokerLoad } {
  const { users, regions, messagesPerUserPerS, fanout, utilizationRatio } = demand;
  const publishesPerS = users * messagesPerUserPerS;
  const all = loadOfBroker(publishesPerS, fanout, nodes, 1);
  // A region's broker takes what its own users publish, and what those of others do for its members.
  const reached = Math.min(regions, Math.max(1, fanout));
  const operationsPerS = (publishesPerS * reached + all.deliveriesPerS) / regions;
  const { brokerCpuS } = measured;
  const perServer =
    brokerCpuS === null ? utilizationRatio * BROKER_OPERATIONS_PER_S : utilizationRatio / brokerCpuS.value;
  const needed = Math.max(1, Math.ceil(operationsPerS / perServer));
  const spare = Math.min(1, demand.spareNodes);
  const perRegion = needed + spare;
  const basis = brokerCpuS === null ? 'assumed' : 'measured';
  const words =
    `${inWords(operationsPerS)} operations/s in a region, of which one server does ${inWords(perServer)}` +
    (brokerCpuS === null
      ? ': an order of magnitude'
      : `, by its processor time in ${brokerCpuS.from.join(', ')}`);
  return {
    load: { ...loadOfBroker(publishesPerS, fanout, nodes, needed), basis, words },
    tier: {
      ...{ name: 'broker', count: perRegion * regions, perRegion, sparePerRegion: spare, basis, words },
      each: {
        connections: 2 * nodesPerRegion,
        memoryBytes: null,
        cores: brokerCpuS && scaled(brokerCpuS, operationsPerS / needed),
        networkBitsPerS: {
          ...exactly((operationsPerS / needed) * bitsPerUserPerS(1, 0, demand.sizeBytes, false)),
          words: 'a message and its number for each operation',
        },
        descriptors: 2 * nodesPerRegion + OWN_DESCRIPTORS,
        ports: 0,
        sourceAddresses: 0,
      },
    },
  };
}

function inWords(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}
