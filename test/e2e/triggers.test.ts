/**
 * Every trigger through the real command line: the clients count as many broken connections, by the codes that they
 * saw, as the nodes had.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import { readRecordOf, runCli, scratch } from './cli.ts';

const CLIENTS = 60;

const RUN = {
  seed: 5,
  defaults: {
    ...{ clients: CLIENTS, connectRate: 300, rate: 5, duration: '1s', nodes: 3, heartbeat: '300ms' },
    reconnect: 'full-jitter:base=200ms,cap=1s,first=500ms,stable=100ms',
  },
};

const herds = (...triggers: string[]) =>
  triggers.map((trigger) => ({ trigger, hold: '500ms', observe: '20s' }));

async function run(phases: object[]): Promise<Phase[]> {
  const folder = scratch();
  const file = join(folder, 'triggers.yaml');
  writeFileSync(file, JSON.stringify({ ...RUN, phases }));
  const { status, stderr } = await runCli(['attack', file, '--out', join(folder, 'run'), '--quiet']);
  expect([0, 3], stderr).toContain(status);
  return readRecordOf(join(folder, 'run')).phases;
}

/** What the clients saw, by code. */
const closesOf = ({ closes }: Phase) =>
  Object.fromEntries(Object.entries(closes).map(([code, { count }]) => [code, count]));

/** What all phases have in common: all came back, nothing else broke, and those who live were not taken for dead. */
function expectSound(phase: Phase): void {
  expect(phase.clients.atEnd).toBe(CLIENTS);
  expect(phase.ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
  for (const herd of phase.herds) {
    expect(herd).toMatchObject({ neverReturned: 0, collateral: { errors: 0 } });
    expect(herd.collateral.clients).toBe(CLIENTS - herd.affected);
  }
  expect(phase.heartbeat).toMatchObject({ dead: 0 });
  expect(phase.heartbeat?.pings).toBeGreaterThan(CLIENTS);
}

describe.concurrent('storms of the server', () => {
  test('hit all clients of a single node, and each sees the code of its trigger', async () => {
    const [phase] = await run([{ herds: herds('restart', 'close', 'reset', 'kill') }]);
    expectSound(phase);
    expect(phase.herds.map(({ affected }) => affected)).toEqual(Array(4).fill(CLIENTS));
    expect(closesOf(phase)).toEqual({ 1012: CLIENTS, 1001: CLIENTS, 1006: 2 * CLIENTS });
    expect(phase.closes['1012'].reasons).toEqual({ 'the server restarts': CLIENTS });
    const [restart, close, reset, kill] = phase.herds;
    expect(restart.outageMs).toBeGreaterThan(0);
    expect(kill.outageMs).toBeGreaterThan(0);
    expect([close.outageMs, reset.outageMs]).toEqual([0, 0]);
  });

  test('hit the clients of one node of a cluster, and nobody else', async () => {
    const [phase] = await run([
      { topology: 'cluster', routing: 'stateless', herds: herds('restart', 'drain', 'close', 'reset') },
    ]);
    expectSound(phase);
    const [restart, drain, close, reset] = phase.herds.map(({ affected }) => affected);
    for (const affected of [restart, drain, close, reset]) {
      expect(affected).toBeGreaterThanOrEqual(CLIENTS / 3);
      expect(affected).toBeLessThan(CLIENTS);
    }
    expect(closesOf(phase)).toEqual({ 1012: restart + drain, 1001: close, 1006: reset });
    expect(phase.herds.map(({ outageMs }) => outageMs)).toEqual([0, 0, 0, 0]);
  });

  test('of a deployment are one herd of all clients, some of whom it meets twice', async () => {
    const [phase] = await run([{ topology: 'cluster', routing: 'stateless', herds: herds('rolling') }]);
    expectSound(phase);
    const [rolling] = phase.herds;
    expect(rolling).toMatchObject({ trigger: 'rolling', affected: CLIENTS, outageMs: 0 });
    expect(Object.keys(phase.closes)).toEqual(['1012']);
    expect(phase.closes['1012'].count).toBeGreaterThanOrEqual(CLIENTS);
    const nodes = phase.server?.processes.filter(({ role }) => role.startsWith('node-')) ?? [];
    expect(nodes.map(({ connections }) => connections === null).sort()).toEqual([
      ...[false, false, false],
      ...[true, true, true],
    ]);
  });

  test('swallow a node: its clients learn of it 5 s later, and what they sent until then is lost', async () => {
    const [alone, cluster] = await run([
      { name: 'alone', herds: herds('blackhole') },
      { name: 'cluster', topology: 'cluster', routing: 'stateless', herds: herds('blackhole') },
    ]);
    expectSound(alone);
    expectSound(cluster);
    expect(alone.herds[0]).toMatchObject({ affected: CLIENTS });
    expect(alone.herds[0].outageMs).toBeGreaterThan(5000);
    expect(cluster.herds[0]).toMatchObject({ affected: CLIENTS / 3, outageMs: 0 });
    expect(cluster.herds[0].t50Ms).toBeGreaterThan(5000);
    for (const phase of [alone, cluster]) {
      const [{ affected, lost }] = phase.herds;
      expect(closesOf(phase)).toEqual({ 1006: affected });
      // 5 messages a second of each, for 5 s.
      expect(lost).toBeGreaterThan(20 * affected);
      expect(lost).toBeLessThan(30 * affected);
    }
  });
});
