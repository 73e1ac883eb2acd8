/**
 * Every way of breaking the bundled server, against the real thing: who loses a connection, by which code, who does
 * not, and that everything is as before when it is healed.
 */

import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../dist/base/clock.js';
import { createTopology } from '../../dist/topology/index.js';
import { isNode, type NodeSample } from '../../dist/topology/sample.js';
import type { Outage, ServerTrigger, Topology } from '../../dist/topology/topology.js';
import type { TopologyPlan } from '../../src/model/plan.ts';
import { isInstalled } from './programs.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const CLUSTER = {
  ...{ kind: 'cluster', engine: 'lean', nodes: 3, balancer: 'embedded', routing: 'stateless' },
  ...{ broker: { kind: 'embedded' }, store: { kind: 'none' } },
} as const satisfies TopologyPlan;

const PER_NODE = 4;

interface TestClient {
  /** Its close code; null while it is connected. */
  code: number | null;
  closed: Promise<unknown>;
}

async function up(plan: TopologyPlan): Promise<{ topology: Topology; url: string }> {
  const topology = createTopology(plan, { clock: systemClock });
  cleanups.push(() => topology.down());
  const { urls } = await topology.up();
  return { topology, url: urls[0] };
}

async function open(url: string): Promise<TestClient> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  cleanups.push(() => socket.terminate());
  await once(socket, 'open');
  const client: TestClient = { code: null, closed: once(socket, 'close') };
  socket.on('close', (code) => {
    client.code = code;
  });
  return client;
}

/** One after the other, so that each comes to the node that has the fewest. */
async function openMany(url: string, count: number): Promise<TestClient[]> {
  const clients: TestClient[] = [];
  while (clients.length < count) clients.push(await open(url));
  return clients;
}

async function breakIt(topology: Topology, trigger: ServerTrigger): Promise<Outage> {
  const fault = topology.faults[trigger];
  if (fault === undefined) throw new Error(`no ${trigger}`);
  return fault();
}

const nodesOf = async (topology: Topology): Promise<NodeSample[]> =>
  ((await topology.sample()) ?? []).filter(isNode);

/** Resolves when so many have lost their connections; more than that are seen afterwards. */
async function lost(clients: TestClient[], count: number): Promise<TestClient[]> {
  const gone = () => clients.filter(({ code }) => code !== null);
  while (gone().length < count)
    await Promise.race(clients.flatMap((c) => (c.code === null ? [c.closed] : [])));
  return gone();
}

/** Of those that are alive, by role. */
function connectionsOf(nodes: NodeSample[]): Record<string, number> {
  return Object.fromEntries(nodes.flatMap((node) => (node.alive ? [[node.role, node.connections]] : [])));
}

const codesOf = (clients: TestClient[]) => clients.map(({ code }) => code);

const notDead = (topology: Topology) => Promise.race([topology.died, Promise.resolve('nobody')]);

describe.each(['lean', 'ws'] as const)('a single node with the engine %s', (engine) => {
  it.each<[ServerTrigger, number, boolean]>([
    ['kill', 1006, true],
    ['restart', 1012, true],
    ['close', 1001, false],
    ['reset', 1006, false],
  ])('%s: all of its clients lose their connections by %i', async (trigger, code, isNewProcess) => {
    const { topology, url } = await up({ kind: 'single', engine });
    const clients = await openMany(url, 6);
    const [before] = await nodesOf(topology);
    const outage = await breakIt(topology, trigger);
    expect(codesOf(await lost(clients, 6))).toEqual(Array(6).fill(code));
    expect(outage.role).toBe('node');
    if (isNewProcess) expect(outage.acceptedAtMs).toBeGreaterThan(outage.brokenAtMs);
    else expect(outage.acceptedAtMs).toBe(outage.brokenAtMs);
    await outage.heal();
    await openMany(url, 6);
    const nodes = await nodesOf(topology);
    expect(nodes.map(({ alive }) => alive)).toEqual(isNewProcess ? [false, true] : [true]);
    expect(connectionsOf(nodes)).toEqual({ node: 6 });
    // A dead one tells no more of its end; all others have counted it.
    const closed = trigger === 'kill' ? 0 : 6;
    expect(nodes[0]).toMatchObject({ pid: before.pid, opened: isNewProcess ? 6 : 12, closed });
    expect(await notDead(topology)).toBe('nobody');
  });

  it('blackhole: it answers nobody for a while, and then all find that it is gone', async () => {
    const { topology, url } = await up({ kind: 'single', engine });
    const clients = await openMany(url, 6);
    const breaking = breakIt(topology, 'blackhole');
    const { acceptedAtMs, brokenAtMs, heal } = await breaking;
    expect(codesOf(await lost(clients, 6))).toEqual(Array(6).fill(1006));
    expect(acceptedAtMs - brokenAtMs).toBeGreaterThan(5_000);
    expect(acceptedAtMs - brokenAtMs).toBeLessThan(15_000);
    await heal();
    await openMany(url, 6);
    expect(connectionsOf(await nodesOf(topology))).toEqual({ node: 6 });
    expect(await notDead(topology)).toBe('nobody');
  });
});

it('a swallowed node does not answer, and takes nobody, while its connections stay', async () => {
  const { topology, url } = await up({ kind: 'single', engine: 'lean' });
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  let heard = 0;
  socket.on('message', () => heard++);
  socket.send('before');
  await once(socket, 'message');
  const startMs = systemClock.nowMs();
  const breaking = breakIt(topology, 'blackhole');
  const asking = setInterval(() => socket.send('is anybody there?'), 100);
  const late = new WebSocket(url, { perMessageDeflate: false });
  const refusal = new Promise((resolve) => late.on('error', () => {}).on('close', resolve));
  await once(socket, 'close');
  clearInterval(asking);
  expect(systemClock.nowMs() - startMs).toBeGreaterThan(4_900);
  // What was sent in the moment before it fell silent may have been answered.
  expect(heard).toBeLessThanOrEqual(2);
  await refusal;
  await breaking;
  await openMany(url, 1);
});

it('a node that is swallowed when the topology goes down is ended all the same', async () => {
  const { topology, url } = await up({ kind: 'single', engine: 'lean' });
  const [client] = await openMany(url, 1);
  const [{ pid }] = await nodesOf(topology);
  const breaking = breakIt(topology, 'blackhole');
  const [outcome] = await Promise.allSettled([breaking, topology.down()]);
  expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'TARGET' } });
  await client.closed;
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

describe.each([
  { balancer: 'embedded' as const, runs: true },
  { balancer: 'nginx' as const, runs: isInstalled('nginx') },
])('a cluster behind the balancer $balancer', ({ balancer, runs }) => {
  const test = it.skipIf(!runs);
  const plan: TopologyPlan = { ...CLUSTER, balancer };

  test.each<[ServerTrigger, number]>([
    ['kill', 1006],
    ['restart', 1012],
    ['close', 1001],
    ['reset', 1006],
    ['drain', 1012],
    ['blackhole', 1006],
  ])(
    '%s: the clients of one node lose their connections by %i, and nobody else does',
    async (trigger, code) => {
      const { topology, url } = await up(plan);
      const clients = await openMany(url, 3 * PER_NODE);
      expect(connectionsOf(await nodesOf(topology))).toEqual({ 'node-0': 4, 'node-1': 4, 'node-2': 4 });
      const outage = await breakIt(topology, trigger);
      expect(outage.acceptedAtMs).toBe(outage.brokenAtMs);
      expect(codesOf(await lost(clients, PER_NODE))).toEqual(Array(PER_NODE).fill(code));
      // Whoever lost a connection gets another one, of a drained node at the others.
      await openMany(url, PER_NODE);
      const meanwhile = connectionsOf(await nodesOf(topology));
      if (trigger === 'drain') expect(meanwhile[outage.role]).toBe(0);
      if (trigger === 'kill' || trigger === 'blackhole') expect(meanwhile[outage.role]).toBe(undefined);
      await Promise.all([outage.heal(), outage.heal()]);
      await comesBack(topology, url, outage.role);
      expect(clients.filter((client) => client.code !== null)).toHaveLength(PER_NODE);
      expect(await notDead(topology)).toBe('nobody');
    },
  );

  test('rolling: each node is replaced, all clients lose a connection by 1012, and one node at a time', async () => {
    const { topology, url } = await up(plan);
    const clients = await openMany(url, 3 * PER_NODE);
    const before = await nodesOf(topology);
    const away: number[] = [];
    const again: Promise<TestClient>[] = [];
    for (const client of clients) {
      void client.closed.then(() => {
        away.push(clients.filter(({ code }) => code !== null).length);
        // It comes back at once, and finds a node each time.
        again.push(open(url));
      });
    }
    const outage = await breakIt(topology, 'rolling');
    expect(outage.acceptedAtMs).toBe(outage.brokenAtMs);
    expect(codesOf(await lost(clients, 3 * PER_NODE))).toEqual(Array(3 * PER_NODE).fill(1012));
    expect(away).toHaveLength(3 * PER_NODE);
    await Promise.all(again);
    const after = await nodesOf(topology);
    expect(after.filter(({ alive }) => !alive).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
    expect(after.filter(({ alive }) => alive).map(({ role }) => role)).toEqual([
      'node-0',
      'node-1',
      'node-2',
    ]);
    await outage.heal();
    await comesBack(topology, url, 'node-0');
    expect(await notDead(topology)).toBe('nobody');
  });
});

/** Waits until a node is given clients again, as it is once it is whole. */
async function comesBack(topology: Topology, url: string, role: string): Promise<void> {
  const before = connectionsOf(await nodesOf(topology))[role];
  let now = before;
  while (now === before) {
    await open(url);
    now = connectionsOf(await nodesOf(topology))[role];
  }
}

describe('nodes without a balancer', () => {
  const ALONE: TopologyPlan = { ...CLUSTER, balancer: 'none' };

  it('can neither be drained nor deployed one after the other', async () => {
    const { topology } = await up(ALONE);
    expect(Object.keys(topology.faults).sort()).toEqual(['blackhole', 'close', 'kill', 'reset', 'restart']);
  });

  it('restart: the node is back before its clients can return, who go nowhere else', async () => {
    const topology = createTopology(ALONE, { clock: systemClock });
    cleanups.push(() => topology.down());
    const { urls } = await topology.up();
    const clients = await openMany(urls[1], 2);
    const [stays] = await openMany(urls[0], 1);
    const outage = await breakIt(topology, 'restart');
    expect(outage.role).toBe('node-1');
    expect(outage.acceptedAtMs).toBeGreaterThan(outage.brokenAtMs);
    expect(codesOf(await lost(clients, 2))).toEqual([1012, 1012]);
    await openMany(urls[1], 2);
    expect(stays.code).toBe(null);
  });
});

it('storms hit one node after the other, if all have as many clients', async () => {
  const { topology, url } = await up(CLUSTER);
  const roles: string[] = [];
  for (let i = 0; i < 3; i++) {
    await openMany(url, 3);
    roles.push((await breakIt(topology, 'close')).role);
    // Whoever lost a connection comes back, so that all have as many again.
    while (new Set(Object.values(connectionsOf(await nodesOf(topology)))).size > 1) await open(url);
  }
  expect([...roles].sort()).toEqual(['node-0', 'node-1', 'node-2']);
});
