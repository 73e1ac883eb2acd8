/**
 * All that went into a plan, each with where it is from.
 */

import type { Demand, Input, Prediction } from './capacity-plan.ts';
import type { Measurements } from './measured.ts';
import { coresOfNode, loadOf, memoryOfNode } from './sizing.ts';
import { BROKER_OPERATIONS_PER_S, PORTS } from './tiers.ts';

export function inputsOf(demand: Demand, measured: Measurements, usersOfNode: number): Input[] {
  const { node, objective } = demand;
  const given = (name: string, value: number, unit: string): Input => ({
    ...{ name, value, unit, basis: 'given', words: 'as asked for' },
  });
  const load = loadOf(demand, usersOfNode);
  return [
    given('users', demand.users, ''),
    given('messages of a user', demand.messagesPerUserPerS, '/s'),
    given('payload', demand.sizeBytes, 'bytes'),
    given('fan-out', demand.fanout, 'users a message'),
    given('regions', demand.regions, ''),
    given('zones of a region', demand.zonesPerRegion, ''),
    given('nodes to spare', demand.spareNodes, 'a region'),
    given('utilization', demand.utilizationRatio, 'of each resource'),
    given('cores of a node', node.cores, ''),
    given('memory of a node', node.memoryBytes, 'bytes'),
    given('descriptors of a node', node.descriptors, ''),
    given('network of a node', node.networkBitsPerS, 'bit/s'),
    ...(objective.responseP99Ms === null ? [] : [given('response p99', objective.responseP99Ms, 'ms')]),
    ...(objective.recoveryS === null ? [] : [given('recovery', objective.recoveryS, 's')]),
    ...measuredOf('memory of a node', memoryOfNode(measured, demand, load), 'bytes'),
    ...measuredOf('kernel memory of a connection', measured.kernelBytesPerConnection, 'bytes'),
    ...measuredOf('processor of a node', coresOfNode(measured, demand, load), 'cores'),
    ...measuredOf('accepts of a node', measured.acceptsPerS, '/s'),
    ...measuredOf('connection ceiling of a node', measured.connectionCeiling, 'connections'),
    ...measuredOf('message ceiling of a node', measured.messageCeilingPerS, 'messages/s'),
    ...measuredOf('processor time of a backend', measured.backendCpuS, 's an event'),
    ...measuredOf('processor time of the broker', measured.brokerCpuS, 's an operation'),
    ...(measured.brokerCpuS !== null
      ? []
      : [
          assumed(
            'operations of a broker',
            BROKER_OPERATIONS_PER_S,
            '/s',
            'an order of magnitude, of one Redis',
          ),
        ]),
    assumed('ports to one address', PORTS, '', 'net.ipv4.ip_local_port_range of Linux, as it comes'),
  ];
}

function measuredOf(name: string, prediction: Prediction | null, unit: string): Input[] {
  if (prediction === null) return [];
  const { value, basis, words, from } = prediction;
  return [{ name, value, unit, basis, words: from.length === 0 ? words : `${words} (${from.join(', ')})` }];
}

function assumed(name: string, value: number, unit: string, words: string): Input {
  return { name, value, unit, basis: 'assumed', words };
}

/** Messages that differ by less take as long. */
const SAME_SIZE = 2;

/** What the record does not say, so that the plan cannot. */
export function unknownOf(demand: Demand, measured: Measurements): string[] {
  const { tls, messagesPerUserPerS, sizeBytes: asked } = demand;
  const { memory, cores, observations, acceptsPerS, throughput, sizeBytes } = measured;
  const isMessaged = messagesPerUserPerS > 0;
  const widths = [memory, cores].map((fit) => fit?.at({ connections: 1, messagesPerS: 1 }).low ?? null);
  return [
    memory === null
      ? 'No phase says what memory a connection takes: it would take 1,000 clients or more.'
      : null,
    isMessaged && (cores === null || measured.most.messagesPerS === 0)
      ? 'No messages flowed, so what processor time they take is not known.'
      : null,
    widths.includes(null)
      ? 'There are fewer than three phases of different load, so intervals are not known; scenarios/plan.yaml measures enough.'
      : null,
    observations.some(({ isWarm }) => isWarm)
      ? null
      : 'No node was warm, having handled 10,000 messages: processor time and latency are higher than they will be.',
    isMessaged && sizeBytes !== null && Math.max(asked / sizeBytes, sizeBytes / asked) > SAME_SIZE
      ? `Messages of ${sizeBytes} bytes were measured, and ${asked} are asked for: what the difference takes of the processor is not known.`
      : null,
    tls
      ? 'What encryption takes of memory and processor was not measured; only its bytes are counted.'
      : null,
    acceptsPerS === null ? 'How fast nodes accept is not known, so no recovery is simulated.' : null,
    isMessaged && throughput === null
      ? 'No load was too high for a node, so where its throughput bends is not known.'
      : null,
  ].filter((words) => words !== null);
}
