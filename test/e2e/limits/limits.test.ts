/**
 * Servers with a limit that they do not tell of, one of each kind that can be made here: the search says how many
 * connections they hold, what stops them, and on which side that is. docs/limits.md shows the same table.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import type { Ceiling } from '../../../src/model/record.ts';
import { isInstalled } from '../../topology/programs.ts';
import { readRecordOf, scratch, startCli } from '../cli.ts';
import { childrenOf } from '../processes.ts';
import { type Around, type LimitedServer, lastEntryOf, type Script, startLimited } from './limited-server.ts';

/** Where connects are not what is looked at, a busy machine may be slow with them. */
const PATIENT = ['--objective', 'connectP99=8s'];
const SEARCH = ['--ceiling', '--connect-rate', '1000', '--trial', '300ms', '--search-width', '0.03'];
const BRIEF = ['--rate', '0.1', '--duration', '200ms', '--drain', '100ms'];

interface Limited {
  script: Script;
  around?: Around;
  flags: string[];
  under?: (server: LimitedServer) => string[];
  during?: (run: ReturnType<typeof startCli>) => Promise<void>;
}

/** Searches for the ceiling of a server. */
async function searched(
  { expect, onTestFinished }: TestContext,
  { script, around, flags, under, during }: Limited,
) {
  const server = await startLimited(script, around);
  onTestFinished(() => server.stop());
  const out = join(scratch(), 'run');
  const words = ['attack', '--target', server.url, ...SEARCH, ...BRIEF, ...flags, '--out', out];
  const run = startCli(words, under === undefined ? {} : { under: under(server) });
  await during?.(run);
  const { status, stderr } = await run.done;
  // A generator that was late on a busy machine makes the latencies invalid, and no search.
  expect([0, 3], stderr).toContain(status);
  return { ceiling: readRecordOf(out).phases[0].ceiling as Ceiling, server };
}

function expectNear(value: number | null, truth: number, share: number): void {
  expect(Math.abs(Number(value) / truth - 1), `${value} is not ${truth}`).toBeLessThanOrEqual(share);
}

describe('a limit of connections', () => {
  test.concurrent('a server’s descriptors', async (context) => {
    const { expect } = context;
    const { ceiling, server } = await searched(context, {
      script: {},
      around: { first: ['ulimit -n 900'] },
      flags: ['--clients', '1200', ...PATIENT],
    });
    const { peak } = await server.account();
    expect(ceiling).toMatchObject({
      found: true,
      limiter: { resource: 'file descriptors', side: 'server' },
    });
    expect(ceiling.limiter.evidence).toMatch(/(89\d|900) of 900 descriptors/);
    expectNear(ceiling.connections, peak, 0.02);
  });

  test.concurrent('a cap, and 503 beyond it', async (context) => {
    const { expect } = context;
    const { ceiling, server } = await searched(context, {
      script: { refuseAbove: 500, status: 503 },
      flags: ['--clients', '700', ...PATIENT],
    });
    const { peak, refused } = await server.account();
    expect(ceiling).toMatchObject({ found: true, limiter: { resource: 'admission limit', side: 'server' } });
    expect(ceiling.limiter.evidence).toContain('HTTP_503');
    expect(peak).toBe(500);
    expect(refused).toBeGreaterThan(0);
    expectNear(ceiling.connections, 500, 0.02);
  });

  test.concurrent('a cap, and 1013 beyond it', async (context) => {
    const { expect } = context;
    const { ceiling } = await searched(context, {
      script: { closeAbove: 500, code: 1013 },
      flags: ['--clients', '700', '--search-width', '0.02', ...PATIENT],
    });
    expect(ceiling).toMatchObject({ found: true, limiter: { resource: 'admission limit', side: 'server' } });
    expect(ceiling.limiter.evidence).toMatch(/closed \d+ with 1013/);
    expectNear(ceiling.connections, 500, 0.02);
  });

  test.concurrent('none: all that were asked for are held', async (context) => {
    const { expect } = context;
    const { ceiling, server } = await searched(context, {
      script: {},
      flags: ['--clients', '700', ...PATIENT],
    });
    expect((await server.account()).peak).toBe(700);
    expect(ceiling).toMatchObject({
      connections: 700,
      found: false,
      upperBound: null,
      limiter: { resource: 'requested maximum', side: 'scenario' },
    });
  });
});

describe('a limit of the server’s pace', () => {
  test('a short accept queue before a slow accepter', async (context) => {
    const { ceiling, server } = await searched(context, {
      script: { backlog: 8, acceptMs: 4 },
      flags: ['--clients', '2000', '--search-width', '0.5'],
    });
    expect(ceiling).toMatchObject({ found: true, limiter: { resource: 'accept queue', side: 'server' } });
    expect(ceiling.limiter.evidence).toMatch(/it dropped [\d,]+ connects; .*it holds 8;/);
    const [first] = ceiling.steps;
    const { handshakesPerS } = await server.account(first.established);
    expectNear(first.acceptedPerS, handshakesPerS, 0.1);
  });

  test('a processor that is busy with handshakes', async (context) => {
    const { ceiling, server } = await searched(context, {
      script: { handshakeMs: 5 },
      flags: ['--clients', '2000', '--search-width', '0.5', '--objective', 'connectP99=50ms'],
    });
    expect(ceiling).toMatchObject({ found: true, limiter: { resource: 'processor', side: 'server' } });
    expect(ceiling.limiter.evidence).toMatch(/a thread of target \(node, process \d+\) had a core/);
    const [first] = ceiling.steps;
    const { handshakesPerS } = await server.account(first.established);
    expectNear(first.acceptedPerS, handshakesPerS, 0.1);
  });
});

describe('a limit of memory', () => {
  /** What the evidence says that the server held, in MB. */
  const held = ({ limiter }: Ceiling) => Number(/when it held ([\d.]+) MB/.exec(limiter.evidence)?.[1]);

  test.concurrent('of its heap', async (context) => {
    const { expect } = context;
    const diary = join(scratch(), 'diary');
    const { ceiling } = await searched(context, {
      script: { keep: { heap: 200_000 }, diary },
      around: { node: ['--max-old-space-size=200'] },
      flags: ['--clients', '2000', '--connect-rate', '300', ...PATIENT],
    });
    expect(ceiling).toMatchObject({ found: true, limiter: { resource: 'memory', side: 'server' } });
    expect(ceiling.limiter.evidence).toContain('its heap may have 200 MB');
    expectNear(held(ceiling), lastEntryOf(diary), 0.05);
  });

  test.concurrent('of its control group', async (context) => {
    const { expect } = context;
    const group = memoryGroup(160 * 2 ** 20);
    if (group === null) return context.skip();
    context.onTestFinished(group.remove);
    const diary = join(scratch(), 'diary');
    const { ceiling } = await searched(context, {
      script: { keep: { buffers: 100_000 }, diary },
      around: { first: [`echo $$ > ${group.folder}/cgroup.procs`] },
      flags: ['--clients', '2000', '--connect-rate', '300', ...PATIENT],
    });
    expect(ceiling).toMatchObject({ found: true, limiter: { resource: 'memory', side: 'server' } });
    expect(ceiling.limiter.evidence).toMatch(/was killed for want of memory.*control group may have 160 MB/);
    expectNear(held(ceiling), lastEntryOf(diary), 0.05);
  });
});

describe('a limit of the generator is none of the server’s', () => {
  const canIsolate = canRun('unshare', ['-n', 'true']) && canRun('nsenter', ['--version']);
  const isolated = canIsolate ? test.concurrent : test.skip;
  isolated('too few ports', async (context) => {
    const { expect } = context;
    const first = ['ip link set lo up', 'echo 30000 30599 > /proc/sys/net/ipv4/ip_local_port_range'];
    const { ceiling, server } = await searched(context, {
      script: { host: '::1' },
      around: { under: ['unshare', '-n'], first },
      under: ({ pid }) => ['nsenter', '-t', String(pid), '-n'],
      flags: ['--clients', '800', ...PATIENT],
    });
    expect(ceiling).toMatchObject({
      found: false,
      upperBound: null,
      limiter: { resource: 'ephemeral ports', side: 'generator' },
    });
    expectNear(ceiling.connections, 600, 0.02);
    expect((await server.account()).peak).toBeLessThanOrEqual(600);
  });

  test.concurrent('too few descriptors', async (context) => {
    const { expect } = context;
    const { ceiling } = await searched(context, {
      script: {},
      flags: ['--clients', '1200', ...PATIENT],
      during: async (run) => {
        await run.said(/target +search/);
        for (const { pid, command } of childrenOf(run.pid)) {
          if (command.includes('wsscale-host'))
            execFileSync('prlimit', ['--pid', String(pid), '--nofile=300']);
        }
      },
    });
    expect(ceiling).toMatchObject({
      found: false,
      upperBound: null,
      limiter: { resource: 'file descriptors', side: 'generator' },
    });
    expect(ceiling.limiter.evidence).toContain('EMFILE');
    // However many processes hold the clients, they have far fewer than they want.
    expect(ceiling.connections).toBeLessThan(1200);
  });
});

describe('a limit of what stands before the server', () => {
  const cluster = async (balancer: string, clients: number) => {
    const folder = scratch();
    const file = join(folder, 'cluster.yaml');
    const arrangement = { topology: 'cluster', nodes: 2, balancer };
    const load = { clients, connectRate: 1000, rate: 0.1, duration: '200ms', drain: '100ms' };
    const objective = { connectP99: '8s' };
    const search = { ceiling: true, trial: '300ms', searchWidth: 0.03, objective };
    writeFileSync(file, JSON.stringify({ phases: [{ ...arrangement, ...load, ...search }] }));
    const out = join(folder, 'run');
    const under = ['sh', '-c', 'ulimit -n 900; exec "$@"', 'sh'];
    const { status, stderr } = await startCli(['attack', file, '--out', out], { under }).done;
    expect([0, 3], stderr).toContain(status);
    return readRecordOf(out).phases[0].ceiling as Ceiling;
  };

  test.concurrent('the descriptors of a balancer, two for each client', async (context) => {
    const { expect } = context;
    const ceiling = await cluster('embedded', 800);
    expect(ceiling).toMatchObject({
      found: true,
      limiter: { resource: 'file descriptors', side: 'balancer' },
    });
    // It keeps 200 for itself.
    expectNear(ceiling.connections, (900 - 200) / 2, 0.02);
  });

  const withNginx = isInstalled('nginx') ? test.concurrent : test.skip;
  withNginx('the connections of nginx’s workers', async (context) => {
    const { expect } = context;
    // Each of its workers holds 418: it keeps 64 descriptors, and takes two for each client.
    const workers = Math.min(4, availableParallelism());
    const ceiling = await cluster('nginx', 550 * workers);
    expect(ceiling).toMatchObject({
      found: true,
      limiter: { resource: 'file descriptors', side: 'balancer' },
    });
    expect(ceiling.limiter.evidence).toContain('nginx');
    expect(ceiling.connections).toBeLessThanOrEqual(418 * workers);
  });
});

describe('what others do meanwhile', () => {
  test('another listener’s queue that overflows is not blamed', async (context) => {
    const { onTestFinished } = context;
    const other = await startLimited({ backlog: 1, acceptMs: 1000 });
    onTestFinished(() => other.stop());
    const url = other.url.replace('ws:', 'http:');
    const noise = setInterval(() => {
      const signal = AbortSignal.timeout(1500);
      for (let i = 0; i < 10; i++) void fetch(url, { signal }).catch(() => {});
    }, 200);
    onTestFinished(() => clearInterval(noise));
    const before = overflows();
    const { ceiling } = await searched(context, {
      script: { silentAbove: 300 },
      flags: ['--clients', '400', '--connect-timeout', '1s', '--search-width', '0.3'],
    });
    expect(overflows()).toBeGreaterThan(before + 100);
    expect(ceiling).toMatchObject({ found: true, limiter: { resource: 'accept rate', side: 'server' } });
    expect(ceiling.limiter.evidence).toContain('TIMEOUT');
    expectNear(ceiling.connections, 300, 0.02);
  });
});

/** A control group that may have so much memory; null where this user may make none. */
function memoryGroup(bytes: number): { folder: string; remove: () => void } | null {
  const isOld = existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes');
  const folder = join(isOld ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup', `wsscale-test-${process.pid}`);
  const remove = () => rmdirSync(folder);
  try {
    mkdirSync(folder);
    writeFileSync(join(folder, isOld ? 'memory.limit_in_bytes' : 'memory.max'), String(bytes));
    return { folder, remove };
  } catch (error) {
    if (existsSync(folder)) remove();
    skip(`no control group can be made here (${error})`);
    return null;
  }
}

function canRun(program: string, words: string[]): boolean {
  try {
    execFileSync(program, words, { stdio: 'ignore' });
    return true;
  } catch (error) {
    skip(String(error));
    return false;
  }
}

/** What a machine does not allow cannot be installed, by CI neither; it is told. */
function skip(why: string): void {
  process.stderr.write(`SKIPPED: ${why}\n`);
}

/** How often any accept queue of this machine was full. */
function overflows(): number {
  const [names, values] = readFileSync('/proc/net/netstat', 'utf8').split('\n');
  return Number(values.split(' ')[names.split(' ').indexOf('ListenOverflows')]);
}
