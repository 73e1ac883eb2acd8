/**
 * A cluster as its users get it: built, its parts in processes of their own.
 */

import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../dist/base/clock.js';
import { createTopology } from '../../dist/topology/index.js';
import { isNode } from '../../dist/topology/sample.js';
import type { Topology } from '../../dist/topology/topology.js';
import type { TopologyPlan } from '../../src/model/plan.ts';
import { freePort } from '../support/raw-server.ts';
import { inhabitants, isGone } from './inhabitants.ts';
import { isInstalled } from './programs.ts';

type ClusterPlan = Extract<TopologyPlan, { kind: 'cluster' }>;

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const EMBEDDED: ClusterPlan = {
  ...{ kind: 'cluster', engine: 'ws', nodes: 3, balancer: 'embedded', routing: 'stateless' },
  broker: { kind: 'embedded' },
  store: { kind: 'none' },
};

const INSTALLED: ClusterPlan = {
  ...EMBEDDED,
  balancer: 'nginx',
  broker: { kind: 'redis', carrier: 'pubsub', url: null },
};

function createCluster(plan: ClusterPlan, folder?: string): Topology {
  const topology = createTopology(plan, { clock: systemClock, ...(folder === undefined ? {} : { folder }) });
  cleanups.push(() => topology.down());
  return topology;
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  cleanups.push(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

async function expectEcho(url: string): Promise<void> {
  const socket = await connect(url);
  socket.send('hello');
  expect(String((await once(socket, 'message'))[0])).toBe('hello');
}

const kill = (topology: Topology) => topology.faults.kill?.() ?? Promise.reject(new Error('no kill'));

const hasBoth = [isInstalled('nginx'), isInstalled('redis-server')].every(Boolean);

describe.each([
  { name: 'of embedded parts', plan: EMBEDDED, broker: 'broker', runs: true },
  { name: 'of Redis and nginx', plan: INSTALLED, broker: 'redis', runs: hasBoth },
])('a cluster $name', ({ plan, broker, runs }) => {
  const test = it.skipIf(!runs);

  test('comes up, deals out its clients, is sampled part by part, and goes down', async () => {
    const topology = createCluster(plan);
    const { urls, nodes } = await topology.up();
    expect(urls).toHaveLength(1);
    expect(nodes.map(({ role }) => role)).toEqual(['node-0', 'node-1', 'node-2']);
    const sockets: WebSocket[] = [];
    for (let i = 0; i < 9; i++) sockets.push(await connect(urls[0]));
    await expectEcho(urls[0]);
    const samples = (await topology.sample()) ?? [];
    expect(samples.map(({ part, role }) => [part, role])).toEqual([
      ['broker', broker],
      ...nodes.map(({ role }) => ['node', role]),
      ['balancer', 'balancer'],
    ]);
    expect(samples.every(({ alive, rssBytes }) => alive && (rssBytes ?? 0) > 1e6)).toBe(true);
    const held = samples.filter(isNode).map(({ connections }) => connections);
    expect(held.reduce((sum, count) => sum + count, 0)).toBe(10);
    expect(Math.min(...held)).toBe(3);
    const goodbyes = sockets.map(async (socket) => (await once(socket, 'close'))[0]);
    await topology.down();
    expect(new Set(await Promise.all(goodbyes))).toEqual(new Set([1001]));
    expect(samples.filter(({ pid }) => !isGone(pid))).toEqual([]);
    expect((await topology.sample())?.every(({ alive }) => !alive)).toBe(true);
  });

  test('carries a room over its nodes', async () => {
    const topology = createCluster(plan);
    const { nodes } = await topology.up();
    const [first, second] = await Promise.all(nodes.slice(0, 2).map(({ url }) => connect(`${url}/rooms`)));
    const hear = (socket: WebSocket, what: RegExp) =>
      new Promise<void>((resolve) => {
        socket.on('message', (data) => void (what.test(String(data)) && resolve()));
      });
    const joined = [first, second].map((socket) => hear(socket, /^JOINED r /));
    for (const socket of [first, second]) socket.send('JOIN r');
    await Promise.all(joined);
    const heard = hear(second, /across/);
    first.send('PUB r\nacross');
    await heard;
  });

  test('loses one node when it is killed, the busiest, and gets it back where it was', async () => {
    const topology = createCluster(plan);
    const { urls, nodes } = await topology.up();
    const [, busy] = nodes;
    const lost = await connect(busy.url);
    const closing = once(lost, 'close');
    const outage = await kill(topology);
    expect(outage.role).toBe(busy.role);
    expect(outage.acceptedAtMs).toBe(outage.brokenAtMs);
    expect((await closing)[0]).toBe(1006);
    for (let i = 0; i < 6; i++) await expectEcho(urls[0]);
    await expect(connect(busy.url)).rejects.toThrow('ECONNREFUSED');
    await Promise.all([outage.heal(), outage.heal()]);
    await expectEcho(busy.url);
    const samples = (await topology.sample()) ?? [];
    expect(samples.filter(({ role }) => role === busy.role).map(({ alive }) => alive)).toEqual([false, true]);
    expect(await Promise.race([topology.died, Promise.resolve('nobody')])).toBe('nobody');
  });

  test.each([broker, 'node-1', 'balancer'])('tells that its %s died', async (role) => {
    const topology = createCluster(plan);
    await topology.up();
    const { pid } = (await topology.sample())?.find((sample) => sample.role === role) ?? { pid: 0 };
    process.kill(pid, 'SIGKILL');
    expect(await topology.died).toEqual({ role, pid, exitCode: null, signal: 'SIGKILL' });
  });

  test('leaves nothing when it goes down while it comes up', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wsscale-test-'));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    const topology = createCluster(plan, folder);
    const [outcome] = await Promise.allSettled([topology.up(), topology.down()]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'TARGET' } });
    expect((await topology.sample())?.filter(({ pid }) => !isGone(pid))).toEqual([]);
    expect(inhabitants(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(true);
  });
});

describe('nodes with nothing between them', () => {
  const ALONE: ClusterPlan = { ...EMBEDDED, balancer: 'none', broker: { kind: 'none' } };

  it('are each an address of its own, and the only processes', async () => {
    const topology = createCluster(ALONE);
    const { urls, nodes } = await topology.up();
    expect(urls).toEqual(nodes.map(({ url }) => url));
    expect(new Set(urls).size).toBe(3);
    for (const url of urls) await expectEcho(url);
    const samples = (await topology.sample()) ?? [];
    expect(samples.map(({ part, role }) => [part, role])).toEqual(nodes.map(({ role }) => ['node', role]));
    await topology.down();
    expect(samples.filter(({ pid }) => !isGone(pid))).toEqual([]);
  });

  it('know nothing of each other: a room is one node’s', async () => {
    const { urls } = await createCluster(ALONE).up();
    const sockets = await Promise.all(urls.map((url) => connect(`${url}/rooms`)));
    const heard = sockets.map((): string[] => []);
    for (const [i, socket] of sockets.entries()) {
      const joined = once(socket, 'message');
      socket.send('JOIN r');
      await joined;
      socket.on('message', (data) => void heard[i].push(String(data).split('\n')[1]));
    }
    for (const [i, socket] of sockets.entries()) {
      const published = once(socket, 'message');
      socket.send(`PUB r\nof ${i}`);
      await published;
    }
    expect(heard).toEqual([['of 0'], ['of 1'], ['of 2']]);
  });

  it('lose their busiest when it is killed, and have it back before its clients can return', async () => {
    const topology = createCluster(ALONE);
    const { urls, nodes } = await topology.up();
    const [, busy] = nodes;
    const stayed = await connect(urls[0]);
    const lost = [await connect(busy.url), await connect(busy.url)];
    const closing = lost.map((socket) => once(socket, 'close'));
    const outage = await kill(topology);
    expect(outage.role).toBe(busy.role);
    expect(outage.acceptedAtMs).toBeGreaterThan(outage.brokenAtMs);
    expect((await Promise.all(closing)).map(([code]) => code)).toEqual([1006, 1006]);
    await expectEcho(busy.url);
    await outage.heal();
    const samples = (await topology.sample()) ?? [];
    expect(samples.filter(({ role }) => role === busy.role).map(({ alive }) => alive)).toEqual([false, true]);
    expect(stayed.readyState).toBe(WebSocket.OPEN);
    expect(await Promise.race([topology.died, Promise.resolve('nobody')])).toBe('nobody');
  });

  it('can be killed one after the other, and each comes back', async () => {
    const topology = createCluster({ ...ALONE, nodes: 2 });
    const { urls } = await topology.up();
    const outages = [await kill(topology), await kill(topology)];
    expect(outages.map(({ role }) => role).sort()).toEqual(['node-0', 'node-1']);
    for (const url of urls) await expectEcho(url);
  });

  it('share a broker all the same where there is one, without a balancer', async () => {
    const { urls } = await createCluster({ ...ALONE, broker: { kind: 'embedded' } }).up();
    const [first, second] = await Promise.all(urls.slice(0, 2).map((url) => connect(`${url}/rooms`)));
    for (const socket of [first, second]) {
      const joined = once(socket, 'message');
      socket.send('JOIN r');
      await joined;
    }
    const heard = once(second, 'message');
    first.send('PUB r\nacross');
    expect(String((await heard)[0])).toMatch(/^MSG r 1 .*\nacross$/);
  });

  it('behind a balancer, but without a broker, are sampled without one', async () => {
    const topology = createCluster({ ...EMBEDDED, broker: { kind: 'none' } });
    const { urls } = await topology.up();
    expect(urls).toHaveLength(1);
    await expectEcho(urls[0]);
    const parts = (await topology.sample())?.map(({ part }) => part);
    expect(parts).toEqual(['node', 'node', 'node', 'balancer']);
  });

  it('listen where they are told to, at one port after the other', async () => {
    // Nobody else is at that address, so that the ports behind a free one are free, too.
    const port = await freePort();
    const topology = createTopology(ALONE, { clock: systemClock, node: { host: '127.0.0.2', port } });
    cleanups.push(() => topology.down());
    const { urls } = await topology.up();
    expect(urls).toEqual([0, 1, 2].map((i) => `ws://127.0.0.2:${port + i}`));
    for (const url of urls) await expectEcho(url);
  });
});

describe('killing nodes', () => {
  it('takes one after the other, and the last one back at once', async () => {
    const topology = createCluster({ ...EMBEDDED, nodes: 2 });
    const { urls } = await topology.up();
    const [first, second] = [await kill(topology), await kill(topology)];
    expect([first.role, second.role].sort()).toEqual(['node-0', 'node-1']);
    expect(second.acceptedAtMs).toBeGreaterThan(second.brokenAtMs);
    await second.heal();
    let answered = false;
    while (!answered)
      answered = await expectEcho(urls[0]).then(
        () => true,
        () => false,
      );
  });

  it('is refused where there are none', async () => {
    const topology = createCluster(EMBEDDED);
    await expect(kill(topology)).rejects.toMatchObject({ code: 'TARGET' });
  });
});
