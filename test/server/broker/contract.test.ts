/**
 * What every broker holds to. One set of tests for all of them: a node does not know which it has.
 */

import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Broker } from '../../../src/server/broker/broker.ts';
import type { BrokerOptions, StoreLimits } from '../../../src/server/options.ts';
import { type BrokerClient, connectClient, read } from './client.ts';
import { createDetour } from './detour.ts';
import { clusterGround, embeddedGround, type Ground, hasRedis, redisGround } from './grounds.ts';

/** Kinds without a process of their own cannot be lost, and have one node each. */
const LOCAL: Ground = {
  options: { kind: 'local' },
  kill: async () => {},
  start: async () => {},
  remove() {},
};

const LIMITS: Partial<StoreLimits> = { historyMessages: 50, rooms: 1_000 };

if (!hasRedis && process.env.CI) throw new Error('redis-server is not installed, and must be in CI');
if (!hasRedis) process.stderr.write('redis-server is not installed: its broker is NOT tested.\n');

const open: Broker[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((broker) => broker.close()));
});

async function connect(options: BrokerOptions, limits = LIMITS): Promise<BrokerClient> {
  const client = await connectClient(options, limits);
  open.push(client.broker);
  return client;
}

let rooms = 0;
/** No test meets the rooms of another. */
const newRoom = () => `room-${rooms++}`;

const seqs = (client: BrokerClient, room: string) => client.messages(room).map(({ seq }) => seq);
const payloads = (client: BrokerClient, room: string) => client.messages(room).map(({ payload }) => payload);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const keptSeqs = (client: BrokerClient, room: string) =>
  client.broker.state(room)?.kept.map(({ seq }) => seq) ?? null;

interface Kind {
  kind: string;
  create: () => Promise<Ground>;
  isShared: boolean;
  /** It is in one place, so the way there can be cut. */
  isOne?: boolean;
}

const REDIS_KINDS: Kind[] = [
  { kind: 'redis', create: () => redisGround(), isShared: true, isOne: true },
  { kind: 'redis sharded', create: () => redisGround([], 'sharded'), isShared: true, isOne: true },
  { kind: 'redis streams', create: () => redisGround([], 'streams'), isShared: true, isOne: true },
  { kind: 'redis cluster', create: () => clusterGround('pubsub'), isShared: true },
  { kind: 'redis cluster sharded', create: () => clusterGround('sharded'), isShared: true },
];

const KINDS: Kind[] = [
  { kind: 'local', create: async () => LOCAL, isShared: false },
  { kind: 'embedded', create: () => embeddedGround(LIMITS), isShared: true, isOne: true },
  ...(hasRedis ? REDIS_KINDS : []),
];

describe.each(KINDS)('the $kind broker', ({ create, isShared, isOne = false }) => {
  let ground: Ground;

  beforeAll(async () => {
    ground = await create();
  });
  afterAll(async () => {
    await ground.kill();
    ground.remove();
  });

  it('begins a room with the first who asks for it', async () => {
    const client = await connect(ground.options);
    const room = newRoom();
    expect(client.broker.state(room)).toBe(null);
    expect(await client.open(room)).toBe(0);
    expect(client.broker.state(room)).toMatchObject({ seq: 0, kept: [] });
    expect(client.broker.state(room)?.epoch).toBeGreaterThan(0);
  });

  it('numbers messages from 1 and hands them on, bytes and opcode untouched', async () => {
    const client = await connect(ground.options);
    const room = newRoom();
    await client.open(room);
    const sent = ['one', '', '\n\0\r\n', Buffer.from(upTo(255, 0)).toString('latin1'), 'x'.repeat(65_536)];
    for (const [i, text] of sent.entries()) {
      expect(await client.publish(room, text, i % 2 === 0)).toBe('published');
    }
    await client.until(() => client.messages(room).length === sent.length);
    expect(payloads(client, room)).toEqual(sent);
    expect(seqs(client, room)).toEqual([1, 2, 3, 4, 5]);
    expect(client.messages(room).map(({ isBinary }) => isBinary)).toEqual([true, false, true, false, true]);
  });

  it('keeps the payload that it was given, whatever becomes of its memory', async () => {
    const client = await connect(ground.options);
    const room = newRoom();
    await client.open(room);
    const payload = Buffer.from('before');
    client.broker.publish(room, payload, false, () => {});
    payload.fill('x');
    await client.until(() => client.messages(room).length === 1);
    expect(payloads(client, room)).toEqual(['before']);
  });

  it('keeps the order of one publisher that does not wait', async () => {
    const client = await connect(ground.options);
    const room = newRoom();
    await client.open(room);
    const results = await Promise.all(upTo(500).map((n) => client.publish(room, String(n))));
    expect(new Set(results)).toEqual(new Set(['published']));
    await client.until(() => client.messages(room).length === 500);
    expect(payloads(client, room)).toEqual(upTo(500).map(String));
    expect(seqs(client, room)).toEqual(upTo(500));
  });

  it('gives what is published after a subscription, even if that is not answered yet', async () => {
    const client = await connect(ground.options);
    const room = newRoom();
    client.broker.subscribe(room);
    for (const n of upTo(20)) void client.publish(room, String(n));
    await client.until(() => client.messages(room).length === 20);
    expect(payloads(client, room)).toEqual(upTo(20).map(String));
  });

  it('goes on with the numbers of a room that nobody follows', async () => {
    const client = await connect(ground.options);
    const room = newRoom();
    await client.open(room);
    await client.publish(room, 'one');
    await client.until(() => client.messages(room).length === 1);
    client.broker.unsubscribe(room);
    client.broker.unsubscribe(room);
    expect(client.broker.state(room)).toBe(null);
    await client.publish(room, 'two');
    await client.publish(room, 'three');
    expect(await client.open(room)).toBe(3);
    expect(keptSeqs(client, room)).toEqual([1, 2, 3]);
    await client.publish(room, 'four');
    await client.until(() => client.messages(room).length === 2);
    expect(payloads(client, room)).toEqual(['one', 'four']);
  });

  it('may be left and asked again at once', async () => {
    const client = await connect(ground.options);
    const room = newRoom();
    for (const _ of upTo(5)) {
      client.broker.subscribe(room);
      client.broker.unsubscribe(room);
    }
    client.broker.subscribe(room);
    void client.publish(room, 'x');
    await client.until(() => client.messages(room).length === 1);
    expect(seqs(client, room)).toEqual([1]);
  });

  it('keeps the newest messages of a room, and no more than it may', async () => {
    const client = await connect(ground.options);
    const room = newRoom();
    await client.open(room);
    await Promise.all(upTo(120).map((n) => client.publish(room, String(n))));
    await client.until(() => client.messages(room).length === 120);
    expect(keptSeqs(client, room)).toEqual(upTo(120, 71));
    client.broker.unsubscribe(room);
    expect(await client.open(room)).toBe(120);
    expect(client.broker.state(room)?.kept.map((message) => read(room, message).payload)).toEqual(
      upTo(120, 71).map(String),
    );
  });

  it('tells of publications that were not confirmed when it was closed', async () => {
    const client = await connect(ground.options);
    const results = upTo(10).map((n) => client.publish(newRoom(), String(n)));
    await client.broker.close();
    for (const result of await Promise.all(results)) expect(['published', 'lost']).toContain(result);
  });

  if (!isShared) return;

  describe('between several nodes', () => {
    it('numbers and publishes in one step: all see the same order, without a hole, each message once', async () => {
      const clients = await Promise.all(upTo(3).map(() => connect(ground.options)));
      const room = newRoom();
      await Promise.all(clients.map((client) => client.open(room)));
      await Promise.all(
        clients.flatMap((client, c) => upTo(300).map((n) => client.publish(room, `${c} ${n}`))),
      );
      for (const client of clients) await client.until(() => client.messages(room).length === 900);
      const [first, ...others] = clients.map((client) => client.messages(room));
      expect(first.map(({ seq }) => seq)).toEqual(upTo(900));
      for (const other of others) expect(other).toEqual(first);
      for (const c of [0, 1, 2]) {
        const own = first.map(({ payload }) => payload).filter((text) => text.startsWith(`${c} `));
        expect(own).toEqual(upTo(300).map((n) => `${c} ${n}`));
      }
    });

    it('gives a node that comes in the middle of it all numbers from where it came', async () => {
      const [publisher, ...others] = await Promise.all(upTo(2).map(() => connect(ground.options)));
      const scenario = fc.array(
        fc.record({ who: fc.nat(3), what: fc.constantFrom('publish', 'join', 'leave', 'turn') }),
        { maxLength: 60 },
      );
      await fc.assert(
        fc.asyncProperty(scenario, async (steps) => {
          const room = newRoom();
          const [node] = others;
          const before = node.messages(room).length;
          expect(before).toBe(0);
          let published = 0;
          let isIn = false;
          /** Where each stay begins in what the node was handed. */
          for (const { who, what } of steps) {
            if (what === 'publish') {
              published++;
              void (who === 0 ? node : publisher).publish(room, String(published));
            } else if (what === 'join') {
              node.broker.subscribe(room);
              isIn = true;
            } else if (what === 'leave') {
              node.broker.unsubscribe(room);
              isIn = false;
            } else {
              await new Promise((resolve) => setImmediate(resolve));
            }
          }
          if (!isIn) await node.open(room);
          await node.publish(room, 'end');
          await node.until(() => (node.broker.state(room)?.seq ?? 0) === published + 1);
          const all = node.broker.state(room)?.kept ?? [];
          expect(all.map(({ seq }) => seq)).toEqual(upTo(published + 1));
          const handed = seqs(node, room);
          expect(handed).toEqual([...new Set(handed)].sort((a, b) => a - b));
          node.broker.unsubscribe(room);
        }),
        { numRuns: 60 },
      );
    });

    it('reaches only those who follow the room', async () => {
      const [ann, bob] = await Promise.all(upTo(2).map(() => connect(ground.options)));
      const [tea, milk] = [newRoom(), newRoom()];
      await ann.open(tea);
      await bob.open(milk);
      await ann.publish(milk, 'for bob');
      await bob.publish(tea, 'for ann');
      await ann.until(() => ann.messages(tea).length === 1);
      await bob.until(() => bob.messages(milk).length === 1);
      expect(ann.messages(milk)).toEqual([]);
      expect(bob.messages(tea)).toEqual([]);
    });
  });

  describe.runIf(isOne)('when the way to it is lost', () => {
    it.each([
      ['and everything is kept', 40, 0],
      ['and more is published than is kept', 80, 30],
    ])('catches up in order, and tells what is missing: %s', async (_case, meanwhile, skipped) => {
      const way = await createDetour(ground.options);
      const [ann, bob] = [await connect(way.options), await connect(ground.options)];
      const room = newRoom();
      await ann.open(room);
      for (const n of upTo(10)) await bob.publish(room, String(n));
      await ann.until(() => ann.messages(room).length === 10);
      way.cut();
      await ann.until(() => ann.losses > 0);
      for (const n of upTo(meanwhile)) await bob.publish(room, String(10 + n));
      await way.mend();
      await ann.until(() => ann.broker.state(room)?.seq === 10 + meanwhile);
      await bob.publish(room, 'end');
      await ann.until(() => ann.broker.state(room)?.seq === 11 + meanwhile);
      expect(seqs(ann, room)).toEqual([...upTo(10), ...upTo(11 + meanwhile, 11 + skipped)]);
      expect(ann.skipped[room] ?? 0).toBe(skipped);
      expect(new Set(ann.messages(room).map(({ epoch }) => epoch)).size).toBe(1);
      expect(ann.reconnects).toBe(1);
    });

    it('catches up while others go on publishing', async () => {
      const way = await createDetour(ground.options);
      const [ann, bob] = [
        await connect(way.options),
        await connect(ground.options, { historyMessages: 5000 }),
      ];
      const room = newRoom();
      await ann.open(room);
      let isDone = false;
      let published = 0;
      const publishing = (async () => {
        while (!isDone) {
          await bob.publish(room, String(++published));
          // Slowly enough that the history reaches back to each cut.
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      for (const round of [1, 2, 3]) {
        await ann.until(() => ann.messages(room).length > round * 10);
        way.cut();
        await ann.until(() => ann.losses === round);
        await way.mend();
        await ann.until(() => ann.reconnects === round);
      }
      isDone = true;
      await publishing;
      await ann.until(() => ann.broker.state(room)?.seq === published);
      const handed = seqs(ann, room);
      expect(handed).toEqual([...new Set(handed)].sort((a, b) => a - b));
      expect(handed.length + (ann.skipped[room] ?? 0)).toBe(published);
    });
  });

  describe('when it is lost', () => {
    it('says so at once, takes nothing, and goes on when it is back: a reset is told by the epoch', async () => {
      const [ann, bob] = await Promise.all(upTo(2).map(() => connect(ground.options)));
      const room = newRoom();
      await ann.open(room);
      await ann.publish(room, 'one');
      await ann.publish(room, 'two');
      await ann.until(() => ann.messages(room).length === 2);
      await ground.kill();
      await Promise.all([ann.until(() => ann.losses === 1), bob.until(() => bob.losses === 1)]);
      expect(ann.broker.isLost).toBe(true);
      expect(await ann.publish(room, 'never')).toBe('lost');
      // What a node has at hand it still has.
      expect(keptSeqs(ann, room)).toEqual([1, 2]);
      await ground.start();
      await Promise.all([ann.until(() => ann.reconnects === 1), bob.until(() => bob.reconnects === 1)]);
      expect(ann.broker.isLost).toBe(false);
      expect(await bob.publish(room, 'three')).toBe('published');
      await ann.until(() => ann.messages(room).length === 3);
      const [, two, three] = ann.messages(room);
      expect(three).toMatchObject({ seq: 1, payload: 'three' });
      expect(three.epoch).toBeGreaterThan(two.epoch);
      expect(ann.skipped).toEqual({});
      expect(keptSeqs(ann, room)).toEqual([1]);
    });

    it('follows a room that was asked for meanwhile', async () => {
      const client = await connect(ground.options);
      const room = newRoom();
      await ground.kill();
      await client.until(() => client.losses === 1);
      client.broker.subscribe(room);
      expect(client.broker.state(room)).toBe(null);
      await ground.start();
      await client.until(() => client.broker.state(room) !== null);
      await client.publish(room, 'x');
      await client.until(() => client.messages(room).length === 1);
    });

    it('leaves no publication without an answer, and each that it confirmed has a number of its own', async () => {
      const [ann, bob] = await Promise.all(upTo(2).map(() => connect(ground.options)));
      const room = newRoom();
      await bob.open(room);
      const results: Promise<string>[] = [];
      for (const n of upTo(2000)) results.push(ann.publish(room, String(n)));
      await bob.until(() => bob.messages(room).length > 0);
      await ground.kill();
      await ann.until(() => ann.losses === 1);
      const told = await Promise.all(results);
      expect(told).toHaveLength(2000);
      await ground.start();
      await bob.until(() => bob.reconnects === 1);
      const handed = seqs(bob, room);
      expect(handed).toEqual(upTo(handed.length));
      await ann.until(() => ann.reconnects === 1);
    });
  });
});

it.each([
  ['local', async () => LOCAL],
  ['embedded', () => embeddedGround({ rooms: 1 })],
] as const)('the %s broker takes no more rooms than it may', async (_kind, create) => {
  const ground = await create();
  const client = await connect(ground.options, { rooms: 1 });
  expect(await client.publish('a', 'x')).toBe('published');
  expect(await client.publish('b', 'x')).toBe('full');
  expect(await client.open('b')).toBe(-1);
  expect(client.refused).toEqual(['b']);
  expect(await client.open('a')).toBe(1);
  await client.broker.close();
  await ground.kill();
});

describe.runIf(hasRedis)('a Redis', () => {
  it('that comes back with its old keys begins a new epoch: they may be older than what it gave out', async () => {
    const ground = await redisGround(['--appendonly', 'yes', '--appendfsync', 'always']);
    const client = await connect(ground.options);
    await client.open('tea');
    for (const n of upTo(3)) await client.publish('tea', String(n));
    await client.until(() => client.messages('tea').length === 3);
    await ground.kill();
    await client.until(() => client.losses === 1);
    await ground.start();
    await client.until(() => client.reconnects === 1);
    await client.publish('tea', 'new');
    await client.until(() => client.messages('tea').length === 4);
    const [first, , , last] = client.messages('tea');
    expect(last).toMatchObject({ seq: 1, payload: 'new' });
    expect(last.epoch).toBeGreaterThan(first.epoch);
    await client.broker.close();
    await ground.kill();
    ground.remove();
  });

  it('that is shared keeps runs apart, forgets them in time, and holds few bytes of each room', async () => {
    const ground = await redisGround();
    const { url } = ground.options;
    const [ann, bob] = await Promise.all(
      ['run-a', 'run-b'].map((prefix) => connect({ ...ground.options, prefix })),
    );
    await Promise.all([ann.open('tea'), bob.open('tea')]);
    await ann.publish('tea', 'one');
    await ann.until(() => ann.messages('tea').length === 1);
    expect(bob.broker.state('tea')?.seq).toBe(0);
    const fat = await connect({ ...ground.options, prefix: 'run-c' }, { historyBytes: 1000 });
    for (const n of upTo(5)) await fat.publish('tea', String(n).repeat(300));
    const redis = new Redis(url);
    const keys = await redis.keys('*');
    const room = (prefix: string) => [`${prefix}:{tea}:head`, `${prefix}:{tea}:kept`];
    expect(keys.sort()).toEqual([...room('run-a'), 'run-b:{tea}:head', ...room('run-c')]);
    for (const key of keys) {
      const livesMs = await redis.pttl(key);
      expect(livesMs).toBeGreaterThan(3_500_000);
      expect(livesMs).toBeLessThanOrEqual(3_600_000);
    }
    expect(await redis.llen('run-c:{tea}:kept')).toBe(3);
    redis.disconnect();
    await Promise.all([ann, bob, fat].map(({ broker }) => broker.close()));
    await ground.kill();
    ground.remove();
  });

  it.each([
    ['asks for another password', ['--requirepass', 'other'], 'WRONGPASS'],
    ['does not allow scripts', ['--rename-command', 'SCRIPT', ''], 'unknown command'],
  ])('that %s is not taken, and the password not told', async (_case, settings, reason) => {
    const ground = await redisGround(settings);
    const { url, prefix } = ground.options;
    const withPassword = url.replace(
      'redis://',
      settings[0] === '--requirepass' ? 'redis://:secret@' : 'redis://',
    );
    const failure = await connectClient({ ...ground.options, url: withPassword, prefix }).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({ name: 'WsscaleError', code: 'TARGET' });
    expect(failure.message).toContain(reason);
    expect(failure.message).not.toContain('secret');
    await ground.kill();
    ground.remove();
  });

  it('that has forgotten the scripts is given them again', async () => {
    const ground = await redisGround();
    const { url } = ground.options;
    const client = await connect(ground.options);
    await client.open('tea');
    const redis = new Redis(url);
    await redis.script('FLUSH');
    redis.disconnect();
    expect(await client.publish('tea', 'one')).toBe('lost');
    await client.until(() => client.reconnects === 1);
    expect(await client.publish('tea', 'two')).toBe('published');
    await client.until(() => client.messages('tea').length === 1);
    await client.broker.close();
    await ground.kill();
    ground.remove();
  });
});

it.each(['embedded', 'redis'])('says which %s broker cannot be reached, and no password', async (kind) => {
  const options: BrokerOptions =
    kind === 'embedded'
      ? { kind, host: '127.0.0.1', port: 1 }
      : { kind: 'redis', carrier: 'pubsub', url: 'redis://:secret@127.0.0.1:1', prefix: 'x' };
  const failure = await connectClient(options).catch((error) => error);
  expect(failure).toMatchObject({ name: 'WsscaleError', code: 'TARGET' });
  expect(failure.message).toContain('127.0.0.1:1');
  expect(failure.message).toContain('ECONNREFUSED');
  expect(failure.message).not.toContain('secret');
});
