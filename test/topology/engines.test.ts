/**
 * The engine that a plan names, as the processes have it that are started.
 */

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../dist/base/clock.js';
import { createTopology } from '../../dist/topology/index.js';
import type { Topology } from '../../dist/topology/topology.js';
import { ENGINE_KINDS, type EngineKind } from '../../src/model/scenario.ts';
import { handshake } from '../server/node-under-test.ts';

const running: Topology[] = [];

afterEach(async () => {
  for (const topology of running.splice(0)) await topology.down();
});

const plansOf = (engine: EngineKind) => [
  { kind: 'single', engine } as const,
  {
    ...({ kind: 'cluster', engine, nodes: 2, balancer: 'none', routing: 'sticky' } as const),
    broker: { kind: 'none' } as const,
    store: { kind: 'none' } as const,
  },
];

/** What tells the engines apart: their answer to a handshake of another version. */
const STATUS: Record<EngineKind, string> = { lean: '426', ws: '400' };

async function statusAt(url: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(handshake('/').replace('Version: 13', 'Version: 99'));
  const [answer] = await once(socket, 'data');
  socket.destroy();
  return String(answer).split(' ')[1];
}

it.each(ENGINE_KINDS.flatMap(plansOf))('$kind: each node has the engine $engine', async (plan) => {
  const topology = createTopology(plan, { clock: systemClock });
  running.push(topology);
  const { nodes } = await topology.up();
  const statuses = await Promise.all(nodes.map(({ url }) => statusAt(url)));
  expect(new Set(statuses)).toEqual(new Set([STATUS[plan.engine]]));
});
