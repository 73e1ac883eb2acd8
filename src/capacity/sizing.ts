/**
 * How many users a node has room for, and which resource says so. Every node is to be used to a share of what it could:
 *
 *     users of a node = the most for which, of each resource,   use(users) ≤ utilization · what a node has
 *     nodes of a region = ⌈users of a region / users of a node⌉ + spare
 */

import type { Demand, NodeSize, Prediction, Resource } from './capacity-plan.ts';
import type { Load } from './fits.ts';
import type { Measurements } from './measured.ts';
import { bitsPerUserPerS } from './wire-bytes.ts';

export interface Sizing {
  resources: Resource[];
  binding: Resource;
  usersPerNode: number;
  nodesPerRegion: number;
  nodes: number;
}

/** A server has files that are no connections: its program, its log, its way to a broker. */
export const OWN_DESCRIPTORS = 100;

/** What users make of a node. */
export function loadOf(
  { messagesPerUserPerS, fanout }: Pick<Demand, 'messagesPerUserPerS' | 'fanout'>,
  users: number,
): Load {
  return { connections: users, messagesPerS: users * messagesPerUserPerS * (1 + fanout) };
}

/** A process of the server uses one core, so a machine with several is taken to have one for each. */
export function processesOf({ cores }: NodeSize): number {
  return Math.max(1, Math.floor(cores));
}

/** What each process of a node has of its load. */
export function shareOf({ connections, messagesPerS }: Load, processes: number): Load {
  return { connections: connections / processes, messagesPerS: messagesPerS / processes };
}

/** A node's processes and what the kernel keeps for their connections; null where the record says nothing of it. */
export function memoryOfNode(measured: Measurements, { node }: Demand, load: Load): Prediction | null {
  const { memory, kernelBytesPerConnection: kernel } = measured;
  if (memory === null) return null;
  const processes = processesOf(node);
  const own = scaled(memory.at(shareOf(load, processes)), processes);
  if (kernel === null) return { ...own, words: `${own.words}; what the kernel keeps is not known` };
  return {
    ...own,
    ...sumOf(own, scaled(kernel, load.connections)),
    from: [...new Set([...own.from, ...kernel.from])],
    words: `${own.words}, and ${Math.round(kernel.value)} bytes a connection in the kernel`,
  };
}

export function coresOfNode(measured: Measurements, { node }: Demand, load: Load): Prediction | null {
  if (measured.cores === null || (load.messagesPerS > 0 && measured.most.messagesPerS === 0)) return null;
  const processes = processesOf(node);
  return scaled(measured.cores.at(shareOf(load, processes)), processes);
}

export function networkOfNode(demand: Demand, users: number): Prediction {
  const { messagesPerUserPerS, fanout, sizeBytes, tls } = demand;
  return {
    ...exactly(users * bitsPerUserPerS(messagesPerUserPerS, fanout, sizeBytes, tls)),
    words: `each message in a packet of its own${tls ? ', encrypted' : ''}`,
  };
}

/** What is given or computed, and not measured. */
export function exactly(value: number): Prediction {
  return { value, low: value, high: value, basis: 'assumed', from: [], words: 'by definition' };
}

export function sizeFor(demand: Demand, measured: Measurements): Sizing {
  const { users, regions, spareNodes } = demand;
  const resources = resourcesOf(demand, measured);
  const binding = resources.reduce((least, one) =>
    one.usersPerNode.value < least.usersPerNode.value ? one : least,
  );
  const usersPerNode = Math.max(1, Math.floor(binding.usersPerNode.value));
  const nodesPerRegion = Math.ceil(users / regions / usersPerNode) + spareNodes;
  return { resources, binding, usersPerNode, nodesPerRegion, nodes: nodesPerRegion * regions };
}

function resourcesOf(demand: Demand, measured: Measurements): Resource[] {
  const { node, utilizationRatio: share, messagesPerUserPerS } = demand;
  const ofFits = (name: Resource['name'], has: number, takes: (users: number) => Prediction | null) => {
    const one = takes(1);
    return one === null ? [] : [{ name, usersPerNode: roomFor(has * share, takes, one) }];
  };
  return [
    ...ofFits('memory', node.memoryBytes, (users) => memoryOfNode(measured, demand, loadOf(demand, users))),
    ...ofFits('processor', node.cores, (users) => coresOfNode(measured, demand, loadOf(demand, users))),
    {
      name: 'descriptors',
      usersPerNode: {
        ...exactly(Math.max(1, node.descriptors * share - OWN_DESCRIPTORS)),
        words: `${node.descriptors} a node, of which ${OWN_DESCRIPTORS} are its own`,
      },
    },
    ...(messagesPerUserPerS === 0
      ? []
      : ofFits('network', node.networkBitsPerS, (users) => networkOfNode(demand, users))),
    ...ceilings(demand, measured),
  ];
}

/** What was found to be the end is used to the same share as all else. */
function ceilings(demand: Demand, measured: Measurements): Resource[] {
  const { utilizationRatio, messagesPerUserPerS } = demand;
  const { connectionCeiling, messageCeilingPerS } = measured;
  const share = utilizationRatio * processesOf(demand.node);
  const found = [
    connectionCeiling && scaled(connectionCeiling, share),
    messageCeilingPerS && messagesPerUserPerS > 0
      ? scaled(messageCeilingPerS, share / messagesPerUserPerS)
      : null,
  ].filter((one) => one !== null);
  if (found.length === 0) return [];
  return [{ name: 'measured ceiling', usersPerNode: found.reduce((a, b) => (b.value < a.value ? b : a)) }];
}

/** A node takes no more than so many, whatever is asked of it. */
const MOST_USERS = 1e8;

/** The most users that a room is enough for; if each takes as much, or as little, as the interval of it allows. */
function roomFor(room: number, takes: (users: number) => Prediction | null, one: Prediction): Prediction {
  const most = (of: (prediction: Prediction) => number | null) => {
    const fits = (users: number) => {
      const prediction = takes(users);
      return prediction !== null && (of(prediction) ?? 0) <= room;
    };
    let low = 0;
    let high = MOST_USERS;
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (fits(middle)) low = middle;
      else high = middle;
    }
    return low;
  };
  const isKnown = one.low !== null && one.high !== null;
  const high = isKnown ? most(({ low }) => low) : null;
  return {
    ...one,
    value: most(({ value }) => value),
    low: isKnown ? most(({ high }) => high) : null,
    // If it may take next to nothing, nothing is known of how many there is room for.
    high: high !== null && high < 0.99 * MOST_USERS ? high : null,
  };
}

export function scaled(prediction: Prediction, by: number): Prediction {
  const { value, low, high } = prediction;
  return { ...prediction, value: value * by, low: low && low * by, high: high && high * by };
}

/** Errors of two measurements do not add up: their squares do. */
function sumOf(a: Prediction, b: Prediction): Pick<Prediction, 'value' | 'low' | 'high'> {
  const value = a.value + b.value;
  if (a.low === null || a.high === null) return { value, low: null, high: null };
  const below = Math.hypot(a.value - a.low, b.low === null ? 0 : b.value - b.low);
  const above = Math.hypot(a.high - a.value, b.high === null ? 0 : b.high - b.value);
  return { value, low: Math.max(0, value - below), high: value + above };
}
