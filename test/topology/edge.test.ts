/**
 * Gateways and backends as their users get them: built, and in processes of their own.
 */

import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../dist/base/clock.js';
import { createTopology } from '../../dist/topology/index.js';
import type { ProcessSample } from '../../dist/topology/sample.js';
import type { ServerTrigger, Topology } from '../../dist/topology/topology.js';
import { toEdge } from '../../src/collect/edge.ts';
import type { Edge } from '../../src/model/edge.ts';
import type { TopologyPlan } from '../../src/model/plan.ts';

type EdgePlan = Extract<TopologyPlan, { kind: 'edge' }>;

const EDGE: EdgePlan = { kind: 'edge', edge: 'gateway', engine: 'lean', gateways: 2, backends: 2 };

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function createEdge(plan: Partial<EdgePlan> = {}): Topology {
  const topology = createTopology({ ...EDGE, ...plan }, { clock: systemClock });
  cleanups.push(() => topology.down());
  return topology;
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  cleanups.push(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

async function ask(socket: WebSocket, text: string): Promise<string> {
  const answer = once(socket, 'message');
  socket.send(text);
  return String((await answer)[0]);
}

async function samplesOf(topology: Topology): Promise<ProcessSample[]> {
  return (await topology.sample()) ?? [];
}

async function edgeOf(topology: Topology): Promise<Edge> {
  return toEdge(await samplesOf(topology)) as Edge;
}

const isGone = (pid: number) => !readdirSync('/proc').includes(String(pid));

describe('an edge', () => {
  it('has gateways that clients connect to, a broker between them, backends behind, and nothing when it is down', async () => {
    const topology = createEdge();
    const { urls, nodes } = await topology.up();
    expect(urls).toEqual(nodes.map(({ url }) => url));
    expect(nodes.map(({ role }) => role)).toEqual(['gateway-0', 'gateway-1']);
    for (const url of urls) expect(await ask(await connect(url), 'hello')).toBe('hello');
    const samples = await samplesOf(topology);
    expect(samples.map(({ part, role }) => [part, role])).toEqual([
      ['broker', 'broker'],
      ['backend', 'backend-0'],
      ['backend', 'backend-1'],
      ['node', 'gateway-0'],
      ['node', 'gateway-1'],
    ]);
    // Backends hold no connections, and have answered all that the gateways asked.
    const backends = samples.filter(({ part }) => part === 'backend');
    expect(backends.map(({ connections }) => connections)).toEqual([0, 0]);
    expect(backends.reduce((sum, { sent }) => sum + Number(sent), 0)).toBe(4);
    expect(toEdge(samples)).toMatchObject({
      ...{ gateways: 2, backends: 2, backendRestarts: 0, retried: 0 },
      events: { connect: 2, message: 2, disconnect: 0 },
      answered: { connect: 2, message: 2, disconnect: 0 },
    });
    await topology.down();
    expect(samples.filter(({ pid }) => !isGone(pid))).toEqual([]);
  });

  it('with one gateway has no broker', async () => {
    const topology = createEdge({ gateways: 1, backends: 1 });
    const { urls } = await topology.up();
    expect(await ask(await connect(urls[0]), 'hello')).toBe('hello');
    expect((await samplesOf(topology)).map(({ part }) => part)).toEqual(['backend', 'node']);
  });

  it('has rooms that span its gateways', async () => {
    const { urls } = await createEdge().up();
    const [first, second] = await Promise.all(urls.map((url) => connect(`${url}/rooms`)));
    for (const socket of [first, second]) expect(await ask(socket, 'JOIN r')).toMatch(/^JOINED r 0 /);
    const heard = once(second, 'message');
    first.send('PUB r\nacross');
    expect(String((await heard)[0])).toMatch(/^MSG r 1 \d+\nacross$/);
  });
});

describe.each<{ trigger: ServerTrigger; backends: number; restarts: number }>([
  { trigger: 'restart', backends: 2, restarts: 1 },
  { trigger: 'restart', backends: 1, restarts: 1 },
  { trigger: 'kill', backends: 2, restarts: 1 },
  { trigger: 'kill', backends: 1, restarts: 1 },
  { trigger: 'rolling', backends: 2, restarts: 2 },
])('$trigger with $backends backends', ({ trigger, backends, restarts }) => {
  it('breaks no connection and loses no message', async () => {
    const topology = createEdge({ backends });
    const { urls } = await topology.up();
    const sockets = await Promise.all(Array.from({ length: 20 }, (_, i) => connect(urls[i % 2])));
    const closed: number[] = [];
    for (const socket of sockets) socket.on('close', (code) => closed.push(code));
    let isOver = false;
    const talking = sockets.map(async (socket) => {
      let said = 0;
      for (; !isOver; said++) expect(await ask(socket, `message ${said}`)).toBe(`message ${said}`);
      return said;
    });
    // Who was never looked at, and ends in a hurry, is not known to have been there.
    await samplesOf(topology);
    const outage = await topology.faults[trigger]?.();
    await outage?.heal();
    isOver = true;
    const said = (await Promise.all(talking)).reduce((sum, count) => sum + count, 0);
    expect(closed).toEqual([]);
    const edge = await edgeOf(topology);
    expect(edge.events).toEqual({ connect: 20, message: said, disconnect: 0 });
    expect(edge.answered).toEqual(edge.events);
    expect(edge.failed).toEqual({ connect: 0, message: 0, disconnect: 0 });
    expect(edge.backendRestarts).toBe(restarts);
    if (outage === undefined) throw new Error('it cannot be broken so');
    if (backends > 1) expect(outage.acceptedAtMs).toBe(outage.brokenAtMs);
    else expect(outage.acceptedAtMs).toBeGreaterThan(outage.brokenAtMs);
    expect(await Promise.race([topology.died, Promise.resolve('nobody')])).toBe('nobody');
  });
});

it('kills one backend after the other', async () => {
  const topology = createEdge();
  await topology.up();
  const first = await topology.faults.kill?.();
  const second = await topology.faults.kill?.();
  expect([first?.role, second?.role]).toEqual(['backend-0', 'backend-1']);
  await first?.heal();
  await second?.heal();
  expect((await edgeOf(topology)).backendRestarts).toBe(2);
});

it('tells that a backend died unasked', async () => {
  const topology = createEdge();
  await topology.up();
  const { pid } = (await samplesOf(topology)).find(({ role }) => role === 'backend-1') as ProcessSample;
  process.kill(pid, 'SIGKILL');
  expect(await topology.died).toEqual({ role: 'backend-1', pid, exitCode: null, signal: 'SIGKILL' });
});
