/**
 * Several nodes with one broker between them, seen by their clients.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Health } from '../../../src/server/health.ts';
import type { ListeningNode } from '../../../src/server/listen.ts';
import { type Client, connect, startNode, until } from '../node-under-test.ts';
import { createDetour } from './detour.ts';
import { embeddedGround, type Ground, hasRedis, redisGround } from './grounds.ts';

const KINDS = [
  { kind: 'embedded', create: () => embeddedGround() },
  ...(hasRedis
    ? [
        { kind: 'redis', create: () => redisGround() },
        { kind: 'redis sharded', create: () => redisGround([], 'sharded') },
        { kind: 'redis streams', create: () => redisGround([], 'streams') },
      ]
    : []),
];

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe.each(KINDS)('nodes with the $kind broker', ({ create }) => {
  let ground: Ground;

  beforeEach(async () => {
    ground = await create();
  });
  // Registered after the nodes' own clean-up, so it runs before: a node must bear that its broker goes first.
  afterEach(async () => {
    await ground.kill();
    ground.remove();
  });

  const start = () => startNode({ broker: ground.options });

  async function join(node: ListeningNode, request: string): Promise<{ client: Client; joined: string[] }> {
    const client = await connect(`${node.url}/rooms`);
    client.socket.send(request);
    return { client, joined: String(await client.next()).split(' ') };
  }

  async function nextSeqs(client: Client, count: number): Promise<number[]> {
    const seqs: number[] = [];
    while (seqs.length < count) seqs.push(Number(String(await client.next()).split(' ')[2]));
    return seqs;
  }

  it('have rooms in common', async () => {
    const nodes = await Promise.all(upTo(3).map(start));
    const members = await Promise.all(nodes.map((node) => join(node, 'JOIN tea')));
    for (const { joined } of members) expect(joined.slice(0, 3)).toEqual(['JOINED', 'tea', '0']);
    for (const n of upTo(50)) for (const { client } of members) client.socket.send(`PUB tea\n${n}`);
    const seen: string[][] = [];
    for (const { client } of members) {
      const texts: string[] = [];
      while (texts.length < 150) texts.push(String(await client.next()));
      seen.push(texts);
    }
    expect(seen[0].map((text) => Number(text.split(' ')[2]))).toEqual(upTo(150));
    for (const texts of seen) expect(texts).toEqual(seen[0]);
    for (const node of nodes) {
      await until(node, () => node.counts.rooms.published === 50);
      expect(node.counts.rooms).toMatchObject({ unpublished: 0, replayed: 0, notReplayed: 0 });
    }
  });

  it('let a client go on at another node, while others publish', async () => {
    const [one, two] = [await start(), await start()];
    const { client: ann, joined } = await join(one, 'JOIN tea');
    const epoch = joined[3];
    const { client: publisher } = await join(one, 'JOIN milk');
    let published = 0;
    const publish = (count: number) => {
      for (let i = 0; i < count; i++) publisher.socket.send(`PUB tea\n${++published}`);
    };
    publish(30);
    expect(await nextSeqs(ann, 30)).toEqual(upTo(30));
    ann.socket.terminate();
    publish(30);
    let last = 30;
    let replayed = 0;
    for (const node of [two, one, two]) {
      publish(20);
      const back = await join(node, `JOIN tea ${last} ${epoch}`);
      publish(20);
      expect(back.joined.slice(0, 4)).toEqual(['JOINED', 'tea', String(last), epoch]);
      replayed += Number(back.joined[4]) - last;
      expect(await nextSeqs(back.client, published - last)).toEqual(upTo(published, last + 1));
      last = published;
      back.client.socket.terminate();
    }
    const counted = one.counts.rooms.replayed + two.counts.rooms.replayed;
    expect(counted).toBe(replayed);
    expect(one.counts.rooms.published + two.counts.rooms.published).toBe(published);
  });

  it('say that the broker is lost, to the balancer and to publishers, and go on when it is back', async () => {
    const node = await start();
    const health = async () => {
      const response = await fetch(`http://127.0.0.1:${node.port}/health`);
      const { checks } = (await response.json()) as Health;
      return { status: response.status, broker: checks.broker };
    };
    const { client, joined } = await join(node, 'JOIN tea');
    expect(await health()).toEqual({ status: 200, broker: { ok: true, state: 'connected' } });
    await ground.kill();
    while ((await health()).status === 200);
    expect((await health()).broker).toEqual({ ok: false, state: 'lost' });
    for (const _ of upTo(20)) client.socket.send('PUB tea\nx');
    for (const _ of upTo(20)) expect(await client.next()).toMatch(/^ERR unpublished .*tea$/);
    // What a node knows of a room it goes on to tell.
    const late = await join(node, 'JOIN tea 0');
    expect(late.joined).toEqual(joined);
    await ground.start();
    while ((await health()).status !== 200);
    client.socket.send('PUB tea\nagain');
    expect(
      String(await client.next())
        .split(' ')
        .slice(0, 3),
    ).toEqual(['MSG', 'tea', '1']);
    expect(node.counts.rooms).toEqual({
      ...{ published: 1, unpublished: 20, replayed: 0, notReplayed: 0, brokerReconnects: 1 },
    });
  });

  it('give their members what was published while they had no broker', async () => {
    const way = await createDetour(ground.options);
    const [one, two] = [await startNode({ broker: way.options }), await start()];
    const { client: ann } = await join(one, 'JOIN tea');
    const { client: bob } = await join(two, 'JOIN tea');
    bob.socket.send('PUB tea\n1');
    expect(await nextSeqs(ann, 1)).toEqual([1]);
    way.cut();
    for (const n of upTo(8)) bob.socket.send(`PUB tea\n${n}`);
    expect(await nextSeqs(bob, 9)).toEqual(upTo(9));
    await way.mend();
    expect(await nextSeqs(ann, 8)).toEqual(upTo(9, 2));
    await until(one, () => one.counts.rooms.brokerReconnects === 1);
    expect(one.counts.rooms).toMatchObject({ replayed: 0, notReplayed: 0 });
  });
});
