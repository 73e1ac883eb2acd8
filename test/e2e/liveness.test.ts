/**
 * Clients that notice a silent server by themselves, through the real command line.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRecordOf, runCli, scratch } from './cli.ts';

const CLIENTS = 60;

async function run(phases: object[]) {
  const folder = scratch();
  const file = join(folder, 'liveness.yaml');
  const defaults = {
    ...{ clients: CLIENTS, connectRate: 300, nodes: 3, liveness: '1s', drain: '1s' },
    reconnect: 'full-jitter:base=200ms,cap=1s,first=500ms,stable=100ms',
  };
  writeFileSync(file, JSON.stringify({ seed: 5, defaults, phases }));
  const { status, stderr } = await runCli(['attack', file, '--out', join(folder, 'run'), '--quiet']);
  expect([0, 3], stderr).toContain(status);
  return readRecordOf(join(folder, 'run')).phases;
}

test('who hears nothing of a node that was swallowed goes to another one, seconds before its host is gone', async () => {
  const [phase] = await run([
    {
      ...{ topology: 'cluster', routing: 'stateless', rate: 5, duration: '1s' },
      herds: [{ trigger: 'blackhole', hold: '500ms', observe: '20s' }],
    },
  ]);
  const [herd] = phase.herds;
  expect(herd).toMatchObject({ affected: CLIENTS / 3, neverReturned: 0 });
  expect(herd.t50Ms).toBeGreaterThan(1000);
  expect(herd.t50Ms).toBeLessThan(3000);
  expect(herd.collateral.errors).toBe(0);
  expect(Object.keys(phase.closes)).toEqual(['1006']);
  expect(phase.closes['1006'].reasons).toEqual({
    'nothing was heard of the server': phase.closes['1006'].count,
  });
  expect(phase.ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
  expect(phase.clients.atEnd).toBe(CLIENTS);
});

test.each(['raw', 'ws'])(
  'nobody takes a server for dead that has nothing to say but answers: %s',
  async (transport) => {
    const [phase] = await run([{ topology: 'single', transport, rate: 0, duration: '6s' }]);
    expect(phase.closes).toEqual({});
    expect(phase.connect).toMatchObject({ attempts: CLIENTS, established: CLIENTS });
    expect(phase.clients.atEnd).toBe(CLIENTS);
  },
);
