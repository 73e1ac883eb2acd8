import { afterEach, describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { openEmbeddedStream } from '../../../src/server/direct/embedded-stream.ts';
import { openRedisStream } from '../../../src/server/direct/redis-stream.ts';
import { type Append, LANE_LIMITS, type Stream } from '../../../src/server/direct/stream.ts';
import { createStreamDesk } from '../../../src/server/direct/stream-desk.ts';
import { appendFrame, readEntry, readFrame } from '../../../src/server/direct/stream-frames.ts';
import { embeddedGround, type Ground, hasRedis, redisGround } from '../broker/grounds.ts';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function on(ground: Promise<Ground>): Promise<Ground> {
  const made = await ground;
  cleanups.push(async () => {
    await made.kill();
    made.remove();
  });
  return made;
}

/** A stream, and what comes in the lane that it reads. */
function open(ground: Ground, lane: number | null, limits = LANE_LIMITS) {
  const entries = events<{ text: string; acknowledge: () => void }>();
  const found = events<'found' | 'lost'>();
  const random = createRandom(1, 'retry');
  const listener = {
    onEntry: (body: Buffer, acknowledge: () => void) => entries.push({ text: body.toString(), acknowledge }),
    onLost: () => found.push('lost'),
    onFound: () => found.push('found'),
  };
  const { options } = ground;
  if (options.kind === 'local') throw new Error('a local broker has no streams');
  const stream: Stream =
    options.kind === 'embedded'
      ? openEmbeddedStream(options, lane, random, listener)
      : openRedisStream(options, lane, limits, random, listener);
  cleanups.push(() => stream.close());
  const append = (to: number, text: string) =>
    new Promise<Append>((resolve) => stream.append(to, Buffer.from(text), resolve));
  const take = async (count: number) => {
    const taken: string[] = [];
    for (let i = 0; i < count; i++) {
      const { text, acknowledge } = await entries.next();
      acknowledge();
      taken.push(text);
    }
    return taken;
  };
  return { stream, append, entries, found, take };
}

function events<T>() {
  const values: T[] = [];
  const waiting: ((value: T) => void)[] = [];
  return {
    push(value: T) {
      const wakened = waiting.shift();
      if (wakened === undefined) values.push(value);
      else wakened(value);
    },
    next: () =>
      new Promise<T>((resolve) => {
        const value = values.shift();
        if (value === undefined) waiting.push(resolve);
        else resolve(value);
      }),
    get left() {
      return values.length;
    },
  };
}

const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, i) => String(from + i));

const GROUNDS = [
  { kind: 'embedded', ground: () => embeddedGround(), isHere: true },
  { kind: 'redis', ground: () => redisGround(), isHere: hasRedis || process.env.CI !== undefined },
];

describe.each(GROUNDS)('the stream of a region: $kind', ({ ground, isHere }) => {
  test.skipIf(!isHere)(
    'brings each entry to the node whose lane it is in, in the order of its sender',
    async () => {
      const region = await on(ground());
      const [first, second, sender] = [open(region, 1), open(region, 2), open(region, null)];
      for (const node of [first, second, sender]) expect(await node.found.next()).toBe('found');

      const results = numbers(100).map((text, i) => sender.append(1 + (i % 2), text));

      expect(new Set(await Promise.all(results))).toEqual(new Set(['appended']));
      expect(await first.take(50)).toEqual(numbers(100).filter((_, i) => i % 2 === 0));
      expect(await second.take(50)).toEqual(numbers(100).filter((_, i) => i % 2 === 1));
      expect([first.entries.left, second.entries.left]).toEqual([0, 0]);
    },
  );

  test.skipIf(!isHere)('keeps what comes before the node does', async () => {
    const region = await on(ground());
    const sender = open(region, null);
    await sender.found.next();
    expect(await sender.append(1, 'early')).toBe('appended');

    expect(await open(region, 1).take(1)).toEqual(['early']);
  });

  test.skipIf(!isHere)(
    'brings again what a node did not acknowledge before it went, and nothing else',
    async () => {
      const region = await on(ground());
      const sender = open(region, null);
      await sender.found.next();
      const node = open(region, 1);
      await node.found.next();
      await Promise.all(numbers(4).map((text) => sender.append(1, text)));
      const seen = [];
      for (let i = 0; i < 4; i++) seen.push(await node.entries.next());
      seen[0].acknowledge();
      seen[2].acknowledge();
      // An append that is answered comes after the acknowledgements that went before it.
      expect(await node.append(9, 'after')).toBe('appended');
      await node.stream.close();

      const next = open(region, 1);
      await sender.append(1, '5');

      expect(await next.take(3)).toEqual(['2', '4', '5']);
    },
  );

  test.skipIf(!isHere)('is lost with its broker, says so to who appends, and is found again', async () => {
    const region = await on(ground());
    const node = open(region, 1);
    expect(await node.found.next()).toBe('found');
    await region.kill();
    expect(await node.found.next()).toBe('lost');

    expect(await node.append(1, 'into nothing')).toBe('lost');
    await region.start();

    expect(await node.found.next()).toBe('found');
    expect(await node.append(1, 'again')).toBe('appended');
    expect(await node.take(1)).toEqual(['again']);
  });

  test.skipIf(!isHere)('passes on any bytes', async () => {
    const region = await on(ground());
    const node = open(region, 1);
    await node.found.next();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const came = new Promise<Buffer>((resolve) => {
      const { options } = region;
      const listener = { onEntry: (body: Buffer) => resolve(body), onLost() {}, onFound() {} };
      const random = createRandom(2, 'retry');
      const other =
        options.kind === 'embedded'
          ? openEmbeddedStream(options, 2, random, listener)
          : openRedisStream(options as never, 2, LANE_LIMITS, random, listener);
      cleanups.push(() => other.close());
    });
    node.stream.append(2, bytes, () => {});

    expect(await came).toEqual(bytes);
  });
});

test.skipIf(!hasRedis && process.env.CI === undefined)(
  'a lane of a Redis holds no more than it may, and again something when some was acknowledged',
  async () => {
    const region = await on(redisGround());
    const node = open(region, 1, { entries: 2, bytes: 1000 });
    await node.found.next();
    const results = await Promise.all(numbers(3).map((text) => node.append(1, text)));
    expect(results).toEqual(['appended', 'appended', 'full']);
    await node.take(1);

    expect(await node.append(9, 'after')).toBe('appended');
    expect(await node.append(1, '4')).toBe('appended');
  },
);

test('a lane of an embedded broker holds no more than it may', () => {
  const desk = createStreamDesk({ entries: 2, bytes: 10 });
  const answers: number[] = [];
  const node = { write: (frame: Buffer) => void answers.push(frame[6]) };
  for (const text of ['123', '4567', 'x']) desk.handle(node, appendFrame(1, Buffer.from(text)).subarray(4));
  desk.handle(node, appendFrame(2, Buffer.from('12345678901')).subarray(4));

  expect(answers).toEqual([1, 1, 0, 0]);
});

test('who asks for a lane last has it', () => {
  const desk = createStreamDesk({ entries: 10, bytes: 1000 });
  const node = () => {
    const got: string[] = [];
    return { got, write: (frame: Buffer) => void got.push(readEntry(frame.subarray(4)).entry.toString()) };
  };
  const [before, after] = [node(), node()];
  desk.handle(before, readFrame(1).subarray(4));
  desk.handle({ write() {} }, appendFrame(1, Buffer.from('a')).subarray(4));
  desk.handle(after, readFrame(1).subarray(4));
  desk.handle({ write() {} }, appendFrame(1, Buffer.from('b')).subarray(4));
  desk.remove(before);
  desk.handle({ write() {} }, appendFrame(1, Buffer.from('c')).subarray(4));

  expect([before.got, after.got]).toEqual([['a'], ['a', 'b', 'c']]);
});
