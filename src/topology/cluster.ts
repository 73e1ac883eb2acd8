/**
 * Several nodes of the reference server, a broker between them and a balancer before them, or neither.
 */

import { WsscaleError } from '../base/errors.ts';
import type { TopologyPlan } from '../model/plan.ts';
import {
  type BrokerOptions,
  DEFAULT_NODE_OPTIONS,
  type NodeOptions,
  storeLimits,
} from '../server/options.ts';
import { createBalancer } from './balancer/index.ts';
import { startBroker } from './broker.ts';
import { checkParts } from './installed.ts';
import { startNode } from './node-process.ts';
import type { PartProcess } from './part-process.ts';
import { createProcesses } from './processes.ts';
import type { Outage, Topology, TopologyOptions } from './topology.ts';

/** Where nodes listen that only a balancer need reach. */
const NODE_HOST = '127.0.0.1';

/** A place in the cluster: the node that is there, or was until it was killed. */
interface Slot {
  process: PartProcess;
  port: number;
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
  let slots: Slot[] = [];
  const killed = new Set<PartProcess>();

  function start(i: number, at: number | null): PartProcess {
    const node: NodeOptions = { ...nodeOptions, role: `node-${i}`, host: nodeHost, port: at, broker };
    return processes.start(() => startNode(node));
  }

  /** Kills the node with the most connections; among equals, one after the other. The others take its clients. */
  async function kill(): Promise<Outage> {
    await Promise.all(slots.map(({ process }) => process.sample()));
    const i = chooseVictim(slots.map(connectionsOf), killed.size);
    if (i === null) {
      throw new WsscaleError('TARGET', 'No node of the cluster can be killed: none is running.');
    }
    const { process, port } = slots[i];
    killed.add(process);
    const brokenAtMs = clock.nowMs();
    await process.kill();
    let healing: Promise<number> | null = null;
    /** Resolves with the time from when on it accepts again. */
    const heal = () => {
      healing ??= restart(i, port);
      return healing;
    };
    // Without a balancer, clients come back to the node that they had.
    const othersServe = balancer !== null && slots.some((slot) => connectionsOf(slot) !== null);
    const acceptedAtMs = othersServe ? brokenAtMs : await heal();
    return { role: process.role, brokenAtMs, acceptedAtMs, heal: async () => void (await heal()) };
  }

  /** Null of a node that is not there, or is about to go. */
  function connectionsOf({ process }: Slot): number | null {
    return process.alive && !killed.has(process) ? (process.lastSample?.connections ?? 0) : null;
  }

  async function restart(i: number, port: number): Promise<number> {
    const process = start(i, port);
    slots[i] = { process, port };
    return (await process.listening).atMs;
  }

  return {
    async up() {
      const missing = checkParts(plan);
      if (missing.length > 0) throw new WsscaleError('TARGET', missing.join('\n'));
      broker = await startBroker(plan.broker, processes, storeLimits(nodeOptions));
      // Without a balancer, the nodes have its port and those that follow; 0 is any.
      const portOf = (i: number) => (balancer === null ? port && port + i : null);
      const nodes = Array.from({ length: plan.nodes }, (_, i) => start(i, portOf(i)));
      const listening = await Promise.all(nodes.map((node) => node.listening));
      slots = nodes.map((process, i) => ({ process, port: listening[i].port }));
      const ofNodes = listening.map(({ url }) => url);
      const before = slots.map((slot) => ({ host: NODE_HOST, port: slot.port }));
      return {
        urls: balancer === null ? ofNodes : [await balancer.start(before)],
        nodes: nodes.map(({ role }, i) => ({ role, url: listening[i].url })),
      };
    },
    sample: processes.sample,
    settle: processes.settle,
    faults: { kill },
    died: processes.died,
    down: () => processes.down(stopInOrder),
  };
}

/** Nodes say goodbye to their clients through the balancer, and lose their broker last. */
async function stopInOrder(processes: readonly PartProcess[]): Promise<void> {
  for (const part of ['node', 'balancer', 'broker'] as const) {
    await Promise.all(processes.filter((process) => process.part === part).map((process) => process.stop()));
  }
}

/** The place with the most connections, or null if no node is alive; among equals, another one each time. */
function chooseVictim(connections: readonly (number | null)[], kills: number): number | null {
  const places = connections.map((_, i) => (i + kills) % connections.length);
  const alive = places.filter((i) => connections[i] !== null);
  if (alive.length === 0) return null;
  return alive.reduce((best, i) => (Number(connections[i]) > Number(connections[best]) ? i : best));
}
