/**
 * However a tool with a cluster ends, nothing of it is left.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { eventually, inhabitants } from './inhabitants.ts';
import { parentOf } from './parent.ts';
import { isInstalled } from './programs.ts';

const WITHIN_MS = 5_000;
/** A cluster needs about this to come up: the random moments lie before it and after it. */
const MOMENTS_MS = 2_500;

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const hasBoth = [isInstalled('nginx'), isInstalled('redis-server')].every(Boolean);

const CLUSTER = {
  ...{ kind: 'cluster', engine: 'ws', nodes: 2, routing: 'sticky', balancer: 'nginx' },
  broker: { kind: 'redis', carrier: 'pubsub', url: null },
  store: { kind: 'none' },
};

interface Parent {
  process: ChildProcess;
  /** Everything that it starts works in here. */
  folder: string;
}

/** @param prologue what the script does before the cluster comes up */
function spawnParent(prologue = ''): Parent {
  const folder = mkdtempSync(join(tmpdir(), 'wsscale-orphans-'));
  const child = spawn(process.execPath, ['--input-type=module', '--eval', prologue + parentOf(CLUSTER)], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
    // A process group of its own, which can be killed as a whole.
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  cleanups.push(async () => {
    child.kill('SIGKILL');
    await eventually(() => inhabitants(folder).length === 0, WITHIN_MS);
    for (const pid of inhabitants(folder)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return { process: child, folder };
}

async function up(): Promise<Parent & { pids: number[] }> {
  const parent = spawnParent();
  await once(parent.process.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  const pids = inhabitants(parent.folder);
  // The parent, two nodes, two supervisors, Redis, nginx and its workers.
  expect(pids.length).toBeGreaterThanOrEqual(8);
  return { ...parent, pids };
}

const isEmpty = (folder: string) => eventually(() => inhabitants(folder).length === 0, WITHIN_MS);

describe.skipIf(!hasBoth)('a cluster of Redis and nginx', () => {
  it('is gone 5 s after its tool was killed, at ten random moments', { timeout: 90_000 }, async () => {
    const random = createRandom(20_261_124, 'moments');
    const moments = Array.from({ length: 10 }, () => Math.floor(random() * MOMENTS_MS));
    const outcomes: { moment: number; left: number[] }[] = [];
    for (const moment of moments) {
      const { process: parent, folder } = spawnParent(
        `setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${moment});`,
      );
      await once(parent, 'exit');
      await isEmpty(folder);
      outcomes.push({ moment, left: inhabitants(folder) });
    }
    expect(outcomes.filter(({ left }) => left.length > 0)).toEqual([]);
  });

  it('is gone after the whole process group of its tool was killed', async () => {
    const { process: parent, folder } = await up();
    process.kill(-(parent.pid as number), 'SIGKILL');
    expect(await isEmpty(folder)).toBe(true);
  });

  it('is gone after everything but the programs themselves was killed at once', async () => {
    const { folder, pids } = await up();
    for (const pid of pids.filter((pid) => /^wsscale-|--eval/.test(commandOf(pid))))
      process.kill(pid, 'SIGKILL');
    expect(await isEmpty(folder)).toBe(true);
  });

  it('has no workers left when the master of nginx was killed', async () => {
    const { folder, pids } = await up();
    const master = pids.find((pid) => commandOf(pid).includes('nginx: master')) as number;
    process.kill(master, 'SIGKILL');
    const isNginx = (pid: number) => commandOf(pid).startsWith('nginx:');
    expect(await eventually(() => !inhabitants(folder).some(isNginx), WITHIN_MS)).toBe(true);
  });

  it('leaves Ctrl-C to its tool', async () => {
    const { process: parent, folder, pids } = await up();
    // The script does not listen to it, so only the tool itself may end by it, and the rest with its channels.
    process.kill(-(parent.pid as number), 'SIGINT');
    await once(parent, 'exit');
    expect(await isEmpty(folder)).toBe(true);
    expect(pids.length).toBeGreaterThan(0);
  });
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
