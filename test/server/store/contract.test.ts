/**
 * What every store holds to, and what a node makes of it.
 */

import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { createRandom, freshSeed } from '../../../src/base/random.ts';
import type { Broker, Publication } from '../../../src/server/broker/broker.ts';
import { createLocalBroker } from '../../../src/server/broker/local.ts';
import type { StoreOptions } from '../../../src/server/options.ts';
import { connectStore, type NodeStore } from '../../../src/server/store/connect.ts';
import { totalCount } from '../../../src/stats/histogram.ts';
import { isInstalled } from '../../topology/programs.ts';
import { connect, startNode, until } from '../node-under-test.ts';
import { postgresGround, type Row, type StoreGround, sqliteGround } from './grounds.ts';

const LIMITS = { rooms: 100, historyMessages: 10_000, historyBytes: 64 * 1024 * 1024 };

const open: Broker[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((broker) => broker.close()));
});

/** A node's store, and the broker behind it, which is the node's own. */
async function stand(options: StoreGround['options'], role = 'node-0') {
  const store: NodeStore = await connectStore(options, role, systemClock, createRandom(freshSeed(), 'store'));
  const seen: Buffer[] = [];
  const published = createLocalBroker(LIMITS, systemClock, {
    onOpened() {},
    onRefused() {},
    onMessage: (_room, { frame }) => void seen.push(frame),
    onSkipped() {},
    onLost() {},
    onReconnected() {},
  });
  const broker = store.before(published);
  open.push(broker);
  broker.subscribe('tea');
  const publish = (text: string) =>
    new Promise<Publication>((resolve) => broker.publish('tea', Buffer.from(text, 'latin1'), true, resolve));
  return { store, broker, publish, seen: () => seen.map((frame) => afterHeader(frame)) };
}

function afterHeader(frame: Buffer): string {
  return frame.toString('latin1', frame.indexOf(10) + 1);
}

const textsOf = (rows: Row[]) => rows.map(({ payload }) => Buffer.from(payload).toString('latin1'));
const upTo = (count: number) => Array.from({ length: count }, (_, i) => String(i));

/** Lets the event loop come round. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

const KINDS = [
  { kind: 'SQLite', create: sqliteGround },
  ...(isInstalled('postgres') ? [{ kind: 'PostgreSQL', create: postgresGround }] : []),
];

describe.each(KINDS)('a store in $kind', ({ create }) => {
  let ground: StoreGround;

  beforeAll(async () => {
    ground = await create();
  }, 60_000);
  afterAll(async () => {
    await ground.kill();
    ground.remove();
  });

  /** What was not there before. */
  async function newRows(act: () => Promise<unknown>): Promise<Row[]> {
    const known = new Set((await ground.rows().catch(() => [])).map(({ id }) => id));
    await act();
    return (await ground.rows()).filter(({ id }) => !known.has(id));
  }

  it('has each message before it is published, byte for byte, in the order in which they came', async () => {
    const beforeMs = Date.now();
    const { publish, seen, store } = await stand(ground.options);
    const texts = [
      'one',
      '',
      Buffer.from(upTo(256).map(Number)).toString('latin1'),
      'x'.repeat(60_000),
      ...upTo(500),
    ];
    const rows = await newRows(async () => {
      const results = await Promise.all(texts.map(publish));
      expect(new Set(results)).toEqual(new Set(['published']));
    });
    expect(textsOf(rows)).toEqual(texts);
    expect(seen()).toEqual(texts);
    expect(new Set(rows.map(({ room }) => room))).toEqual(new Set(['tea']));
    for (const { atMs } of rows) expect(atMs).toBeGreaterThanOrEqual(beforeMs - 1);
    const { writes, failed, latency } = store.counters;
    expect({ writes, failed }).toEqual({ writes: texts.length, failed: 0 });
    const filled = latency.filter((_, i) => i % 2 === 1);
    expect(totalCount(filled)).toBe(texts.length);
  });

  it('writes a burst in a few groups, and a single message at once', async () => {
    const { publish, store } = await stand(ground.options);
    await Promise.all(upTo(2_000).map(publish));
    const { writes, batches } = store.counters;
    expect(writes).toBe(2_000);
    expect(batches).toBeLessThanOrEqual(10);
    for (const text of upTo(3)) await publish(text);
    expect(store.counters).toMatchObject({ writes: 2_003, batches: batches + 3 });
  });

  it('tells the messages of nodes apart that have one name, the one after the other', async () => {
    const rows = await newRows(async () => {
      for (const text of ['first', 'second']) {
        const { publish, broker } = await stand(ground.options);
        await publish(text);
        await broker.close();
      }
    });
    expect(textsOf(rows).sort()).toEqual(['first', 'second']);
  });

  it('that is away takes nothing, and what it does not take is not published; then it goes on', async () => {
    const { publish, seen, store } = await stand(ground.options);
    expect(await publish('before')).toBe('published');
    await ground.kill();
    const away = await Promise.all(upTo(50).map(publish));
    expect(new Set(away)).toEqual(new Set(['unstored']));
    await ground.start();
    let waited = 0;
    while ((await publish('after')) === 'unstored') {
      waited++;
      await turn();
    }
    const { writes, failed } = store.counters;
    expect({ writes, failed }).toEqual({ writes: 2, failed: 50 + waited });
    expect(seen()).toEqual(['before', 'after']);
  }, 30_000);

  it('that goes in the middle of a burst leaves no message without an answer, and none is seen that it has not', async () => {
    const { publish, seen, store } = await stand(ground.options);
    let results: Publication[] = [];
    const rows = await newRows(async () => {
      const burst = Promise.all(upTo(3_000).map(publish));
      await ground.kill();
      results = await burst;
      await ground.start();
    });
    const told = (what: Publication) => results.filter((result) => result === what).length;
    expect(told('published') + told('unstored')).toBe(3_000);
    const { writes, failed } = store.counters;
    expect({ writes, failed }).toEqual({ writes: told('published'), failed: told('unstored') });
    const stored = new Set(textsOf(rows));
    expect(seen().filter((text) => !stored.has(text))).toEqual([]);
    // Of the group that was on its way nobody was told.
    expect(rows.length - seen().length).toBeLessThanOrEqual(1_000);
  }, 30_000);

  it('is a node’s: its publishers are told what was not stored, and both ends count the same', async () => {
    const store: StoreOptions = ground.options;
    const node = await startNode({ store });
    const client = await connect(`${node.url}/rooms`);
    client.socket.send('JOIN tea');
    await client.next();
    const rows = await newRows(async () => {
      for (const text of upTo(20)) client.socket.send(`PUB tea\n${text}`);
      for (const text of upTo(20)) expect(String(await client.next()).split('\n')[1]).toBe(text);
      await until(node, () => node.counts.rooms.published === 20);
      await ground.kill();
      let seen = 0;
      // The node learns of it in its own time; what it has not stored by then it does not publish.
      while (seen < 20) {
        client.socket.send('PUB tea\nlost');
        expect(await client.next()).toMatch(/^ERR unpublished the store .*tea$/);
        seen++;
      }
      await ground.start();
    });
    expect(textsOf(rows)).toEqual(upTo(20));
    expect(node.counts.rooms).toMatchObject({ published: 20, unpublished: 20 });
    expect(node.carriage()).toMatchObject({ store: { writes: 20, failed: 20 } });
  }, 30_000);
});

describe.runIf(isInstalled('postgres'))('a PostgreSQL', () => {
  it('that cannot be reached is named without its password', async () => {
    const url = 'postgres://user:secret@127.0.0.1:1/db';
    const random = createRandom(1, 'retry');
    const options = { kind: 'postgres', url, run: 'test' } as const;
    const failure = await connectStore(options, 'node', systemClock, random).catch((error) => error);
    expect(failure).toMatchObject({ name: 'WsscaleError', code: 'TARGET' });
    expect(failure.message).toContain('127.0.0.1:1');
    expect(failure.message).not.toContain('secret');
  });

  it('that several nodes come to at once is given its table once', async () => {
    const ground = await postgresGround();
    onTestFinished(async () => {
      await ground.kill();
      ground.remove();
    });
    const nodes = await Promise.all(upTo(6).map((i) => stand(ground.options, `node-${i}`)));
    await Promise.all(nodes.map(({ publish }, i) => publish(String(i))));
    expect(textsOf(await ground.rows()).sort()).toEqual(upTo(6));
    await Promise.all(open.splice(0).map((broker) => broker.close()));
  }, 60_000);
});
