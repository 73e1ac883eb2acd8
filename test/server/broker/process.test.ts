/**
 * The broker as a process of its own, as it is built. What it does for nodes is in the contract's tests.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { readLimits } from '../../../src/base/limits.ts';
import type { FromNode } from '../../../src/server/control.ts';
import { DEFAULT_BROKER_PROCESS_OPTIONS } from '../../../src/server/options.ts';
import { connectClient } from './client.ts';

const ENTRY = new URL('../../../dist/server/broker/process.js', import.meta.url);

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function start(options = {}): Promise<{ child: ChildProcess; first: FromNode }> {
  const all = { ...DEFAULT_BROKER_PROCESS_OPTIONS, ...options };
  const child = fork(ENTRY, [JSON.stringify(all)], { serialization: 'advanced' });
  children.push(child);
  const [first] = await once(child, 'message');
  return { child, first };
}

it('says where it listens, out of the way of outgoing connections, samples itself, and stops', async () => {
  const { child, first } = await start();
  if (first.type !== 'listening') throw new Error(`it said ${first.type}`);
  expect(first.url).toBe(`tcp://127.0.0.1:${first.port}`);
  expect(first.port).toBeLessThan(readLimits().ephemeralPorts?.[0] ?? 65_536);
  const client = await connectClient({ kind: 'embedded', host: '127.0.0.1', port: first.port });
  await client.open('tea');
  await client.publish('tea', 'hello');
  await client.until(() => client.messages('tea').length === 1);

  child.send({ type: 'sample', id: 7 });
  const [answer] = await once(child, 'message');
  expect(answer).toMatchObject({ type: 'sample', id: 7 });
  expect(answer.sample).toMatchObject({
    ...{ role: 'broker', pid: child.pid, connections: 0, received: 1, sent: 1, rooms: null },
  });

  const ended = once(child, 'exit');
  child.send({ type: 'stop' });
  expect(await ended).toEqual([0, null]);
  await client.until(() => client.losses === 1);
  await client.broker.close();
});

it('ends with its parent, which it knows by the channel', async () => {
  const { child } = await start();
  const ended = once(child, 'exit');
  child.disconnect();
  expect(await ended).toEqual([0, null]);
});

it('leaves it to its parent what a signal of the terminal means', async () => {
  const { child } = await start();
  child.kill('SIGINT');
  child.kill('SIGTERM');
  child.send({ type: 'sample', id: 1 });
  expect((await once(child, 'message'))[0]).toMatchObject({ type: 'sample' });
});

it('says why it cannot listen', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { child, first } = await start({ port });
  expect(first).toMatchObject({ type: 'failed', code: 'TARGET' });
  expect(first).toHaveProperty('message', expect.stringContaining(`port ${port} is already in use`));
  await once(child, 'exit');
  server.close();
});
