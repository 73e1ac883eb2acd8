/**
 * What every balancer keeps to, the embedded one and the nginx that is installed here alike.
 */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Balancer, BalancerKind, Routing } from '../../dist/topology/balancer/balancer.js';
import { createBalancer } from '../../dist/topology/balancer/index.js';
import { createProcesses, type Processes } from '../../dist/topology/processes.js';
import { systemClock } from '../../src/base/clock.ts';
import { createRandom } from '../../src/base/random.ts';
import { listen } from '../../src/server/listen.ts';
import { DEFAULT_NODE_OPTIONS } from '../../src/server/options.ts';
import { countBy, echo, openClient, startBackend, type TestBackend, type TestClient } from './backends.ts';
import { inhabitants, isGone } from './inhabitants.ts';
import { isInstalled } from './programs.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Arrangement {
  url: string;
  balancer: Balancer;
  processes: Processes;
  backends: TestBackend[];
}

async function arrange(kind: BalancerKind, routing: Routing, count = 4): Promise<Arrangement> {
  const backends = await Promise.all(Array.from({ length: count }, (_, i) => startBackend(`b${i}`)));
  for (const backend of backends) cleanups.push(() => backend.die().catch(() => {}));
  return { ...(await start(kind, routing, backends)), backends };
}

async function start(
  kind: BalancerKind,
  routing: Routing,
  backends: { host: string; port: number }[],
  folder: string | null = null,
) {
  const processes = createProcesses();
  const balancer = createBalancer(kind, { routing, host: '127.0.0.1', port: null, folder, processes });
  cleanups.push(() =>
    processes.down((all) => Promise.all(all.map((process) => process.stop())).then(() => {})),
  );
  return { url: await balancer.start(backends), balancer, processes };
}

async function open(url: string, localAddress?: string): Promise<TestClient> {
  const client = await openClient(url, localAddress);
  cleanups.push(() => client.socket.destroy());
  return client;
}

/** Some at a time: a backlog of thousands would be another test. */
async function openMany(url: string, addresses: (string | undefined)[]): Promise<TestClient[]> {
  const clients: TestClient[] = [];
  for (let i = 0; i < addresses.length; i += 100) {
    clients.push(...(await Promise.all(addresses.slice(i, i + 100).map((address) => open(url, address)))));
  }
  return clients;
}

/** Addresses that differ in their first three octets, which are what nginx's `ip_hash` looks at. */
const addresses = (count: number) =>
  Array.from({ length: count }, (_, i) => `127.${1 + (i >> 8)}.${i & 255}.1`);

/** Resolves when nothing more comes over a connection, however it ended. */
function endOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.resume().once('end', resolve).once('close', resolve);
  });
}

/** Resolves when a connection is gone. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.resume().once('close', () => resolve());
  });
}

const backendsOf = (clients: TestClient[]) => clients.map(({ backend }) => backend);

describe.each<{ kind: BalancerKind; runs: boolean }>([
  { kind: 'embedded', runs: true },
  { kind: 'nginx', runs: isInstalled('nginx') },
])('the balancer $kind', ({ kind, runs }) => {
  const test = it.skipIf(!runs);

  test('listens out of the way of outgoing connections, is sampled, and stops', async () => {
    const { url, balancer, processes } = await arrange(kind, 'sticky');
    expect(Number(new URL(url).port)).toBeLessThan(32_768);
    await open(url);
    const [sample, ...others] = await processes.sample();
    expect(others).toEqual([]);
    expect(sample).toMatchObject({ part: 'balancer', role: 'balancer', alive: true, received: null });
    expect(sample.rssBytes).toBeGreaterThan(1e6);
    expect(sample.openDescriptors).toBeGreaterThan(3);
    await balancer.stop();
    expect(isGone(sample.pid)).toBe(true);
    await expect(openClient(url)).rejects.toThrow('ECONNREFUSED');
  });

  test('sticky: spreads 2,000 addresses over 4 backends within 20 % of even', async () => {
    const { url, backends } = await arrange(kind, 'sticky');
    const counts = countBy(backendsOf(await openMany(url, addresses(2_000))));
    expect(Object.keys(counts)).toHaveLength(backends.length);
    for (const count of Object.values(counts)) expect(Math.abs(count - 500)).toBeLessThanOrEqual(100);
  });

  test('sticky: an address comes back to where it was', async () => {
    const { url } = await arrange(kind, 'sticky');
    const first = await openMany(url, addresses(100));
    for (const { socket } of first) socket.destroy();
    const second = await openMany(url, addresses(100));
    expect(backendsOf(second)).toEqual(backendsOf(first));
  });

  test('stateless: gives each client the least busy backend', async () => {
    const { url, backends } = await arrange(kind, 'stateless');
    const clients: TestClient[] = [];
    for (let i = 0; i < 40; i++) clients.push(await open(url));
    expect(backends.map(({ sockets }) => sockets.size)).toEqual([10, 10, 10, 10]);
    const lost = clients.filter(({ backend }) => backend === 'b2').map(({ socket }) => endOf(socket));
    for (const socket of backends[2].sockets) socket.resetAndDestroy();
    await Promise.all(lost);
    const next = await openMany(
      url,
      Array.from({ length: 10 }, () => undefined),
    );
    expect(countBy(backendsOf(next))).toEqual({ b2: 10 });
  });

  test.each(['sticky', 'stateless'] as const)(
    "%s: a dead backend's clients lose their connections, are taken by the others, and return with it",
    async (routing) => {
      const { url, backends } = await arrange(kind, routing);
      const clients = await openMany(url, addresses(80));
      const theirs = clients.flatMap((client, i) => (client.backend === 'b1' ? [{ ...client, i }] : []));
      expect(theirs.length).toBeGreaterThan(5);
      const lost = theirs.map(({ socket }) => endOf(socket));
      await backends[1].die();
      await Promise.all(lost);
      const elsewhere = await openMany(
        url,
        theirs.map(({ i }) => addresses(80)[i]),
      );
      expect(countBy(backendsOf(elsewhere)).b1).toBeUndefined();
      if (routing === 'sticky') expect(Object.keys(countBy(backendsOf(elsewhere))).length).toBeGreaterThan(1);
      await backends[1].revive();
      let backend = '';
      while (backend !== 'b1') ({ backend } = await open(url, addresses(80)[theirs[0].i]));
    },
  );

  test('drain: keeps the connections to a backend, and opens no new ones', async () => {
    const { url, balancer, backends } = await arrange(kind, 'sticky');
    const clients = await openMany(url, addresses(40));
    await balancer.drain(backends[0]);
    const again = await openMany(url, addresses(40));
    expect(countBy(backendsOf(again)).b0).toBeUndefined();
    const kept = clients.filter(({ backend }) => backend === 'b0');
    expect(kept.length).toBeGreaterThan(0);
    for (const client of kept) expect(await echo(client, 'still here')).toBe('still here');
    const others = (of: TestClient[]) => of.filter((_, i) => clients[i].backend !== 'b0');
    expect(backendsOf(others(again))).toEqual(backendsOf(others(clients)));
  });

  test('restore: a backend that was drained gets clients again, sticky those that it had', async () => {
    const { url, balancer, backends } = await arrange(kind, 'sticky');
    const clients = await openMany(url, addresses(40));
    await balancer.drain(backends[0]);
    await balancer.drain(backends[1]);
    expect(Object.keys(countBy(backendsOf(await openMany(url, addresses(40))))).sort()).toEqual(['b2', 'b3']);
    await balancer.restore(backends[0]);
    expect(countBy(backendsOf(await openMany(url, addresses(40)))).b1).toBeUndefined();
    await balancer.restore(backends[1]);
    expect(backendsOf(await openMany(url, addresses(40)))).toEqual(backendsOf(clients));
  });

  test('restore: a backend that was away meanwhile gets clients at once', async () => {
    const { url, balancer, backends } = await arrange(kind, 'stateless', 2);
    await balancer.drain(backends[0]);
    await backends[0].die();
    await openMany(url, addresses(4));
    await backends[0].revive();
    await balancer.restore(backends[0]);
    expect(countBy(backendsOf(await openMany(url, addresses(4)))).b0).toBeGreaterThan(0);
  });

  test('passes on a WebSocket to a node of the reference server, and its /health', async () => {
    const node = await listen(DEFAULT_NODE_OPTIONS, systemClock, createRandom(1, 'port'));
    cleanups.push(() => node.close());
    const { url } = await start(kind, 'stateless', [{ host: '127.0.0.1', port: node.port }]);
    const socket = new WebSocket(url, { perMessageDeflate: false });
    cleanups.push(() => socket.terminate());
    await once(socket, 'open');
    socket.send('hello');
    expect(String((await once(socket, 'message'))[0])).toBe('hello');
    const health = await fetch(`${url.replace('ws:', 'http:')}/health`);
    expect(await health.json()).toMatchObject({ status: 'ok' });
    socket.close(4001, 'enough');
    expect(await once(socket, 'close')).toMatchObject([4001, expect.anything()]);
  });

  test('passes on much more than it can hold, whole and in order, to a reader that takes its time', async () => {
    const { url } = await arrange(kind, 'stateless', 1);
    const { socket } = await open(url);
    const total = 64 * 1024 * 1024;
    const block = Buffer.alloc(1024 * 1024, 'wsscale and its balancer ');
    const [sentHash, gotHash] = [createHash('sha1'), createHash('sha1')];
    // The echo fills all buffers on both ways before anything is read.
    let sent = 0;
    const write = () => {
      while (sent < total) {
        sent += block.length;
        sentHash.update(block);
        if (!socket.write(block)) return;
      }
      socket.off('drain', write);
    };
    socket.on('drain', write);
    write();
    let got = 0;
    while (got < total) {
      const [chunk] = await once(socket, 'data');
      got += chunk.length;
      gotHash.update(chunk);
    }
    expect(gotHash.digest('hex')).toBe(sentHash.digest('hex'));
  });

  test('ends one side when the other ends', async () => {
    const { url, backends } = await arrange(kind, 'stateless', 1);
    const [first, second] = [await open(url), await open(url)];
    const [atFirst, atSecond] = backends[0].sockets;
    const firstEnd = endOf(first.socket);
    atFirst.end();
    await firstEnd;
    const secondEnd = closeOf(atSecond);
    second.socket.resetAndDestroy();
    await secondEnd;
  });

  test('takes clients again for whom there was no backend', async () => {
    const { url, backends } = await arrange(kind, 'stateless', 2);
    await Promise.all(backends.map((backend) => backend.die()));
    await expect(openClient(url)).rejects.toThrow();
    await backends[1].revive();
    let backend = '';
    while (backend !== 'b1')
      backend = await openClient(url).then(
        (client) => {
          cleanups.push(() => client.socket.destroy());
          return client.backend;
        },
        () => '',
      );
  });

  test('says why it cannot listen', async () => {
    const { port, host } = await startBackend('in the way').then((backend) => {
      cleanups.push(() => backend.die());
      return backend;
    });
    const processes = createProcesses();
    const balancer = createBalancer(kind, { routing: 'sticky', host, port, folder: null, processes });
    await expect(balancer.start([])).rejects.toMatchObject({
      code: 'TARGET',
      message: expect.stringContaining(`port ${port} is already in use`),
    });
    await balancer.stop();
  });
});

describe('the embedded balancer', () => {
  it('passes on that a side has nothing more to say, and still what the other says then', async () => {
    const { url, backends } = await arrange('embedded', 'stateless', 1);
    const { socket } = await open(url);
    const [peer] = backends[0].sockets;
    peer.unpipe(peer);
    socket.end('last words');
    let heard = '';
    peer.on('data', (chunk) => {
      heard += chunk;
    });
    await once(peer.resume(), 'end');
    expect(heard).toBe('last words');
    peer.end('I heard you');
    expect(String((await once(socket, 'data'))[0])).toBe('I heard you');
    await once(socket, 'close');
  });

  it('passes on a reset as a reset, either way', async () => {
    const { url, backends } = await arrange('embedded', 'stateless', 1);
    const [first, second] = [await open(url), await open(url)];
    const [atFirst, atSecond] = backends[0].sockets;
    // `once` takes an error event for what it is asked to wait for, not for a failure.
    const clientError = once(first.socket.resume(), 'error');
    atFirst.resetAndDestroy();
    expect((await clientError)[0]).toMatchObject({ code: 'ECONNRESET' });
    const backendError = once(atSecond, 'error');
    second.socket.resetAndDestroy();
    expect((await backendError)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('tells of its connections to each backend', async () => {
    const { url, processes } = await arrange('embedded', 'stateless', 2);
    for (let i = 0; i < 4; i++) await open(url);
    expect(await processes.sample()).toMatchObject([
      { connections: 4, opened: 4, closed: 0, rejected: 0, backends: [2, 2] },
    ]);
  });
});

describe.skipIf(!isInstalled('nginx'))('nginx', () => {
  it("keeps its configuration in the run's folder, and leaves nothing else", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wsscale test "$'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const backend = await startBackend('b0');
    cleanups.push(() => backend.die());
    const { url, balancer } = await start('nginx', 'sticky', [backend], join(folder, 'nginx'));
    await open(url, '127.7.8.9');
    expect(backend.headers[0]).toMatchObject({ 'x-real-ip': '127.7.8.9', 'x-forwarded-for': '127.7.8.9' });
    const config = readFileSync(join(folder, 'nginx', 'nginx.conf'), 'utf8');
    expect(config).toContain('ip_hash;');
    const [, temp] = /^pid "(.*)\/nginx\.pid";$/m.exec(config) ?? [];
    expect(existsSync(temp)).toBe(true);
    await balancer.stop();
    expect(existsSync(temp)).toBe(false);
    expect(inhabitants(folder)).toEqual([]);
  });
});
