/**
 * Gateways that hold the connections, and backends behind them that hold none. Clients are dealt out to the gateways;
 * a gateway asks whichever backend has the least to do. Between the gateways is a broker for the rooms.
 *
 *     swarm ──→ gateway-0 ─┬─ HTTP ──→ backend-0
 *           ──→ gateway-1 ─┤      └──→ backend-1        any backend answers for any connection
 *                          └── broker
 *
 * What is broken here are backends, and no client should notice.
 */

import { WsscaleError } from '../../base/errors.ts';
import type { BackendOptions } from '../../server/backend/backend.ts';
import { DEFAULT_GATEWAY_LIMITS } from '../../server/gateway/options.ts';
import {
  type BrokerOptions,
  DEFAULT_NODE_OPTIONS,
  type NodeOptions,
  storeLimits,
} from '../../server/options.ts';
import type { Address } from '../../server/ports.ts';
import { startBroker } from '../broker.ts';
import { startNode } from '../node-process.ts';
import { type PartProcess, startPart } from '../part-process.ts';
import { createProcesses } from '../processes.ts';
import type { Outage, Topology, TopologyOptions } from '../topology.ts';
import type { EdgePlan } from './index.ts';

/** Where backends listen: only gateways need reach them. */
const BACKEND_HOST = '127.0.0.1';

/** A backend that has not answered what it has by then is killed. */
const STOP_TIMEOUT_MS = 2_000;

/** A place behind the gateways: the backend that is there, or was until it was broken. */
interface Slot {
  process: PartProcess;
  port: number;
}

export function createGateways(plan: EdgePlan, options: TopologyOptions): Topology {
  const { clock } = options;
  const { engine } = plan;
  const { host, port, ...nodeOptions } = { ...DEFAULT_NODE_OPTIONS, ...options.node, engine };
  const processes = createProcesses();
  let slots: Slot[] = [];
  let gateways: PartProcess[] = [];
  let kills = 0;

  function startBackend(i: number, at: number | null): PartProcess {
    const argument: BackendOptions = { role: `backend-${i}`, host: BACKEND_HOST, port: at };
    return processes.start(() =>
      startPart({
        part: 'backend',
        role: argument.role,
        title: 'The backend',
        entry: 'server/backend/process',
        argument,
        stopTimeoutMs: STOP_TIMEOUT_MS,
      }),
    );
  }

  function startGateway(index: number, broker: BrokerOptions, backends: readonly Address[]): PartProcess {
    // The gateways have the port that was asked for and those that follow; 0 is any.
    const at = port && port + index;
    const gateway = { ...DEFAULT_GATEWAY_LIMITS, index, backends };
    const node: NodeOptions = { ...nodeOptions, role: `gateway-${index}`, host, port: at, broker, gateway };
    return processes.start(() => startNode(node));
  }

  /** Resolves with the time from when on it answers again. */
  async function startAgain(i: number): Promise<number> {
    const { port } = slots[i];
    const process = startBackend(i, port);
    slots[i] = { process, port };
    return (await process.listening).atMs;
  }

  /** The next backend that is there, one after the other. */
  function choose(): number {
    const places = slots.map((_, i) => (i + kills) % slots.length);
    const i = places.find((place) => slots[place].process.alive);
    if (i === undefined) throw new WsscaleError('TARGET', 'No backend can be broken: none is running.');
    kills++;
    return i;
  }

  /** One backend is killed. The others answer; where there is none, it is started again at once. */
  async function kill(): Promise<Outage> {
    const i = choose();
    const { process } = slots[i];
    // It cannot tell afterwards.
    await process.sample();
    const brokenAtMs = clock.nowMs();
    await process.kill();
    let healing: Promise<number> | null = null;
    const heal = () => {
      healing ??= startAgain(i);
      return healing;
    };
    const othersAnswer = slots.some((slot) => slot.process.alive);
    const acceptedAtMs = othersAnswer ? brokenAtMs : await heal();
    return { role: process.role, brokenAtMs, acceptedAtMs, heal: async () => void (await heal()) };
  }

  /** One backend answers what it has, ends, and starts again. */
  async function restart(): Promise<Outage> {
    const i = choose();
    const { process } = slots[i];
    const brokenAtMs = clock.nowMs();
    await process.stop();
    const othersAnswer = slots.some((slot) => slot.process.alive);
    const againAtMs = await startAgain(i);
    const acceptedAtMs = othersAnswer ? brokenAtMs : againAtMs;
    return { role: process.role, brokenAtMs, acceptedAtMs, heal: async () => {} };
  }

  /** All backends are restarted, one after the other. */
  async function rolling(): Promise<Outage> {
    const brokenAtMs = clock.nowMs();
    let acceptedAtMs = brokenAtMs;
    for (const [i, { process }] of [...slots].entries()) {
      await process.stop();
      const againAtMs = await startAgain(i);
      if (slots.length === 1) acceptedAtMs = againAtMs;
    }
    return { role: 'backends', brokenAtMs, acceptedAtMs, heal: async () => {} };
  }

  return {
    async up() {
      // Gateways that are alone need nothing between them.
      const broker: BrokerOptions =
        plan.gateways === 1
          ? { kind: 'local' }
          : await startBroker({ kind: 'embedded' }, processes, storeLimits(nodeOptions));
      const backends = Array.from({ length: plan.backends }, (_, i) => startBackend(i, null));
      const behind = await Promise.all(backends.map((backend) => backend.listening));
      slots = backends.map((process, i) => ({ process, port: behind[i].port }));
      const addresses = behind.map(({ port }) => ({ host: BACKEND_HOST, port }));
      gateways = Array.from({ length: plan.gateways }, (_, i) => startGateway(i, broker, addresses));
      const listening = await Promise.all(gateways.map((gateway) => gateway.listening));
      const at = listening.map(({ url, port }) => ({ host: new URL(url).hostname, port }));
      await Promise.all(gateways.map((gateway) => gateway.ask({ type: 'gateways', at })));
      return {
        urls: listening.map(({ url }) => url),
        nodes: gateways.map(({ role }, i) => ({ role, url: listening[i].url })),
      };
    },
    sample: processes.sample,
    async settle() {
      // A backend is not at rest before the gateways have let go of it.
      await Promise.all(gateways.map((gateway) => gateway.settle()));
      return processes.settle();
    },
    faults: { kill, restart, rolling },
    died: processes.died,
    down: () => processes.down(stopInOrder),
  };
}

/** Gateways tell the backends of the clients that they say goodbye to, and lose their broker last. */
async function stopInOrder(processes: readonly PartProcess[]): Promise<void> {
  for (const part of ['node', 'backend', 'broker'] as const) {
    await Promise.all(processes.filter((process) => process.part === part).map((process) => process.stop()));
  }
}
