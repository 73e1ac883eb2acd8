/**
 * What the processes of the bundled server tell of themselves at rest, built and in processes of their own.
 */

import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../dist/base/clock.js';
import { createTopology } from '../../dist/topology/index.js';
import type { Topology } from '../../dist/topology/topology.js';
import type { TopologyPlan } from '../../src/model/plan.ts';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function up(plan: TopologyPlan): Promise<{ topology: Topology; url: string }> {
  const topology = createTopology(plan, { clock: systemClock });
  cleanups.push(() => topology.down());
  const { urls } = await topology.up();
  return { topology, url: urls[0] };
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  cleanups.push(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

describe('a node at rest', () => {
  it('has as many descriptors as before its connections', async () => {
    const { topology, url } = await up({ kind: 'single', engine: 'lean' });
    const before = await topology.settle();
    expect(before).toMatchObject([{ role: 'node', memoryIs: 'collected-heap' }]);
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connect(url)));
    for (const socket of sockets) socket.close();
    const after = await topology.settle();
    expect(after?.[0].openDescriptors).toBe(before?.[0].openDescriptors);
    expect(after?.[0].pid).toBe(before?.[0].pid);
  });

  it('has waited for its last connection', async () => {
    const { topology, url } = await up({ kind: 'single', engine: 'lean' });
    const [before] = (await topology.settle()) ?? [];
    const socket = await connect(url);
    const settling = topology.settle();
    // It is asked for a sample after it was asked to settle, so it has begun to.
    expect(await topology.sample()).toMatchObject([{ connections: 1 }]);
    socket.close();
    expect((await settling)?.[0].openDescriptors).toBe(before.openDescriptors);
  });
});

describe('a cluster at rest', () => {
  it('is told process by process', async () => {
    const { topology, url } = await up({
      ...{ kind: 'cluster', engine: 'lean', nodes: 2, balancer: 'embedded', routing: 'sticky' },
      broker: { kind: 'embedded' },
      store: { kind: 'none' },
    });
    const before = await topology.settle();
    const socket = await connect(url);
    socket.close();
    await once(socket, 'close');
    const after = await topology.settle();
    const roles = ['broker', 'node-0', 'node-1', 'balancer'];
    expect(after?.map(({ role }) => role).sort()).toEqual(roles.sort());
    expect(after?.map(({ openDescriptors }) => openDescriptors)).toEqual(
      before?.map(({ openDescriptors }) => openDescriptors),
    );
  });
});
