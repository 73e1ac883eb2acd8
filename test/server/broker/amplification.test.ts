/**
 * How many messages a broker makes of one, by its kind, held against the formulas: a message goes to each node that
 * follows its room; of a cluster of M servers, PUBLISH sends it to the M - 1 others as well, and SPUBLISH to none.
 */

import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, it } from 'vitest';
import { readMasters, slotOf } from '../../../src/server/broker/redis-slots.ts';
import { meterBus } from '../../../src/topology/redis-bus.ts';
import { type BrokerClient, connectClient } from './client.ts';
import { clusterGround, command, embeddedGround, type Ground, hasRedis, redisGround } from './grounds.ts';

const NODES = 4;
const MASTERS = 3;
const ROOMS = ['tea', 'milk', 'bread', 'salt', 'rice'];
const PER_ROOM = 40;
const PUBLISHED = ROOMS.length * PER_ROOM;

const grounds: Ground[] = [];

afterAll(async () => {
  for (const ground of grounds) {
    await ground.kill();
    ground.remove();
  }
});

async function stand<G extends Ground>(ground: Promise<G>): Promise<G> {
  grounds.push(await ground);
  return ground;
}

/** Publishes from all nodes in turn into rooms that the first `following` of them follow. */
async function carry({ options }: Ground, following: number): Promise<BrokerClient[]> {
  const nodes = await Promise.all(Array.from({ length: NODES }, () => connectClient(options)));
  const members = nodes.slice(0, following);
  await Promise.all(members.flatMap((node) => ROOMS.map((room) => node.open(room))));
  for (let i = 0; i < PUBLISHED; i++) {
    expect(await nodes[i % NODES].publish(ROOMS[i % ROOMS.length], String(i))).toBe('published');
  }
  for (const node of members) {
    for (const room of ROOMS) await node.until(() => node.messages(room).length === PER_ROOM);
  }
  return nodes;
}

async function closeAll(nodes: BrokerClient[]): Promise<void> {
  await Promise.all(nodes.map(({ broker }) => broker.close()));
}

describe.each([
  ['embedded', () => embeddedGround()],
  ...(hasRedis
    ? ([
        ['redis', () => redisGround()],
        ['redis sharded', () => redisGround([], 'sharded')],
        ['redis streams', () => redisGround([], 'streams')],
      ] as const)
    : []),
] as const)('the %s broker', (_kind, create) => {
  it('passes a message on to each node that follows its room, and to no other', async () => {
    const nodes = await carry(await stand(create()), 3);
    expect(nodes.map(({ broker }) => broker.received)).toEqual([PUBLISHED, PUBLISHED, PUBLISHED, 0]);
    await closeAll(nodes);
  });
});

describe.runIf(hasRedis)('a Redis Cluster', () => {
  it.each([
    ['pubsub', MASTERS - 1],
    ['sharded', 0],
  ] as const)('by %s sends each message to %i other servers', async (carrier, copies) => {
    const ground = await stand(clusterGround(carrier));
    const bus = await meterBus(ground.options.url);
    const nodes = await carry(ground, NODES);
    expect(nodes.map(({ broker }) => broker.received)).toEqual(Array(NODES).fill(PUBLISHED));
    expect(await bus?.sent()).toBe(copies * PUBLISHED);
    await closeAll(nodes);
  });

  it('is not taken for streams, and the password not told', async () => {
    const ground = await stand(clusterGround('streams'));
    const url = ground.options.url.replace('redis://', 'redis://:secret@');
    const failure = await connectClient({ ...ground.options, url }).catch((error) => error);
    expect(failure).toMatchObject({ name: 'WsscaleError', code: 'TARGET' });
    expect(failure.message).toContain('is a cluster');
    expect(failure.message).not.toContain('secret');
  });

  it('has its rooms on all masters, each on the one that it says itself', async () => {
    const { options } = await stand(clusterGround('sharded'));
    const port = Number(new URL(options.url).port);
    const redis = new Redis(options.url);
    const masters = await readMasters(redis, '127.0.0.1');
    redis.disconnect();
    expect(masters?.flatMap(({ ranges }) => ranges).sort(([a], [b]) => a - b)[0][0]).toBe(0);
    expect(masters).toHaveLength(MASTERS);
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/), async (room) => {
        expect(await command(port, 'CLUSTER', 'KEYSLOT', `prefix:{${room}}:head`)).toBe(slotOf(room));
      }),
      { numRuns: 20 },
    );
  });
});

it('a server that is no cluster has no bus to be metered', async () => {
  if (!hasRedis) return;
  const ground = await stand(redisGround());
  expect(await meterBus(ground.options.url)).toBe(null);
});

it('the slot of a text is its CRC-16, of the kind XMODEM', () => {
  expect(slotOf('123456789')).toBe(0x31c3);
});
