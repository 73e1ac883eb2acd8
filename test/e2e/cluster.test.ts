import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import { readRecordOf, runCli, scratch, startCli } from './cli.ts';
import { allGone, descendantsOf } from './processes.ts';

const SCENARIO = `
phases:
  - topology: cluster
    mode: broadcast
    clients: 200
    connectRate: 200
    rooms: 4
    rate: 10
    duration: 3s
    reconnect: full-jitter:first=2s,stable=1s
    herds:
      - { trigger: drop, share: 0.5, hold: 1s, observe: 15s }
      - { trigger: kill, hold: 1s, observe: 15s }
`;

/** Real parts are tested where they are installed; in CI they have to be. */
const hasRealParts = existsSync('/usr/bin/redis-server') && existsSync('/usr/sbin/nginx');
if (!hasRealParts && process.env.CI === undefined) {
  process.stderr.write(
    'SKIPPED: redis-server and nginx are not installed (apt-get install redis-server nginx)\n',
  );
}
const withRealParts = hasRealParts || process.env.CI !== undefined ? test : test.skip;

async function runScenario(flags: string[], scenario = SCENARIO): Promise<{ phase: Phase; folder: string }> {
  const folder = scratch();
  const file = join(folder, 'cluster.yaml');
  writeFileSync(file, scenario);
  const out = join(folder, 'run');
  const { status, stderr } = await runCli(['attack', file, '--out', out, ...flags]);
  expect([0, 3], stderr).toContain(status);
  return { phase: readRecordOf(out).phases[0], folder: out };
}

/** Whatever was sent reached everybody, live or after a return, and both ends count the same. */
function expectNothingLost(phase: Phase): void {
  const { ordering, roomOrdering, fanout, herds, server, messages } = phase;
  expect(roomOrdering).toMatchObject({ streams: 200, missing: 0, duplicates: 0, reordered: 0 });
  expect(ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
  expect(fanout?.delivered).toBe(fanout?.expected);
  expect(fanout?.published).toBe(120);
  // The last sample of the node that was killed is up to a second old.
  expect(server?.rooms?.published).toBeGreaterThan(messages.sent - 40);
  expect(server?.rooms?.published).toBeLessThanOrEqual(messages.sent);
  const recovered = herds.reduce((sum, herd) => sum + herd.recovered, 0);
  expect(recovered).toBeGreaterThan(0);
  expect(recovered).toBe(server?.rooms?.replayed);
  expect(recovered).toBe(roomOrdering?.recovered);
  expect(herds.reduce((sum, herd) => sum + herd.lost, 0)).toBe(server?.rooms?.notReplayed);
}

function expectANodeLost({ herds, topology }: Phase): void {
  const kill = herds[1];
  expect(kill).toMatchObject({ trigger: 'kill', outageMs: 0, neverReturned: 0 });
  expect(topology.balance?.connections).toContain(kill.affected);
  expect(kill.collateral).toMatchObject({ clients: 200 - kill.affected, errors: 0 });
}

describe.concurrent('a cluster of four nodes', () => {
  test('with embedded parts loses nothing to broken connections or a dead node', async () => {
    const { phase } = await runScenario([]);
    expect(phase.topology).toMatchObject({
      kind: 'cluster',
      nodes: 4,
      broker: 'embedded',
      balancer: 'embedded',
    });
    expectNothingLost(phase);
    expectANodeLost(phase);
  });

  withRealParts('with Redis and nginx does the same, and keeps the configuration that it made', async () => {
    const { phase, folder } = await runScenario(['--broker', 'redis', '--balancer', 'nginx']);
    expect(phase.topology).toMatchObject({ kind: 'cluster', nodes: 4, broker: 'redis', balancer: 'nginx' });
    expectNothingLost(phase);
    expectANodeLost(phase);
    expect(readdirSync(folder, { recursive: true }).join('\n')).toMatch(/nginx\.conf/);
  });

  withRealParts(
    'goes on when Redis is killed and started again, and counts what was lost',
    async (context) => {
      const redis = await startRedis(context);
      const folder = scratch();
      const file = join(folder, 'cluster.yaml');
      writeFileSync(file, SCENARIO.replace('duration: 3s', 'duration: 8s').replace(/herds:[\s\S]*/, ''));
      const out = join(folder, 'run');
      const run = startCli([
        'attack',
        file,
        '--redis',
        redis.url,
        '--out',
        out,
        '--gate',
        '*.clients.atEnd == 200',
      ]);
      await run.said(/hold .* msg\/s/);
      await redis.restart();
      const { status, stderr } = await run.done;
      expect([0, 3], stderr).toContain(status);
      const { phases, verdict } = readRecordOf(out);
      const { server, roomOrdering, messages } = phases[0];
      expect(verdict.rules[0].status).toBe('pass');
      expect(server?.rooms?.brokerReconnects).toBe(4);
      // Each publication was either numbered or told to be lost.
      expect((server?.rooms?.published ?? 0) + (server?.rooms?.unpublished ?? 0)).toBe(messages.sent);
      expect(roomOrdering).toMatchObject({ duplicates: 0, reordered: 0 });
    },
  );

  withRealParts('leaves no process behind when the tool is killed, at whatever moment', async () => {
    const moments = [/hold/, /storm/];
    await Promise.all(
      moments.map(async (moment) => {
        const file = join(scratch(), 'cluster.yaml');
        writeFileSync(file, SCENARIO.replace('clients: 200', 'clients: 20'));
        const run = startCli(['attack', file, '--broker', 'redis', '--balancer', 'nginx']);
        await run.said(moment);
        const pids = descendantsOf(run.pid).map(({ pid }) => pid);
        expect(pids.length).toBeGreaterThanOrEqual(7);
        run.process.kill('SIGKILL');
        await run.done;
        expect(await allGone(pids, 5000)).toBe(true);
      }),
    );
  });
});

/** A Redis of the test's own, which keeps nothing. */
async function startRedis({ onTestFinished }: TestContext) {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
  let child = await start();
  onTestFinished(() => void child.kill('SIGKILL'));

  async function start(): Promise<ChildProcess> {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const redis = spawn('/usr/bin/redis-server', args, {
      cwd: scratch(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve) => {
      redis.stdout.on('data', (text) => /Ready to accept/.test(String(text)) && resolve());
    });
    await new Promise<void>((resolve) => {
      const probe = createConnection({ port, host: '127.0.0.1' }, () => probe.end(resolve));
    });
    return redis;
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    async restart() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      child = await start();
    },
  };
}
