/**
 * Durable Objects on the workerd that is installed here. One process of it holds all connections and has all objects;
 * what those store outlasts it.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { WsscaleError } from '../../base/errors.ts';
import { DEFAULT_NODE_OPTIONS } from '../../server/options.ts';
import { connectHost, freePort, urlHost } from '../address.ts';
import { checkParts, findProgram } from '../installed.ts';
import type { InterruptSignal } from '../messages.ts';
import type { PartProcess } from '../part-process.ts';
import { createProcesses } from '../processes.ts';
import { startSupervised } from '../supervised.ts';
import type { ProgramOptions } from '../supervisor/program.ts';
import type { Outage, Topology, TopologyOptions } from '../topology.ts';
import type { EdgePlan } from './index.ts';
import { writeWorkerd } from './workerd-config.ts';

const ROLE = 'workerd';

export function createWorkerd(plan: EdgePlan, { clock, node, folder }: TopologyOptions): Topology {
  const { host, port } = { ...DEFAULT_NODE_OPTIONS, ...node };
  const processes = createProcesses();
  let program: ProgramOptions | null = null;
  let workerd: PartProcess | null = null;

  function start(options: ProgramOptions): PartProcess {
    workerd = processes.start(() => startSupervised('edge', options));
    return workerd;
  }

  /** Ends it, and with it all connections, and starts it again on the same port. */
  async function broken(signal: InterruptSignal): Promise<Outage> {
    if (program === null || workerd === null || !workerd.alive) {
      throw new WsscaleError('TARGET', 'workerd cannot be broken: it is not running.');
    }
    const brokenAtMs = clock.nowMs();
    await workerd.interrupt(signal);
    const { atMs } = await start(program).listening;
    return { role: ROLE, brokenAtMs, acceptedAtMs: atMs, heal: async () => {} };
  }

  return {
    async up() {
      const missing = checkParts(plan);
      if (missing.length > 0) throw new WsscaleError('TARGET', missing.join('\n'));
      program = await configure(host, port, folder ?? null, clock.wallTime().getTime());
      const { url } = await start(program).listening;
      return { urls: [url], nodes: [{ role: ROLE, url }] };
    },
    sample: processes.sample,
    settle: processes.settle,
    faults: { kill: () => broken('SIGKILL'), restart: () => broken('SIGTERM') },
    died: processes.died,
    down: () =>
      processes.down(async (all) => {
        await Promise.all(all.map((process) => process.stop()));
        // What an interrupted one left is not its successor's to remove, if there is none.
        for (const path of program?.leftovers ?? []) rmSync(path, { recursive: true, force: true });
      }),
  };
}

/** @param folder where to keep what it is configured with; null: not kept */
async function configure(
  host: string,
  port: number | null,
  folder: string | null,
  epoch: number,
): Promise<ProgramOptions> {
  const chosen = await freePort(host, port);
  const tempFolder = mkdtempSync(join(tmpdir(), 'wsscale-workerd-'));
  const storageFolder = join(tempFolder, 'storage');
  mkdirSync(storageFolder);
  const configFile = writeWorkerd(resolve(folder ?? tempFolder), {
    host,
    port: chosen,
    storageFolder,
    epoch,
  });
  return {
    ...{ role: ROLE, name: 'workerd', file: findProgram('workerd') as string, readiness: 'accepts' },
    ...{ host: connectHost(host), port: chosen, url: `ws://${urlHost(host)}:${chosen}`, holdsClients: true },
    args: ['serve', configFile],
    leftovers: [tempFolder],
  };
}
