/**
 * Several nodes of the reference server, a broker between them and a balancer before them, or neither.
 */

import { WsscaleError } from '../base/errors.ts';
import type { TopologyPlan } from '../model/plan.ts';
import {
  type BrokerOptions,
  DEFAULT_NODE_OPTIONS,
  type NodeOptions,
  type StoreOptions,
  storeLimits,
} from '../server/options.ts';
import type { Backend, Balancer } from './balancer/balancer.ts';
import { createBalancer } from './balancer/index.ts';
import { ENDING, part, SERVICE_RESTART, STAYING } from './breaks.ts';
import { startBroker } from './broker.ts';
import { checkParts } from './installed.ts';
import { startNode } from './node-process.ts';
import type { PartProcess } from './part-process.ts';
import { createProcesses } from './processes.ts';
import type { BusMeter } from './redis-bus.ts';
import { startStore } from './store.ts';
import type { Outage, Topology, TopologyOptions } from './topology.ts';

/** Where nodes listen that only a balancer need reach. */
const NODE_HOST = '127.0.0.1';

/** A place in the cluster: the node that is there, or was until it was killed, and where a balancer finds it. */
interface Slot {
  process: PartProcess;
  backend: Backend;
}

export function createCluster(
  plan: Extract<TopologyPlan, { kind: 'cluster' }>,
  options: TopologyOptions,
): Topology {
  const { clock } = options;
  const { engine } = plan;
  const { host, port, ...nodeOptions } = { ...DEFAULT_NODE_OPTIONS, ...options.node, engine };
  const processes = createProcesses();
  const { balancer: kind, routing } = plan;
  const folder = options.folder ?? null;
  const balancer = kind === 'none' ? null : createBalancer(kind, { routing, host, port, processes, folder });
  const nodeHost = balancer === null ? host : NODE_HOST;
  let broker: BrokerOptions;
  let store: StoreOptions;
  let bus: BusMeter | null = null;
  let slots: Slot[] = [];
  /** Nodes that are about to end, or have ended. */
  const lost = new Set<PartProcess>();
  let breaks = 0;

  function start(i: number, at: number | null): PartProcess {
    const place = { role: `node-${i}`, host: nodeHost, port: at, direct: directOf(i) };
    const node: NodeOptions = { ...nodeOptions, ...place, broker, store };
    return processes.start(() => startNode(node));
  }

  /** How the node finds the users of the others: through the broker, which has a stream for all of them. */
  function directOf(i: number): NodeOptions['direct'] {
    if (nodeOptions.direct === null || broker.kind === 'local') return null;
    return { ...nodeOptions.direct, node: i, regions: new Array(plan.nodes).fill(0), streams: [broker] };
  }

  /** The node with the most connections; among equals, one after the other. */
  async function chosen(): Promise<number> {
    await Promise.all(slots.map(({ process }) => process.sample()));
    const i = chooseVictim(slots.map(connectionsOf), breaks++);
    if (i === null) {
      throw new WsscaleError('TARGET', 'No node of the cluster can be broken: none is running.');
    }
    return i;
  }

  /** A node ends in some way, and the others take its clients. One that restarts does not wait for anybody. */
  async function ended(by: keyof typeof ENDING): Promise<Outage> {
    const i = await chosen();
    const { process } = slots[i];
    lost.add(process);
    const brokenAtMs = clock.nowMs();
    await ENDING[by](process);
    let healing: Promise<number> | null = null;
    /** Resolves with the time from when on it accepts again. */
    const heal = () => {
      healing ??= startAgain(i);
      return healing;
    };
    // Without a balancer, clients come back to the node that they had.
    const othersServe = balancer !== null && slots.some((slot) => connectionsOf(slot) !== null);
    if (by === 'restart') await heal();
    const acceptedAtMs = othersServe ? brokenAtMs : await heal();
    return { role: process.role, brokenAtMs, acceptedAtMs, heal: async () => void (await heal()) };
  }

  /** A node loses its connections, and stays. */
  async function shaken(by: keyof typeof STAYING): Promise<Outage> {
    const { process } = slots[await chosen()];
    const brokenAtMs = clock.nowMs();
    await STAYING[by](process);
    return { role: process.role, brokenAtMs, acceptedAtMs: brokenAtMs, heal: async () => {} };
  }

  /** A node is given no new clients, and those that it has are sent to the others. */
  async function drain(before: Balancer): Promise<Outage> {
    const { process, backend } = slots[await chosen()];
    await before.drain(backend);
    const brokenAtMs = clock.nowMs();
    await part(process, SERVICE_RESTART);
    const heal = () => before.restore(backend);
    return { role: process.role, brokenAtMs, acceptedAtMs: brokenAtMs, heal };
  }

  /** All nodes are replaced, one after the other, while the others serve. */
  async function rolling(before: Balancer): Promise<Outage> {
    const brokenAtMs = clock.nowMs();
    for (const [i, { process, backend }] of slots.entries()) {
      await before.drain(backend);
      lost.add(process);
      await process.stop(SERVICE_RESTART);
      await startAgain(i);
      await before.restore(backend);
    }
    return { role: 'nodes', brokenAtMs, acceptedAtMs: brokenAtMs, heal: async () => {} };
  }

  /** Null of a node that is not there, or is about to go. */
  function connectionsOf({ process }: Slot): number | null {
    return process.alive && !lost.has(process) ? (process.lastSample?.connections ?? 0) : null;
  }

  /** Starts a node where one was; resolves with the time from when on it accepts. */
  async function startAgain(i: number): Promise<number> {
    const { backend } = slots[i];
    const node = start(i, backend.port);
    slots[i] = { process: node, backend };
    return (await node.listening).atMs;
  }

  return {
    async up() {
      const missing = checkParts(plan);
      if (missing.length > 0) throw new WsscaleError('TARGET', missing.join('\n'));
      [broker, store] = await Promise.all([
        startBroker(plan.broker, processes, storeLimits(nodeOptions)),
        startStore(plan.store, processes),
      ]);
      bus = await meterBus(broker);
      // Without a balancer, the nodes have its port and those that follow; 0 is any.
      const portOf = (i: number) => (balancer === null ? port && port + i : null);
      const nodes = Array.from({ length: plan.nodes }, (_, i) => start(i, portOf(i)));
      const listening = await Promise.all(nodes.map((node) => node.listening));
      slots = nodes.map((process, i) => ({
        process,
        backend: { host: NODE_HOST, port: listening[i].port },
      }));
      const ofNodes = listening.map(({ url }) => url);
      return {
        urls: balancer === null ? ofNodes : [await balancer.start(slots.map(({ backend }) => backend))],
        nodes: nodes.map(({ role }, i) => ({ role, url: listening[i].url })),
      };
    },
    sample: processes.sample,
    settle: processes.settle,
    busMessages: async () => (await bus?.sent()) ?? null,
    faults: {
      kill: () => ended('kill'),
      restart: () => ended('restart'),
      blackhole: () => ended('blackhole'),
      close: () => shaken('close'),
      reset: () => shaken('reset'),
      ...(balancer !== null && { drain: () => drain(balancer), rolling: () => rolling(balancer) }),
    },
    died: processes.died,
    down: () => processes.down(stopInOrder),
  };
}

/** Only a Redis may be a cluster, and only then is a client of Redis needed here. */
async function meterBus(broker: BrokerOptions): Promise<BusMeter | null> {
  if (broker.kind !== 'redis') return null;
  return (await import('./redis-bus.ts')).meterBus(broker.url);
}

/** Nodes say goodbye to their clients through the balancer, and lose their broker last. */
async function stopInOrder(processes: readonly PartProcess[]): Promise<void> {
  for (const part of ['node', 'balancer', 'broker', 'store'] as const) {
    await Promise.all(processes.filter((process) => process.part === part).map((process) => process.stop()));
  }
}

/** The place with the most connections, or null if no node is alive; among equals, another one each time. */
function chooseVictim(connections: readonly (number | null)[], breaks: number): number | null {
  const places = connections.map((_, i) => (i + breaks) % connections.length);
  const alive = places.filter((i) => connections[i] !== null);
  if (alive.length === 0) return null;
  return alive.reduce((best, i) => (Number(connections[i]) > Number(connections[best]) ? i : best));
}
