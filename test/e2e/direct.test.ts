import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import { readRecordOf, runCli, scratch } from './cli.ts';

const REGIONS = `
phases:
  - topology: regions
    mode: direct
    regions: [us-east-1, eu-west-1, ap-southeast-1]
    clients: 180
    connectRate: 360
    rate: 4
    duration: 4s
`;

const hasRedis = existsSync('/usr/bin/redis-server');
if (!hasRedis && process.env.CI === undefined) {
  process.stderr.write('SKIPPED: redis-server is not installed (apt-get install redis-server)\n');
}
const withRedis = hasRedis || process.env.CI !== undefined ? test : test.skip;

async function run(scenario: string, flags: string[] = []): Promise<{ phase: Phase; summary: string }> {
  const folder = scratch();
  const file = join(folder, 'direct.yaml');
  writeFileSync(file, scenario);
  const out = join(folder, 'run');
  const { status, stdout, stderr } = await runCli(['attack', file, '--out', out, ...flags]);
  expect([0, 3], stderr).toContain(status);
  return { phase: readRecordOf(out).phases[0], summary: stdout };
}

/** What was sent has come, once and in order, and both ends count the same. */
function expectAllDelivered({ ordering, messages, regions }: Phase): void {
  expect(ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0, received: messages.sent });
  expect(messages.foreign).toBe(0);
  const counted = { accepted: messages.sent, delivered: messages.received };
  expect(regions?.messages).toMatchObject({ ...counted, expired: 0, unknown: 0, refused: 0, dropped: 0 });
  expect(regions?.moves?.lost).toBe(0);
}

/** No message can be faster than the network; how much slower it is, only a generator that was fit can tell. */
function expectTheFloor({ regions, generator }: Phase): void {
  for (const { from, to, floorMs, latencyMs, aboveFloorMs } of regions?.pairs ?? []) {
    expect(latencyMs.min, `${from} → ${to}`).toBeGreaterThanOrEqual(floorMs - 0.1);
    if (generator.valid) expect(aboveFloorMs, `${from} → ${to}`).toBeLessThanOrEqual(5);
  }
  expect(regions?.pairs?.length).toBe(9);
}

test('users of different regions write to each other, as fast as the network lets them', async () => {
  const { phase } = await run(REGIONS);

  expectAllDelivered(phase);
  expectTheFloor(phase);
  const { regions, ordering } = phase;
  // Nobody moved, and so nothing was late: 180 streams, evenly from each region to each one.
  expect(regions?.moves).toMatchObject({ moved: 0, misrouted: 0, late: 0 });
  expect(ordering).toMatchObject({ streams: 180, resets: 0 });
  const counts = (regions?.pairs ?? []).map(({ latencyMs }) => latencyMs.count);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(phase.messages.received);
  expect(Math.min(...counts)).toBeGreaterThan(Math.max(...counts) / 2);
  // Each hello was known everywhere, and not before the network let it.
  expect(regions?.convergenceMs?.count).toBe(180);
  expect(regions?.convergenceMs?.min).toBeGreaterThanOrEqual(108);
});

test.each([
  ['one worker', 1],
  ['two workers', 2],
])('users move, and lose nothing: %s', async (_name, workers) => {
  const { phase } = await run(`${REGIONS}    moves: 0.1\n`, ['--workers', String(workers)]);

  expectAllDelivered(phase);
  expectTheFloor(phase);
  const { regions, connect, clients, closes } = phase;
  const moved = regions?.moves?.moved ?? 0;
  expect(Math.abs(moved - 72)).toBeLessThanOrEqual(4);
  expect(connect.established).toBe(clients.established + moved);
  // Who moves on before the word of it has crossed the network is handed over once for both moves.
  expect(regions?.messages?.handovers).toBeLessThanOrEqual(moved);
  expect(regions?.messages?.handovers).toBeGreaterThanOrEqual(moved - 3);
  expect(regions?.moves?.late).toBe(regions?.moves?.lateMs.count);
  expect(closes).toEqual({});
});

withRedis('the same through a Redis in each region', async () => {
  const { phase } = await run(`${REGIONS}    moves: 0.1\n`, ['--broker', 'redis']);

  expectAllDelivered(phase);
  expectTheFloor(phase);
  expect(phase.topology.broker).toBe('redis');
});

test('a region is lost: its users are found where they land, and what is lost is the herd’s', async () => {
  const { phase } = await run(`${REGIONS}
    dnsTtl: 1s
    reconnect: full-jitter:base=200ms,cap=1s,first=1s,stable=1s
    herds: [{ trigger: region, hold: 2s, observe: 30s }]
`);

  const { ordering, herds, regions, messages } = phase;
  expect(ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
  expect(herds[0].neverReturned).toBe(0);
  expect(herds[0].lost).toBe(messages.sent - ordering.received);
  expect(regions?.messages?.rerouted).toBeGreaterThan(0);
});

test('all nodes of a cluster are reached', async () => {
  const { phase } = await run(`
phases:
  - { topology: cluster, nodes: 3, mode: direct, clients: 90, connectRate: 180, rate: 5, duration: 2s }
`);
  expect(phase.ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0, received: 900 });
  expect(phase.latency.oneWayMs?.count).toBe(900);
  expect(phase.regions).toBeNull();
});

test('what cannot be is told before anything is started', async () => {
  const folder = scratch();
  const file = join(folder, 'wrong.yaml');
  writeFileSync(
    file,
    `
phases:
  - { name: a, topology: edge, mode: direct }
  - { name: b, topology: regions, mode: direct, broker: none }
  - { name: c, topology: regions, mode: echo, moves: 0.1 }
  - { name: d, topology: regions, mode: direct, broker: redis-sharded }
`,
  );
  const { status, stderr } = await runCli(['attack', file]);
  expect(status).toBe(2);
  for (const words of [
    'mode: is direct, which an edge does not know',
    'broker: is none, but direct messages need one that connects the nodes',
    'moves: says nothing here: it needs a phase with topology: regions and mode: direct',
    'broker: is a Redis Cluster; direct messages go through the stream of a single Redis',
  ]) {
    expect(stderr).toContain(words);
  }
});
