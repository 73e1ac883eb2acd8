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
};

const INSTALLED: ClusterPlan = { ...EMBEDDED, balancer: 'nginx', broker: { kind: 'redis', url: null } };

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
