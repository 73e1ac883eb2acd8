/**
 * The single node as its users get it: built, and in a process of its own.
 */

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../dist/base/clock.js';
import { DEFAULT_NODE_OPTIONS, type NodeOptions } from '../../dist/server/options.js';
import { createTopology } from '../../dist/topology/index.js';
import type { Topology } from '../../dist/topology/topology.js';
import { readLimits } from '../../src/base/limits.ts';
import type { FromNode } from '../../src/server/control.ts';
import { PARENT } from './parent.ts';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function createSingle(node: Partial<NodeOptions> = {}): Topology {
  const topology = createTopology({ kind: 'single', engine: 'ws' }, { clock: systemClock, node });
  cleanups.push(() => topology.down());
  return topology;
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  cleanups.push(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

/** Resolves with the close code. */
async function closeOf(socket: WebSocket): Promise<number> {
  const [code] = await once(socket, 'close');
  return code;
}

/** Resolves when nobody listens there any more. While a process ends, its connections go before its port. */
async function refusal(url: string): Promise<void> {
  let message = '';
  while (!message.includes('ECONNREFUSED')) {
    message = await connect(url).then(() => '', String);
  }
}

/** Resolves when connections are taken there again. */
async function acceptance(url: string): Promise<void> {
  while (
    !(await connect(url).then(
      () => true,
      () => false,
    ))
  );
}

async function expectEcho(url: string): Promise<void> {
  const socket = await connect(url);
  socket.send('hello');
  const [message] = await once(socket, 'message');
  expect(String(message)).toBe('hello');
}

/** The id of the node's process. */
async function pidOf(topology: Topology): Promise<number> {
  const samples = await topology.sample();
  return samples?.find(({ alive }) => alive)?.pid as number;
}

const isGone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

const portOf = (url: string) => Number(new URL(url).port);

describe('a single node', () => {
  it('comes up out of the way of outgoing connections, serves, is sampled, and goes down', async () => {
    const topology = createSingle();
    const { urls, nodes } = await topology.up();
    expect(nodes).toEqual([{ role: 'node', url: urls[0] }]);
    expect(portOf(urls[0])).toBeGreaterThanOrEqual(10_000);
    expect(portOf(urls[0])).toBeLessThan(readLimits().ephemeralPorts?.[0] ?? 65_536);
    await expectEcho(urls[0]);
    const [sample, ...others] = (await topology.sample()) ?? [];
    expect(others).toEqual([]);
    expect(sample).toMatchObject({
      ...{ role: 'node', alive: true, connections: 1, opened: 1, closed: 0 },
      ...{ rejected: 0, received: 1, sent: 1, dropped: 0 },
    });
    expect(sample.pid).not.toBe(process.pid);
    expect(sample.atMs).toBeLessThanOrEqual(systemClock.nowMs());
    expect(sample.cpuS).toBeGreaterThan(0);
    await topology.down();
    expect(isGone(sample.pid)).toBe(true);
    // Its last word counts the goodbyes, too.
    const { pid, opened } = sample;
    expect(await topology.sample()).toMatchObject([{ pid, opened, alive: false, connections: 0, closed: 1 }]);
  });

  it('says goodbye to its connections when it goes down', async () => {
    const topology = createSingle();
    const { urls } = await topology.up();
    const socket = await connect(urls[0]);
    const [code] = await Promise.all([closeOf(socket), topology.down(), topology.down()]);
    expect(code).toBe(1001);
  });

  it('leaves Ctrl-C and SIGTERM to its parent', async () => {
    const topology = createSingle();
    const { urls } = await topology.up();
    const pid = await pidOf(topology);
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGTERM');
    await expectEcho(urls[0]);
    expect(await pidOf(topology)).toBe(pid);
  });

  it('is killed if it does not go down by itself', async () => {
    const topology = createSingle();
    await topology.up();
    const pid = await pidOf(topology);
    process.kill(pid, 'SIGSTOP');
    await topology.down();
    expect(isGone(pid)).toBe(true);
  });

  it('offers its options to the node', async () => {
    const topology = createSingle({ legacyMetricNames: true, maxPayloadBytes: 10 });
    const { urls } = await topology.up();
    const metrics = await fetch(`${urls[0].replace('ws:', 'http:')}/metrics`);
    expect(await metrics.text()).toContain('\nwebsocket_connections_total{server="node"} 0\n');
    const socket = await connect(urls[0]);
    socket.send('eleven byte');
    expect(await closeOf(socket)).toBe(1009);
  });
});

describe('a kill', () => {
  it('breaks the connections and brings the node back on the same port, its counters kept', async () => {
    const topology = createSingle();
    const { urls } = await topology.up();
    const socket = await connect(urls[0]);
    const broken = closeOf(socket);
    const [before] = (await topology.sample()) ?? [];
    const killedAtMs = systemClock.nowMs();
    const { brokenAtMs, acceptedAtMs } = await (topology.faults.kill?.() ?? Promise.reject());
    expect(await broken).toBe(1006);
    expect(brokenAtMs).toBeGreaterThanOrEqual(killedAtMs);
    expect(acceptedAtMs).toBeGreaterThan(brokenAtMs);
    expect(acceptedAtMs).toBeLessThanOrEqual(systemClock.nowMs());
    await expectEcho(urls[0]);
    const [dead, alive, ...others] = (await topology.sample()) ?? [];
    expect(others).toEqual([]);
    expect(dead).toEqual({ ...before, alive: false });
    expect(alive).toMatchObject({ alive: true, opened: 1, received: 1 });
    expect(alive.pid).not.toBe(dead.pid);
  });

  it('can be repeated', async () => {
    const topology = createSingle();
    const { urls } = await topology.up();
    for (let i = 0; i < 3; i++) await topology.faults.kill?.();
    await expectEcho(urls[0]);
  });

  it('leaves nothing behind when the topology goes down meanwhile', async () => {
    const topology = createSingle();
    const { urls } = await topology.up();
    const pid = await pidOf(topology);
    const killing = topology.faults.kill?.();
    const [outcome] = await Promise.allSettled([killing, topology.down()]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'TARGET' } });
    expect(isGone(pid)).toBe(true);
    await expect(connect(urls[0])).rejects.toThrow('ECONNREFUSED');
  });

  it('leaves nothing behind when the topology goes down while the node comes back', async () => {
    const topology = createSingle();
    const { urls } = await topology.up();
    const socket = await connect(urls[0]);
    const killing = topology.faults.kill?.();
    await closeOf(socket);
    const [outcome] = await Promise.allSettled([killing, topology.down()]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'TARGET' } });
    await expect(connect(urls[0])).rejects.toThrow('ECONNREFUSED');
  });

  it('is refused before there is a node, and while another is under way', async () => {
    const topology = createSingle();
    const cannot = { code: 'TARGET', message: 'The reference server cannot be broken: it is not running.' };
    await expect(topology.faults.kill?.()).rejects.toMatchObject(cannot);
    await topology.up();
    const first = topology.faults.kill?.();
    await expect(topology.faults.kill?.()).rejects.toMatchObject(cannot);
    await first;
  });
});

describe('a death that nobody asked for', () => {
  it('is reported, and leaves the last sample', async () => {
    const topology = createSingle();
    await topology.up();
    await topology.faults.kill?.();
    const pid = await pidOf(topology);
    process.kill(pid, 'SIGKILL');
    expect(await topology.died).toEqual({ role: 'node', pid, exitCode: null, signal: 'SIGKILL' });
    expect(await topology.sample()).toMatchObject([{ pid, alive: false }]);
    await expect(topology.faults.kill?.()).rejects.toMatchObject({ code: 'TARGET' });
  });

  it('does not keep a sample waiting', async () => {
    const topology = createSingle();
    await topology.up();
    const pid = await pidOf(topology);
    process.kill(pid, 'SIGSTOP');
    const sampling = topology.sample();
    process.kill(pid, 'SIGKILL');
    expect((await sampling)?.map(({ alive }) => alive)).toEqual([false]);
  });
});

describe('a node that cannot start', () => {
  async function occupy(): Promise<number> {
    const server: Server = createServer().listen(0, '127.0.0.1');
    cleanups.push(() => void server.close());
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  }

  it('says why, and what to do', async () => {
    const port = await occupy();
    const topology = createSingle({ port });
    await expect(topology.up()).rejects.toMatchObject({
      name: 'WsscaleError',
      code: 'TARGET',
      message: `The reference server cannot listen on 127.0.0.1:${port}: port ${port} is already in use. Stop what listens there, or choose another port.`,
    });
    expect(await topology.sample()).toEqual([]);
  });

  it('is not started once the topology is down', async () => {
    const topology = createSingle();
    await topology.down();
    await expect(topology.up()).rejects.toMatchObject({ code: 'TARGET' });
  });

  it('is ended when the topology goes down meanwhile', async () => {
    const topology = createSingle();
    const [outcome] = await Promise.allSettled([topology.up(), topology.down()]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'TARGET' } });
  });
});

describe('the process of a node', () => {
  const ENTRY = new URL('../../dist/server/node.js', import.meta.url);

  async function forkNode(): Promise<{ child: ChildProcess; url: string }> {
    const child = fork(ENTRY, [JSON.stringify(DEFAULT_NODE_OPTIONS)], { serialization: 'advanced' });
    cleanups.push(() => void child.kill('SIGKILL'));
    const [message] = (await once(child, 'message')) as [FromNode];
    return { child, url: (message as Extract<FromNode, { type: 'listening' }>).url };
  }

  it('drains and stops when it is told to', async () => {
    const { child, url } = await forkNode();
    const socket = await connect(url);
    child.send({ type: 'drain' });
    child.send({ type: 'sample', id: 1 });
    expect(await once(child, 'message')).toMatchObject([
      { type: 'sample', id: 1, sample: { connections: 1 } },
      undefined,
    ]);
    await expect(connect(url)).rejects.toThrow('503');
    child.send({ type: 'stop' });
    const [code, [exitCode]] = await Promise.all([closeOf(socket), once(child, 'exit')]);
    expect([code, exitCode]).toEqual([1001, 0]);
  });

  it('stands still when it is told to, and then goes on', async () => {
    const { child, url } = await forkNode();
    const socket = await connect(url);
    const startMs = systemClock.nowMs();
    child.send({ type: 'hang', id: 7, forMs: 600 });
    expect(await once(child, 'message')).toEqual([{ type: 'done', id: 7 }, undefined]);
    socket.send('hello');
    await once(socket, 'message');
    expect(systemClock.nowMs() - startMs).toBeGreaterThanOrEqual(600);
  });

  it('ends, if its parent has gone, as soon as it has stood still for long enough', async () => {
    const { child } = await forkNode();
    child.send({ type: 'hang', id: 7, forMs: 600 });
    await once(child, 'message');
    const startMs = systemClock.nowMs();
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(systemClock.nowMs() - startMs).toBeGreaterThan(300);
  });

  it('says another goodbye if it is told one, and a last word about itself', async () => {
    const { child, url } = await forkNode();
    const socket = await connect(url);
    const closing = once(socket, 'close');
    child.send({ type: 'stop', goodbye: { how: 'close', code: 1012, reason: 'back soon' } });
    const last = once(child, 'message');
    const [code, reason] = await closing;
    expect([code, String(reason)]).toEqual([1012, 'back soon']);
    const counted = { connections: 0, opened: 1, closed: 1 };
    expect(await last).toMatchObject([{ type: 'sample', sample: counted }, undefined]);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ends with its channel', async () => {
    const { child } = await forkNode();
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ends at once where there is no channel', async () => {
    const child = spawn(process.execPath, [ENTRY.pathname, JSON.stringify(DEFAULT_NODE_OPTIONS)]);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('survives running out of descriptors', async () => {
    // A shell can lower the limit, and hands the channel on.
    const run = ['-c', 'ulimit -n 64 && exec "$0" "$@"', process.execPath, ENTRY.pathname];
    const child = spawn('sh', [...run, JSON.stringify(DEFAULT_NODE_OPTIONS)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    cleanups.push(() => void child.kill('SIGKILL'));
    const [{ url }] = (await once(child, 'message')) as [Extract<FromNode, { type: 'listening' }>];
    const sockets = Array.from({ length: 80 }, () =>
      connectTcp(portOf(url), '127.0.0.1').on('error', () => {}),
    );
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    // The first that finds no descriptor is closed by the node.
    await Promise.race(sockets.map((socket) => once(socket.resume(), 'close')));
    for (const socket of sockets) socket.destroy();
    await acceptance(url);
    child.send({ type: 'stop' });
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ends when its parent is killed', async () => {
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', PARENT]);
    cleanups.push(() => void parent.kill('SIGKILL'));
    const [line] = await once(parent.stdout, 'data');
    const url = String(line).trim();
    const socket = await connect(url);
    const closing = closeOf(socket);
    parent.kill('SIGKILL');
    expect(await closing).toBe(1006);
    await refusal(url);
  });
});
