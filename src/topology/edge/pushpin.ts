/**
 * Fanout's way, on the Pushpin that is installed here: it holds the connections, asks a backend over HTTP for each
 * message, and is told over HTTP what is published.
 *
 *     swarm ──→ Pushpin ── WebSocket over HTTP ──→ backend-0, or the next one that answers ──→ rooms
 *                  ↑                                                                             │
 *                  └───────────────────────────── publish ───────────────────────────────────────┘
 *
 * What is broken here are backends, and a client notices only if its own message is lost with one.
 */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WsscaleError } from '../../base/errors.ts';
import { connectionsPerProcess, readLimits } from '../../base/limits.ts';
import type { GripOptions } from '../../server/grip/options.ts';
import { DEFAULT_NODE_OPTIONS } from '../../server/options.ts';
import { connectHost, freePort, urlHost } from '../address.ts';
import { checkParts, findProgram } from '../installed.ts';
import { type PartProcess, startPart } from '../part-process.ts';
import { createProcesses } from '../processes.ts';
import { startSupervised } from '../supervised.ts';
import type { ProgramOptions } from '../supervisor/program.ts';
import type { Outage, Topology, TopologyOptions } from '../topology.ts';
import type { EdgePlan } from './index.ts';
import { writePushpin } from './pushpin-config.ts';

/** Where everything listens that only Pushpin need reach. */
const BEHIND = '127.0.0.1';

/** A backend that has not answered what it has by then is killed. */
const STOP_TIMEOUT_MS = 2_000;

/** A place behind Pushpin: the backend that is there, or was until it was broken. */
interface Slot {
  process: PartProcess;
  port: number;
}

export function createPushpin(plan: EdgePlan, { clock, node, folder }: TopologyOptions): Topology {
  const { host, port, rooms: limits } = { ...DEFAULT_NODE_OPTIONS, ...node };
  const processes = createProcesses();
  let slots: Slot[] = [];
  let roomsUrl = '';

  function startGrip(part: 'backend' | 'broker', argument: GripOptions): PartProcess {
    return processes.start(() =>
      startPart({
        ...{ part, role: argument.role, title: 'The backend', entry: 'server/grip/process', argument },
        stopTimeoutMs: STOP_TIMEOUT_MS,
      }),
    );
  }

  function startBackend(i: number, at: number | null): PartProcess {
    return startGrip('backend', { does: 'backend', role: `backend-${i}`, host: BEHIND, port: at, roomsUrl });
  }

  /** Breaks a backend and starts it again; Pushpin asks nobody else for the connections that it has. */
  async function replace(i: number, end: (backend: PartProcess) => Promise<void>): Promise<number> {
    const { process, port: at } = slots[i];
    if (!process.alive) throw new WsscaleError('TARGET', 'The backend cannot be broken: it is not running.');
    await end(process);
    const next = startBackend(i, at);
    slots[i] = { process: next, port: at };
    return (await next.listening).atMs;
  }

  /** Breaks the backend that has the connections. */
  async function broken(end: (backend: PartProcess) => Promise<void>): Promise<Outage> {
    const brokenAtMs = clock.nowMs();
    const acceptedAtMs = await replace(0, end);
    return { role: 'backend-0', brokenAtMs, acceptedAtMs, heal: async () => {} };
  }

  /** All backends are restarted, one after the other. */
  async function rolling(): Promise<Outage> {
    const brokenAtMs = clock.nowMs();
    let acceptedAtMs = brokenAtMs;
    for (const i of slots.keys()) acceptedAtMs = await replace(i, (backend) => backend.stop());
    return { role: 'backends', brokenAtMs, acceptedAtMs, heal: async () => {} };
  }

  return {
    async up() {
      const missing = checkParts(plan);
      if (missing.length > 0) throw new WsscaleError('TARGET', missing.join('\n'));
      const controlPort = await freePort(BEHIND, null);
      const publishUrl = `http://${BEHIND}:${controlPort}/publish/`;
      const rooms = startGrip('broker', {
        ...{ does: 'rooms', role: 'rooms', host: BEHIND, port: null, limits, publishUrl },
      });
      roomsUrl = (await rooms.listening).url;
      const backends = Array.from({ length: plan.backends }, (_, i) => startBackend(i, null));
      const behind = await Promise.all(backends.map((backend) => backend.listening));
      slots = backends.map((process, i) => ({ process, port: behind[i].port }));
      const program = await configure(host, port, folder ?? null, {
        controlPort,
        backends: slots.map((slot) => ({ host: BEHIND, port: slot.port })),
      });
      const { url } = await processes.start(() => startSupervised('edge', program)).listening;
      return { urls: [url], nodes: [{ role: program.role, url }] };
    },
    sample: processes.sample,
    settle: processes.settle,
    faults: {
      kill: () => broken((backend) => backend.kill()),
      restart: () => broken((backend) => backend.stop()),
      rolling,
    },
    died: processes.died,
    down: () => processes.down(stopInOrder),
  };
}

/** @param folder where to keep what it is configured with; null: not kept */
async function configure(
  host: string,
  port: number | null,
  folder: string | null,
  behind: { controlPort: number; backends: { host: string; port: number }[] },
): Promise<ProgramOptions> {
  const chosen = await freePort(host, port);
  const runFolder = mkdtempSync(join(tmpdir(), 'wsscale-pushpin-'));
  const configFile = writePushpin(folder ?? runFolder, {
    ...{ host, port: chosen, controlHost: BEHIND, runFolder, ...behind },
    maxConnections: connectionsPerProcess(readLimits()),
  });
  return {
    ...{ role: 'pushpin', name: 'pushpin', file: findProgram('pushpin') as string, readiness: 'http' },
    ...{ host: connectHost(host), port: chosen, url: `ws://${urlHost(host)}:${chosen}`, holdsClients: true },
    args: ['--config', configFile],
    leftovers: [runFolder],
  };
}

/** It loses its backends after its clients, and those lose their rooms last. */
async function stopInOrder(processes: readonly PartProcess[]): Promise<void> {
  for (const part of ['edge', 'backend', 'broker'] as const) {
    await Promise.all(processes.filter((process) => process.part === part).map((process) => process.stop()));
  }
}
