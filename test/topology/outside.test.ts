import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createTopology } from '../../src/topology/index.ts';
import { settleFromOutside, usageFromOutside } from '../../src/topology/outside.ts';

const folder = mkdtempSync(join(tmpdir(), 'wsscale-outside-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program that opens files, takes memory and starts itself again as it is told. */
const PROGRAM = join(folder, 'program.cjs');
writeFileSync(
  PROGRAM,
  `const kept = [];
  const todo = {
    open: (n) => { for (let i = 0; i < n; i++) require('node:fs').openSync('/dev/null') },
    take: (n) => { kept.push(Buffer.alloc(n, 1)) },
    fork: (n) => new Promise((ready) => {
      const child = require('node:child_process').fork(__filename);
      child.send(['open', n]);
      child.once('message', ready);
    }),
  };
  process.on('message', async ([what, n]) => { await todo[what](n); process.send('done') });
  process.on('disconnect', () => process.exit());`,
);

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function start() {
  const child = fork(PROGRAM);
  children.push(child);
  const pid = child.pid as number;
  const tell = async (what: 'open' | 'take' | 'fork', n: number) => {
    child.send([what, n]);
    await once(child, 'message');
  };
  await tell('open', 0);
  return { child, pid, tell };
}

const target = (targetPid: number) =>
  createTopology({ kind: 'target', url: 'ws://127.0.0.1:1' }, { clock: systemClock, targetPid });

describe('a process of another program', () => {
  test('shows each descriptor that it opens', async () => {
    const { pid, tell } = await start();
    const before = await usageFromOutside(pid);
    await tell('open', 3);
    expect((await usageFromOutside(pid)).openDescriptors).toBe(Number(before.openDescriptors) + 3);
  });

  test('shows the memory that it takes', async () => {
    const { pid, tell } = await start();
    const before = await usageFromOutside(pid);
    await tell('take', 32e6);
    const growth = Number((await usageFromOutside(pid)).memoryBytes) - Number(before.memoryBytes);
    expect(growth).toBeGreaterThan(30e6);
  });

  test('counts with the processes that it has started', async () => {
    const { pid, tell } = await start();
    const before = await usageFromOutside(pid);
    await tell('fork', 50);
    const more = Number((await usageFromOutside(pid)).openDescriptors) - Number(before.openDescriptors);
    expect(more).toBeGreaterThan(50);
  });

  test('settles as what it is: seen from outside', async () => {
    const { pid } = await start();
    expect(await settleFromOutside('target', pid, systemClock)).toEqual({
      ...{ role: 'target', pid, memoryIs: 'rss' },
      openDescriptors: expect.any(Number),
      memoryBytes: expect.any(Number),
    });
  });

  test('that has ended shows nothing', async () => {
    const { child, pid } = await start();
    await end(child);
    expect(await usageFromOutside(pid)).toEqual({ openDescriptors: null, memoryBytes: null });
  });
});

describe('a target with a process', () => {
  test('is settled when that is', async () => {
    const { pid } = await start();
    const topology = target(pid);
    expect(await topology.up()).toEqual({ urls: ['ws://127.0.0.1:1'], nodes: [] });
    expect(await topology.settle()).toMatchObject([{ role: 'target', pid, memoryIs: 'rss' }]);
  });

  test('does not come up if there is no such process', async () => {
    const { child, pid } = await start();
    await end(child);
    await expect(target(pid).up()).rejects.toMatchObject({
      code: 'TARGET',
      message: `There is no process ${pid} on this machine, or /proc does not tell of it.`,
    });
  });
});
