import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import type { Counts } from '../../../src/server/counts.ts';
import type { DeliveryOptions } from '../../../src/server/options.ts';
import { DEFAULT_NODE_OPTIONS } from '../../../src/server/options.ts';
import { type Client, connect, type startNode, until, withEachEngine } from '../node-under-test.ts';

const MESSAGE_BYTES = 32 * 1024;

/** Who says when it reads, and keeps what it got: the numbers of messages, and of those that were left out. */
async function join(url: string, after = '') {
  const client = await connect(`${url}/rooms`);
  const got: number[] = [];
  const leftOut: number[] = [];
  let newest = 0;
  let waiting: { seq: number; resolve: () => void }[] = [];
  client.socket.on('message', (data: Buffer) => {
    const [verb, , first, , count] = data.toString('latin1', 0, Math.min(80, data.length)).split(/[ \n]/);
    if (verb !== 'MSG' && verb !== 'SKIP') return;
    newest = Number(first);
    if (verb === 'MSG') got.push(newest);
    else for (let i = Number(count) - 1; i >= 0; i--) leftOut.push(newest - i);
    waiting = waiting.filter(({ seq, resolve }) => {
      if (seq <= newest) resolve();
      return seq > newest;
    });
  });
  client.socket.send(`JOIN tea${after}`);
  await client.next();
  return {
    ...{ client, got, leftOut },
    socket: client.socket as WebSocket,
    /** Resolves when it knows what became of all messages up to a number. */
    knows: (seq: number) =>
      new Promise<void>((resolve) => {
        if (newest >= seq) resolve();
        else waiting.push({ seq, resolve });
      }),
  };
}

const payload = Buffer.alloc(MESSAGE_BYTES, 'x');
const publish = ({ socket }: Client, priority: '' | ' low') =>
  socket.send(Buffer.concat([Buffer.from(`PUB tea${priority}\n`), payload]));

async function start(
  startWith: typeof startNode,
  limits: Partial<DeliveryOptions>,
  maxBufferedBytes: number,
) {
  const node = await startWith({
    maxBufferedBytes,
    maxPayloadBytes: 2 * MESSAGE_BYTES,
    delivery: { ...DEFAULT_NODE_OPTIONS.delivery, ...limits },
  });
  const reader = await join(node.url);
  const slow = await join(node.url);
  const publisher = await connect(`${node.url}/rooms`);
  let published = 0;
  return {
    ...{ node, reader, slow, counts: node.counts as Counts },
    get published() {
      return published;
    },
    /** Publishes one message after the other, each when the reader has the one before, until something is so. */
    async publishUntil(priorityOf: (n: number) => '' | ' low', isEnough: () => boolean) {
      while (!isEnough()) {
        publish(publisher, priorityOf(++published));
        await reader.knows(published);
      }
    },
  };
}

const numbersTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

withEachEngine((startWith) => {
  describe('with a reader that has stopped', () => {
    test('messages of low priority are left out and told, those of high wait, and others lose nothing', async () => {
      const it = await start(startWith, { lowWaterBytes: 100_000 }, 64 * 1024 * 1024);
      it.slow.socket.pause();
      const { low, high } = it.counts.delivery;
      await it.publishUntil(
        (n) => (n % 5 === 0 ? '' : ' low'),
        () => low.dropped >= 40,
      );
      const whileStopped = low.dropped;
      expect(it.counts.delivery.peakBufferedBytes).toBeGreaterThan(100_000);
      it.slow.socket.resume();
      await it.slow.knows(it.published);
      // What was left out in the end is told without a further message.
      expect(low.dropped).toBe(whileStopped);
      expect(it.slow.leftOut).toHaveLength(low.dropped);
      expect(it.slow.leftOut.every((seq) => seq % 5 !== 0)).toBe(true);
      expect([...it.slow.got, ...it.slow.leftOut].sort((a, b) => a - b)).toEqual(numbersTo(it.published));
      expect(it.reader.got).toEqual(numbersTo(it.published));
      expect(it.reader.leftOut).toEqual([]);
      expect(low.sent + low.dropped + high.sent).toBe(2 * it.published);
      expect(it.counts).toMatchObject({ dropped: low.dropped, delivery: { closedSlow: 0, withdrawn: 0 } });
      // Below the mark, it is a reader like any other.
      await it.publishUntil(
        () => ' low',
        () => it.published % 100 === 0,
      );
      await it.slow.knows(it.published);
      expect(low.dropped).toBe(whileStopped);
    });

    test('it is closed where more waits than may, and what it missed is in the history', async () => {
      const it = await start(startWith, { lowWaterBytes: 100_000 }, 400_000);
      it.slow.socket.pause();
      const { delivery } = it.counts;
      await it.publishUntil(
        (n) => (n % 2 === 0 ? '' : ' low'),
        () => delivery.closedSlow > 0,
      );
      expect(delivery.peakBufferedBytes).toBeLessThan(400_000 + 2 * MESSAGE_BYTES);
      await until(it.node, () => it.node.connections() === 2);
      it.slow.socket.resume();
      await it.slow.client.closed;
      // Up to here it knows of every message; of what it was never told, the server has not told itself either.
      const known = [...it.slow.got, ...it.slow.leftOut].sort((a, b) => a - b);
      expect(known).toEqual(numbersTo(known.length));
      expect(it.slow.leftOut).toHaveLength(delivery.low.dropped - delivery.withdrawn);
      const again = await join(it.node.url, ` ${known.length} 7`);
      await again.knows(it.published);
      expect(again.got).toEqual(numbersTo(it.published).slice(known.length));
      expect(it.reader.got).toEqual(numbersTo(it.published));
      expect(delivery).toMatchObject({ closedSlow: 1, high: { dropped: 0 } });
    });
  });

  test('a reader that keeps up loses nothing, whatever the priority', async () => {
    const it = await start(startWith, { lowWaterBytes: 100_000 }, 400_000);
    await it.publishUntil(
      () => ' low',
      () => it.published === 300,
    );
    await it.slow.knows(300);
    expect(it.slow.got).toEqual(numbersTo(300));
    expect(it.reader.got).toEqual(numbersTo(300));
    expect(it.counts).toMatchObject({
      dropped: 0,
      delivery: { low: { sent: 600, dropped: 0 }, closedSlow: 0, withdrawn: 0 },
    });
  });
});
