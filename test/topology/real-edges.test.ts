/**
 * Edges that are not ours, as they are installed here: they must do for clients what the bundled server does.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../dist/base/clock.js';
import { createTopology } from '../../dist/topology/index.js';
import type { ProcessSample } from '../../dist/topology/sample.js';
import type { ServerTrigger, Topology } from '../../dist/topology/topology.js';
import type { TopologyPlan } from '../../src/model/plan.ts';
import { eventually, inhabitants, isGone } from './inhabitants.ts';
import { parentOf } from './parent.ts';
import { isInstalled } from './programs.ts';

type EdgePlan = Extract<TopologyPlan, { kind: 'edge' }>;

const EDGE: Omit<EdgePlan, 'edge'> = { kind: 'edge', engine: 'lean', gateways: 1, backends: 2 };

const WITHIN_MS = 5_000;

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function createEdge(edge: EdgePlan['edge'], folder?: string): Topology {
  const topology = createTopology({ ...EDGE, edge }, { clock: systemClock, ...(folder && { folder }) });
  cleanups.push(() => topology.down());
  return topology;
}

/** A client, and what it has received that nobody has looked at, as it came. */
interface Client {
  socket: WebSocket;
  next(): Promise<string | Buffer>;
}

async function connect(url: string): Promise<Client> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  cleanups.push(() => socket.terminate());
  const messages: (string | Buffer)[] = [];
  let wake = () => {};
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    messages.push(isBinary ? data : String(data));
    wake();
  });
  await once(socket, 'open');
  return {
    socket,
    async next() {
      while (messages.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return messages.shift() as string | Buffer;
    },
  };
}

async function expectEcho({ socket, next }: Client, message: string | Buffer): Promise<void> {
  socket.send(message);
  expect(await next()).toEqual(message);
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

const samplesOf = async (topology: Topology): Promise<ProcessSample[]> => (await topology.sample()) ?? [];

const breakBy = (topology: Topology, trigger: ServerTrigger) => {
  const fault = topology.faults[trigger];
  if (fault === undefined) throw new Error(`no ${trigger}`);
  return fault();
};

describe.each([
  { edge: 'workerd', behind: [] },
  {
    edge: 'pushpin',
    behind: [
      ['broker', 'rooms'],
      ['backend', 'backend-0'],
      ['backend', 'backend-1'],
    ],
  },
] as const)('$edge', ({ edge, behind }) => {
  const test = it.skipIf(!isInstalled(edge));

  test('comes up, echoes whatever it is sent, is sampled from outside, and goes down', async () => {
    const topology = createEdge(edge);
    const { urls, nodes } = await topology.up();
    expect(nodes).toEqual([{ role: edge, url: urls[0] }]);
    const clients = await Promise.all(['/', '/echo', '/echo?token=1'].map((path) => connect(urls[0] + path)));
    for (const client of clients) {
      for (const message of [
        'hello',
        '',
        'c:{"type":"detach"}',
        'm:',
        'päper',
        Buffer.from([0, 13, 10, 255]),
      ]) {
        await expectEcho(client, message);
      }
      await expectEcho(client, 'x'.repeat(60_000));
      await expectEcho(client, Buffer.alloc(0));
    }
    const samples = await samplesOf(topology);
    expect(samples.map(({ part, role }) => [part, role])).toEqual([...behind, ['edge', edge]]);
    expect(samples.at(-1)).toMatchObject({ connections: 3, alive: true });
    expect(samples.every(({ rssBytes, cpuS }) => Number(rssBytes) > 1e6 && Number(cpuS) > 0)).toBe(true);
    await topology.down();
    expect(samples.filter(({ pid }) => !isGone(pid))).toEqual([]);
  });

  test('takes no connection at a path that has no service', async () => {
    const { urls } = await createEdge(edge).up();
    await expect(connect(`${urls[0]}/nowhere`)).rejects.toThrow('404');
  });

  test('closes as its client does', async () => {
    const { urls } = await createEdge(edge).up();
    const { socket } = await connect(urls[0]);
    socket.close(4321, 'enough');
    expect((await once(socket, 'close'))[0]).toBe(4321);
    const { socket: silent } = await connect(urls[0]);
    silent.close();
    // Pushpin answers a close without a code by one with 1000.
    expect((await once(silent, 'close'))[0]).toBe(edge === 'pushpin' ? 1000 : 1005);
  });

  test('speaks rooms as the documentation says, byte by byte but for the epoch', async () => {
    const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
    const lines = [...page.matchAll(/^([→←]) (text|binary) +([0-9a-f]+)(…?)/gm)];
    expect(lines).toHaveLength(14);
    const { urls } = await createEdge(edge).up();
    const { socket, next } = await connect(`${urls[0]}/rooms`);
    let epoch = '7';
    for (const [, direction, opcode, hex, more] of lines) {
      const text = Buffer.from(hex, 'hex').toString('latin1');
      if (direction === '→') {
        const bytes = Buffer.from(text.replace(/^(JOIN \S+ \d+) 7$/, `$1 ${epoch}`), 'latin1');
        socket.send(bytes, { binary: opcode === 'binary' });
        continue;
      }
      const message = await next();
      expect(typeof message).toBe(opcode === 'text' ? 'string' : 'object');
      const received = Buffer.from(message as string).toString('latin1');
      epoch = /^JOINED \S+ \d+ (\d+)/.exec(received)?.[1] ?? epoch;
      const expected = text.replace(/^((?:JOINED|MSG) \S+ \d+) 7/, `$1 ${epoch}`);
      expect(more === '' ? received : received.slice(0, expected.length)).toBe(expected);
    }
  });

  test('lets members in while messages flow: none sees a hole, or anything twice', {
    timeout: 30_000,
  }, async () => {
    const { urls } = await createEdge(edge).up();
    const publisher = await connect(`${urls[0]}/rooms`);
    let published = 0;
    const flow = setInterval(() => publisher.socket.send(`PUB r\n${++published}`), 4);
    cleanups.push(() => clearInterval(flow));
    const members = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const member = await connect(`${urls[0]}/rooms`);
        await new Promise((resolve) => setTimeout(resolve, i * 20));
        member.socket.send('JOIN r');
        return { ...member, joined: String(await member.next()) };
      }),
    );
    clearInterval(flow);
    expect(published).toBeGreaterThan(100);
    for (const { joined, next } of members) {
      const [, seq] = /^JOINED r (\d+) \d+ \1$/.exec(joined) ?? [];
      for (let expected = Number(seq) + 1; expected <= published; expected++) {
        expect(String(await next())).toMatch(new RegExp(`^MSG r ${expected} \\d+\n${expected}$`));
      }
    }
  });

  test('gives a member that comes back what it missed', async () => {
    const { urls } = await createEdge(edge).up();
    const publisher = await connect(`${urls[0]}/rooms`);
    const gone = await connect(`${urls[0]}/rooms`);
    gone.socket.send('JOIN r');
    const [, epoch] = /^JOINED r 0 (\d+) 0$/.exec(String(await gone.next())) ?? [];
    gone.socket.terminate();
    for (const message of ['one', 'two', Buffer.from('three')]) {
      publisher.socket.send(Buffer.concat([Buffer.from('PUB r\n'), Buffer.from(message)]), {
        binary: typeof message !== 'string',
      });
    }
    publisher.socket.send('JOIN r');
    await publisher.next();
    const back = await connect(`${urls[0]}/rooms`);
    back.socket.send(`JOIN r 1 ${epoch}`);
    expect(await back.next()).toBe(`JOINED r 1 ${epoch} 3`);
    expect(await back.next()).toBe(`MSG r 2 ${epoch}\ntwo`);
    expect(await back.next()).toEqual(Buffer.from(`MSG r 3 ${epoch}\nthree`));
  });

  test('closes with 1008 who asks for ten things that there are not', async () => {
    const { urls } = await createEdge(edge).up();
    const { socket, next } = await connect(`${urls[0]}/rooms`);
    const closing = once(socket, 'close');
    for (let i = 0; i < 10; i++) {
      socket.send('NONSENSE');
      expect(await next()).toMatch(/^ERR bad-request /);
    }
    expect((await closing)[0]).toBe(1008);
  });

  test('keeps what it was configured with in the folder of the run, and nothing anywhere else', async () => {
    const [folder, temp] = ['run', 'temp'].map((name) =>
      mkdtempSync(join(tmpdir(), `wsscale-test-${name}-`)),
    );
    cleanups.push(() => [folder, temp].map((path) => rmSync(path, { recursive: true, force: true })));
    const topology = createEdge(edge, folder);
    await topology.up();
    const file = { workerd: 'workerd.capnp', pushpin: 'pushpin.conf' }[edge];
    const text = readFileSync(join(folder, file), 'utf8');
    const [temporary] = new RegExp(`${tmpdir()}/wsscale-${edge}-\\w+`).exec(text) as RegExpExecArray;
    expect(existsSync(temporary)).toBe(true);
    await topology.down();
    expect(existsSync(temporary)).toBe(false);
    expect(existsSync(join(folder, file))).toBe(true);
    expect(inhabitants(folder)).toEqual([]);
  });

  test.each([
    { whom: 'its tool', isKilled: (command: string) => command.includes('--eval') },
    { whom: 'all of wsscale', isKilled: (command: string) => /^wsscale-|--eval/.test(command) },
  ])('is gone after $whom was killed', async ({ isKilled }) => {
    const folder = mkdtempSync(join(tmpdir(), 'wsscale-orphans-'));
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', parentOf({ ...EDGE, edge })], {
      ...{ cwd: folder, env: { ...process.env, TMPDIR: folder }, detached: true },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    cleanups.push(() => {
      for (const pid of inhabitants(folder)) process.kill(pid, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });
    await once(parent.stdout, 'data');
    const pids = inhabitants(folder);
    // The tool, a supervisor and workerd; or Pushpin's five and three of ours.
    expect(pids.length).toBe(edge === 'workerd' ? 3 : 10);
    for (const pid of pids.filter((pid) => isKilled(commandOf(pid)))) process.kill(pid, 'SIGKILL');
    expect(await eventually(() => inhabitants(folder).length === 0, WITHIN_MS)).toBe(true);
  });

  test('tells that it died', async () => {
    const topology = createEdge(edge);
    await topology.up();
    const { pid } = (await samplesOf(topology)).find(({ role }) => role === edge) as ProcessSample;
    process.kill(pid, 'SIGKILL');
    expect(await topology.died).toEqual({ role: edge, pid, exitCode: null, signal: 'SIGKILL' });
  });
});

describe.skipIf(!isInstalled('workerd'))('workerd', () => {
  it.each(['kill', 'restart'] as const)(
    'loses all connections by a %s, and goes on where its rooms were',
    async (trigger) => {
      const topology = createEdge('workerd');
      const { urls } = await topology.up();
      const { socket, next } = await connect(`${urls[0]}/rooms`);
      socket.send('JOIN r');
      await next();
      socket.send('PUB r\nbefore');
      const [, epoch] = /^MSG r 1 (\d+)/.exec(String(await next())) ?? [];
      await topology.sample();
      const closing = once(socket, 'close');
      const outage = await breakBy(topology, trigger);
      await closing;
      expect(outage.role).toBe('workerd');
      expect(outage.acceptedAtMs).toBeGreaterThan(outage.brokenAtMs);
      const back = await connect(`${urls[0]}/rooms`);
      back.socket.send(`JOIN r 0 ${epoch}`);
      expect(await back.next()).toBe(`JOINED r 0 ${epoch} 1`);
      expect(await back.next()).toBe(`MSG r 1 ${epoch}\nbefore`);
      expect((await samplesOf(topology)).map(({ alive }) => alive)).toEqual([false, true]);
      expect(await Promise.race([topology.died, Promise.resolve('nobody')])).toBe('nobody');
    },
  );

  it('lets its objects sleep, and they know their rooms when they wake', { timeout: 40_000 }, async () => {
    const { urls } = await createEdge('workerd').up();
    const [member, publisher] = await Promise.all([1, 2].map(() => connect(`${urls[0]}/rooms`)));
    member.socket.send('JOIN r');
    await member.next();
    publisher.socket.send('PUB r\nbefore');
    expect(await member.next()).toMatch(/^MSG r 1 \d+\nbefore$/);
    // It is taken out of memory ten seconds after the last event, and tells nobody.
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    publisher.socket.send('PUB r\nafter');
    expect(await member.next()).toMatch(/^MSG r 2 \d+\nafter$/);
  });
});

describe.skipIf(!isInstalled('pushpin'))('Pushpin', () => {
  // Those whose connection Pushpin hands over in the very moment are lost with it; docs/edge.md has how many that may be.
  it.each(['restart', 'rolling'] as const)(
    'keeps its connections through a %s of its backends, but for few, and loses no message of the others',
    { timeout: 60_000 },
    async (trigger) => {
      const topology = createEdge('pushpin');
      const { urls } = await topology.up();
      const clients = await Promise.all(Array.from({ length: 30 }, () => connect(urls[0])));
      let isOver = false;
      const answers = clients.map(() => 0);
      const broken = new Set<number>();
      const talks = clients.map(async (client, i) => {
        const isBroken = once(client.socket, 'close').then(() => broken.add(i));
        while (!isOver && !broken.has(i)) {
          await Promise.race([expectEcho(client, `message ${answers[i]}`), isBroken]);
          answers[i]++;
        }
      });
      /** Pushpin has all connections to the backend by then that it will need. */
      const allTalk = async () => {
        const before = [...answers];
        const hasTalked = (count: number, i: number) => broken.has(i) || count > before[i] + 20;
        return eventually(() => answers.every(hasTalked), 2 * WITHIN_MS);
      };
      for (let i = 0; i < 3; i++) {
        expect(await allTalk()).toBe(true);
        const outage = await breakBy(topology, trigger);
        expect(outage.acceptedAtMs).toBeGreaterThan(outage.brokenAtMs);
      }
      expect(await allTalk()).toBe(true);
      isOver = true;
      await Promise.all(talks);
      expect(broken.size).toBeLessThan(clients.length / 3);
    },
  );

  it('loses with a killed backend no more than whom that was answering', async () => {
    const topology = createEdge('pushpin');
    const { urls } = await topology.up();
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(urls[0])));
    for (const client of clients) await expectEcho(client, 'before');
    const outage = await breakBy(topology, 'kill');
    expect(outage.role).toBe('backend-0');
    for (const client of clients) await expectEcho(client, 'after');
    expect(clients.filter(({ socket }) => socket.readyState !== WebSocket.OPEN)).toEqual([]);
  });

  it('counts what was published and given back as its members did', async () => {
    const topology = createEdge('pushpin');
    const { urls } = await topology.up();
    const { socket, next } = await connect(`${urls[0]}/rooms`);
    socket.send('JOIN r');
    const [, epoch] = /^JOINED r 0 (\d+) 0$/.exec(String(await next())) ?? [];
    for (let i = 1; i <= 5; i++) {
      socket.send('PUB r\n');
      await next();
    }
    const back = await connect(`${urls[0]}/rooms`);
    back.socket.send(`JOIN r 2 ${epoch}`);
    for (let i = 0; i < 4; i++) await back.next();
    const rooms = (await samplesOf(topology)).find(({ role }) => role === 'rooms');
    expect(rooms?.rooms).toMatchObject({ published: 5, unpublished: 0, replayed: 3, notReplayed: 0 });
  });

  it('leaves none of its processes when its first one is killed', async () => {
    const topology = createEdge('pushpin');
    await topology.up();
    const { pid } = (await samplesOf(topology)).find(({ role }) => role === 'pushpin') as ProcessSample;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    expect(children.length).toBeGreaterThanOrEqual(4);
    process.kill(pid, 'SIGKILL');
    expect(await eventually(() => children.every(isGone), WITHIN_MS)).toBe(true);
  });
});
