/**
 * Where the nodes of a cluster store messages before they publish them, started before them.
 */

import { accessSync, constants, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, freshSeed } from '../base/random.ts';
import type { StorePlan } from '../model/plan.ts';
import type { StoreOptions, StoreProcessOptions } from '../server/options.ts';
import { type PartProcess, startPart } from './part-process.ts';
import { startPostgres } from './postgres.ts';
import type { Processes } from './processes.ts';

const STOP_TIMEOUT_MS = 2_000;

const HOST = '127.0.0.1';

/** A store that is to survive must not be in memory, as the system's folder for temporary files may be. */
const DISK = '/var/tmp';

/**
 * Starts the store, unless it is one that runs already.
 *
 * @returns how nodes find it
 * @throws WsscaleError `TARGET` if it does not start
 */
export async function startStore(plan: StorePlan, processes: Processes): Promise<StoreOptions> {
  const run = freshName();
  switch (plan.kind) {
    case 'none':
      return plan;
    case 'sqlite':
      return { kind: 'sqlite', host: HOST, port: await startSqlite(processes), run };
    case 'postgres':
      return { kind: 'postgres', url: plan.url ?? (await startPostgres(processes, storeFolder)), run };
  }
}

/**
 * The process that writes into SQLite. It comes back when it dies, with what it had: a store outlives its crashes, and
 * the nodes go on without it meanwhile.
 */
async function startSqlite(processes: Processes): Promise<number> {
  const options = { role: 'store', host: HOST, file: join(storeFolder(), 'messages.db') };
  const { port } = await start(null).listening;
  return port;

  function start(port: number | null): PartProcess {
    const argument: StoreProcessOptions = { ...options, port };
    const store = processes.start(
      () =>
        startPart({
          ...{
            part: 'store',
            role: options.role,
            title: 'The store',
            entry: 'server/store/process',
            argument,
          },
          stopTimeoutMs: STOP_TIMEOUT_MS,
        }),
      () =>
        void store.listening
          .then((listened) => start(listened.port))
          // Everything is going down.
          .catch(() => {}),
    );
    return store;
  }
}

function storeFolder(): string {
  return mkdtempSync(join(isWritable(DISK) ? DISK : tmpdir(), 'wsscale-store-'));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs that share a database tell their messages apart. */
function freshName(): string {
  return Math.floor(createRandom(freshSeed(), 'store')() * 2 ** 32).toString(36);
}
