import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { startWitness, type Witness } from '../../src/collect/witness/index.ts';
import { serverSample } from '../support/server-sample.ts';

/** A server that does with each connection what its script says, and speaks when it listens. */
const SERVER = `
  const { openSync } = require('node:fs');
  const kept = [];
  const todo = {
    hold() {},
    burn() { const untilMs = performance.now() + 1000; while (performance.now() < untilMs); },
    sleep() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000); },
    open() { for (let i = 0; i < 50; i++) openSync('/dev/null'); },
    take() { kept.push(Buffer.alloc(64e6, 1)); },
    die() { process.exit(1); },
  };
  const [, what, host, backlog] = process.argv;
  const server = require('node:net').createServer((socket) => { todo[what](); socket.write('!'); });
  server.listen({ port: 0, host, backlog: Number(backlog) }, () => process.send(server.address().port));
  process.on('disconnect', () => process.exit());`;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

interface Started {
  child: ChildProcess;
  port: number;
}

async function startServer(what: string, host = '127.0.0.1', backlog = 100): Promise<Started> {
  const child = spawn(process.execPath, ['-e', SERVER, what, host, String(backlog)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  cleanups.push(() => child.kill('SIGKILL'));
  const [port] = (await once(child, 'message')) as [number];
  return { child, port };
}

async function watch(url: string, samples: Parameters<typeof startWitness>[0]['samples'] = () => null) {
  const witness: Witness = await startWitness({
    clock: systemClock,
    urls: [url],
    samples,
    generatorPids: [],
  });
  cleanups.push(witness.stop);
  await witness.begin();
  return witness;
}

/** Connects, and waits for the first word of each of those that get one, or for their end. */
async function visit({ port }: Started, times = 1, host = '127.0.0.1'): Promise<void> {
  await Promise.all(
    Array.from({ length: times }, () => {
      const socket = connect(port, host);
      cleanups.push(() => socket.destroy());
      socket.on('error', () => {});
      return new Promise<void>((resolve) => {
        socket.on('data', () => resolve());
        socket.on('close', () => resolve());
      });
    }),
  );
}

describe.skipIf(process.platform !== 'linux')('a witness of a target on this machine', () => {
  test.for(['127.0.0.1', '0.0.0.0', '::1', '::'])('finds the process that listens at %s', async (host) => {
    const server = await startServer('hold', host);
    const from = host === '::1' ? '[::1]' : '127.0.0.1';
    const witness = await watch(`ws://${from}:${server.port}/`);
    const { server: place, processes, isGone } = await witness.end();
    expect(place).toBe('here');
    expect(isGone).toBe(false);
    expect(processes.map(({ pid, program, isAlive }) => ({ pid, program, isAlive }))).toEqual([
      { pid: server.child.pid, program: 'node', isAlive: true },
    ]);
  });

  test('sees the descriptors and the memory that it takes', async () => {
    const greedy = await startServer('open');
    const opening = await watch(`ws://127.0.0.1:${greedy.port}`);
    const before = Number((await opening.end()).processes[0].openDescriptors);
    await opening.begin();
    await visit(greedy);
    expect(Number((await opening.end()).processes[0].openDescriptors)).toBe(before + 51);

    const large = await startServer('take');
    const taking = await watch(`ws://127.0.0.1:${large.port}`);
    await visit(large);
    expect((await taking.end()).processes[0].rssBytes).toBeGreaterThan(64e6);
  });

  test('sees that its processor is full, and that one that sleeps has it free', async () => {
    const [busy, idle] = [await startServer('burn'), await startServer('sleep')];
    const [one, other] = [
      await watch(`ws://127.0.0.1:${busy.port}`),
      await watch(`ws://127.0.0.1:${idle.port}`),
    ];
    await Promise.all([visit(busy), visit(idle)]);
    const wanted = async (witness: Witness) => {
      const [{ ranRatio, waitedRatio }] = (await witness.end()).processes;
      return Number(ranRatio) + Number(waitedRatio);
    };
    expect(await wanted(one)).toBeGreaterThan(0.9);
    expect(await wanted(other)).toBeLessThan(0.5);
  });

  test('sees what its own accept queue drops, and not what another’s does', async () => {
    const [small, roomy] = [await startServer('sleep', '127.0.0.1', 1), await startServer('hold')];
    const [ours, others] = [
      await watch(`ws://127.0.0.1:${small.port}`),
      await watch(`ws://127.0.0.1:${roomy.port}`),
    ];
    void visit(small, 5);
    await visit(roomy, 5);
    await expect.poll(async () => (await ours.end()).queue.drops, { timeout: 5000 }).toBeGreaterThan(0);
    const [dropped, kept] = [await ours.end(), await others.end()];
    expect(dropped.queue.backlog).toBe(1);
    expect(dropped.queue.longest).toBeGreaterThan(0);
    expect(kept.queue).toMatchObject({ backlog: 100, drops: 0 });
    // The counter is the machine's: both see it.
    expect(kept.counters.get('TcpExt.ListenOverflows')).toBeGreaterThan(0);
  });

  test('sees that it is gone', async () => {
    const server = await startServer('die');
    const witness = await watch(`ws://127.0.0.1:${server.port}`);
    const ended = once(server.child, 'exit');
    await visit(server);
    await ended;
    const { isGone, processes } = await witness.end();
    expect(isGone).toBe(true);
    expect(processes).toMatchObject([{ pid: server.child.pid, isAlive: false }]);
    expect(processes[0].rssBytes).toBeGreaterThan(1e6);
  });
});

test('of a server elsewhere, and of one where nobody listens, only what clients see is known', async () => {
  for (const url of ['ws://203.0.113.7:81/', 'ws://no-such-host.invalid/', 'ws://127.0.0.1:1/']) {
    const witness = await watch(url);
    expect(await witness.end()).toMatchObject({ server: 'elsewhere', processes: [], isGone: false });
  }
});

test.skipIf(process.platform !== 'linux')(
  'the bundled server’s processes are those that are sampled',
  async () => {
    const [node, broker] = [await startServer('hold'), await startServer('hold')];
    const samples = [
      serverSample({ role: 'node-0', pid: node.child.pid as number }),
      { ...serverSample({ role: 'redis', pid: broker.child.pid as number }), part: 'broker' as const },
      serverSample({ role: 'node-1', pid: 2 ** 30, alive: false }),
    ];
    const witness = await watch(`ws://127.0.0.1:${node.port}`, () => samples);
    expect((await witness.end()).processes.map(({ part, role, pid }) => ({ part, role, pid }))).toEqual([
      { part: 'node', role: 'node-0', pid: node.child.pid },
      { part: 'broker', role: 'redis', pid: broker.child.pid },
    ]);
  },
);
