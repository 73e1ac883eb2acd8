/**
 * A cluster that stores what it publishes, and one whose broker is a Redis Cluster: built, as their users get them.
 */

import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'libsql';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../dist/base/clock.js';
import { createTopology } from '../../dist/topology/index.js';
import { isNode } from '../../dist/topology/sample.js';
import type { Topology } from '../../dist/topology/topology.js';
import type { TopologyPlan } from '../../src/model/plan.ts';
import { isGone } from './inhabitants.ts';
import { isInstalled } from './programs.ts';

type ClusterPlan = Extract<TopologyPlan, { kind: 'cluster' }>;

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const PLAN: ClusterPlan = {
  ...{ kind: 'cluster', engine: 'lean', nodes: 3, balancer: 'none', routing: 'sticky' },
  broker: { kind: 'embedded' },
  store: { kind: 'sqlite' },
};

async function up(plan: ClusterPlan): Promise<{ topology: Topology; publishers: Publisher[] }> {
  const topology = createTopology(plan, { clock: systemClock });
  cleanups.push(() => topology.down());
  const { urls } = await topology.up();
  return { topology, publishers: await Promise.all(urls.map((url) => publisherAt(url))) };
}

interface Publisher {
  /** Publishes and waits until its own message is back, or until it is told that it was not published. */
  publish(text: string): Promise<'seen' | 'refused'>;
}

/** A client that is alone in its room. */
async function publisherAt(url: string): Promise<Publisher> {
  const room = `of-${new URL(url).port}`;
  const socket = new WebSocket(`${url}/rooms`, { perMessageDeflate: false });
  cleanups.push(() => socket.terminate());
  await once(socket, 'open');
  socket.send(`JOIN ${room}`);
  await once(socket, 'message');
  return {
    async publish(text) {
      const answer = once(socket, 'message');
      socket.send(`PUB ${room}\n${text}`);
      const [message] = await answer;
      if (String(message).startsWith('ERR unpublished')) return 'refused';
      expect(String(message).split('\n')[1]).toBe(text);
      return 'seen';
    },
  };
}

async function processOf(topology: Topology, role: string): Promise<{ pid: number }> {
  const samples = (await topology.sample()) ?? [];
  const found = samples.find((sample) => sample.role === role && sample.alive);
  if (found === undefined)
    throw new Error(`there is no ${role} among ${samples.map((sample) => sample.role)}`);
  return found;
}

/** The file that the store writes into. */
function fileOf(pid: number): string {
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  return open.find((path) => path.endsWith('messages.db')) ?? '';
}

function payloadsIn(file: string): string[] {
  const database = new Database(file, { readonly: true });
  const rows = database.prepare('SELECT payload FROM messages').all() as { payload: Buffer }[];
  database.close();
  return rows.map(({ payload }) => Buffer.from(payload).toString()).sort();
}

const texts = Array.from({ length: 60 }, (_, i) => `message ${i}`).sort();

/** All that nodes counted of their store and of their broker. */
async function counted(topology: Topology) {
  const nodes = ((await topology.sample()) ?? []).filter(isNode);
  const sum = (of: (node: (typeof nodes)[number]) => number | undefined) =>
    nodes.reduce((total, node) => total + (of(node) ?? 0), 0);
  return {
    published: sum(({ rooms }) => rooms?.published),
    unpublished: sum(({ rooms }) => rooms?.unpublished),
    received: sum(({ broker }) => broker?.received),
    writes: sum(({ store }) => store?.writes),
    failed: sum(({ store }) => store?.failed),
  };
}

async function publishAll(publishers: Publisher[]): Promise<void> {
  for (const [i, text] of texts.entries()) {
    expect(await publishers[i % publishers.length].publish(text)).toBe('seen');
  }
}

describe('a cluster that stores in SQLite', () => {
  it('has in its file what was published, each message once, and takes the file with it', async () => {
    const { topology, publishers } = await up(PLAN);
    await publishAll(publishers);
    const { pid } = await processOf(topology, 'store');
    const file = fileOf(pid);
    expect(payloadsIn(file)).toEqual(texts);
    expect(await counted(topology)).toEqual({
      ...{ published: 60, unpublished: 0, received: 60, writes: 60, failed: 0 },
    });
    await topology.down();
    expect(isGone(pid)).toBe(true);
    expect(existsSync(dirname(file))).toBe(false);
  });

  it('goes on without its store when that dies, and with it when it is back with what it had', async () => {
    const { topology, publishers } = await up(PLAN);
    const { pid } = await processOf(topology, 'store');
    const file = fileOf(pid);
    await publishAll(publishers);
    process.kill(pid, 'SIGKILL');
    const [publisher] = publishers;
    let refused = 0;
    // Until the node has noticed, a message may still be taken; then none is, until the store is back.
    while ((await publisher.publish('meanwhile')) === 'refused' || refused === 0) refused++;
    const seen = await counted(topology);
    expect(seen).toMatchObject({ unpublished: seen.failed });
    expect(seen.failed).toBeGreaterThan(0);
    expect(seen.writes).toBe(seen.published);
    const stored = payloadsIn(file);
    expect(stored.filter((text) => text !== 'meanwhile')).toEqual(texts);
    expect(stored.length).toBeGreaterThanOrEqual(seen.published);
    expect((await processOf(topology, 'store')).pid).not.toBe(pid);
    expect(await Promise.race([topology.died, Promise.resolve('nobody')])).toBe('nobody');
    await topology.down();
    expect(existsSync(dirname(file))).toBe(false);
  });
});

describe.runIf(isInstalled('postgres'))('a cluster that stores in a PostgreSQL of its own', () => {
  const WITH_POSTGRES: ClusterPlan = { ...PLAN, store: { kind: 'postgres', url: null } };

  /** What a process was started with. */
  function argumentsOf(pid: number): string[] {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  }

  it('has in its table what was published, each message once, and leaves nothing', async () => {
    const { topology, publishers } = await up(WITH_POSTGRES);
    await publishAll(publishers);
    const { pid } = await processOf(topology, 'postgres');
    const args = argumentsOf(pid);
    const after = (flag: string) => args[args.indexOf(flag) + 1];
    const url = `postgres://wsscale@127.0.0.1:${after('-p')}/postgres`;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query('SELECT payload FROM wsscale_messages');
    await client.end();
    expect(rows.map(({ payload }) => String(payload)).sort()).toEqual(texts);
    expect(await counted(topology)).toMatchObject({ published: 60, writes: 60, failed: 0 });
    await topology.down();
    expect(isGone(pid)).toBe(true);
    expect(existsSync(dirname(after('-D')))).toBe(false);
  }, 60_000);

  it('tells that it died', async () => {
    const { topology } = await up(WITH_POSTGRES);
    const { pid } = await processOf(topology, 'postgres');
    process.kill(pid, 'SIGKILL');
    expect(await topology.died).toMatchObject({ role: 'postgres', pid, signal: 'SIGKILL' });
  }, 60_000);
});

describe.runIf(isInstalled('redis-server'))('a cluster with a Redis Cluster of its own', () => {
  const SHARDED: ClusterPlan = {
    ...PLAN,
    broker: { kind: 'redis', carrier: 'sharded', url: null },
    store: { kind: 'none' },
  };

  it('has three masters, between which nothing is said of what is published, and leaves nothing', async () => {
    const { topology, publishers } = await up(SHARDED);
    await publishAll(publishers);
    expect(await counted(topology)).toMatchObject({ published: 60, received: 60 });
    expect(await topology.busMessages?.()).toBe(0);
    const samples = (await topology.sample()) ?? [];
    const masters = samples.filter(({ part }) => part === 'broker');
    expect(masters.map(({ role }) => role)).toEqual(['redis-0', 'redis-1', 'redis-2']);
    const folders = masters.map(({ pid }) => readlinkSync(`/proc/${pid}/cwd`));
    expect(folders.every((folder) => existsSync(join(folder, 'nodes.conf')))).toBe(true);
    await topology.down();
    expect(samples.filter(({ pid }) => !isGone(pid))).toEqual([]);
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  }, 60_000);

  it('tells that one of them died', async () => {
    const { topology } = await up(SHARDED);
    const { pid } = await processOf(topology, 'redis-1');
    process.kill(pid, 'SIGKILL');
    expect(await topology.died).toMatchObject({ role: 'redis-1', pid, signal: 'SIGKILL' });
  }, 60_000);
});
