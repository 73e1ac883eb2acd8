import { describe, expect, test } from 'vitest';
import { createNameResolver } from '../../src/swarm/resolver.ts';
import { createManualTime } from '../support/manual-time.ts';

const TTL_S = 5;

/** A DNS that answers when a test says so. */
function setUp() {
  const time = createManualTime();
  const asked: { name: string; answer: (addresses: string[]) => void; fail: () => void }[] = [];
  const resolver = createNameResolver(
    (name) =>
      new Promise((resolve, reject) => {
        const answer = (addresses: string[]) => resolve({ addresses, ttlS: TTL_S });
        asked.push({ name, answer, fail: () => reject(new Error('SERVFAIL')) });
      }),
    time.nowMs,
  );
  const found: string[] = [];
  const lookUp = () =>
    resolver.lookup('wsscale.test', {}, (error, address) => found.push(error?.code ?? String(address)));
  return { time, asked, resolver, found, lookUp, settled: () => new Promise(setImmediate) };
}

describe('a resolver', () => {
  test('asks once for all that wait, and keeps the answer for its time to live', async () => {
    const { time, asked, found, lookUp, settled } = setUp();
    for (let i = 0; i < 3; i++) lookUp();
    expect(asked.map(({ name }) => name)).toEqual(['wsscale.test']);
    asked[0].answer(['127.0.10.1']);
    await settled();
    time.pass(TTL_S * 1000 - 1);
    lookUp();
    expect(found).toEqual(Array.from({ length: 4 }, () => '127.0.10.1'));
    expect(asked).toHaveLength(1);
    time.pass(1);
    lookUp();
    expect(asked).toHaveLength(2);
    asked[1].answer(['127.0.11.1']);
    await settled();
    expect(found.at(-1)).toBe('127.0.11.1');
  });

  test('deals out the addresses of an answer in turn', async () => {
    const { asked, found, lookUp, settled } = setUp();
    for (let i = 0; i < 4; i++) lookUp();
    asked[0].answer(['127.0.10.1', '127.0.10.2']);
    await settled();
    expect(found).toEqual(['127.0.10.1', '127.0.10.2', '127.0.10.1', '127.0.10.2']);
  });

  test('knows since when its answers name a region', async () => {
    const { time, asked, resolver, lookUp, settled } = setUp();
    expect(resolver.region).toBeNull();
    const next = async (address: string) => {
      lookUp();
      asked.at(-1)?.answer([address]);
      await settled();
      const region = resolver.region;
      time.pass(10_000);
      return region;
    };
    expect(await next('127.0.10.1')).toEqual({ index: 0, sinceMs: 0 });
    expect(await next('127.0.10.2')).toEqual({ index: 0, sinceMs: 0 });
    expect(await next('127.0.12.1')).toEqual({ index: 2, sinceMs: 20_000 });
    expect(await next('127.0.10.1')).toEqual({ index: 0, sinceMs: 30_000 });
  });

  test('says of a name without an answer what the system would, and asks again', async () => {
    const { asked, resolver, found, lookUp, settled } = setUp();
    lookUp();
    lookUp();
    asked[0].fail();
    await settled();
    expect(found).toEqual(['EAI_AGAIN', 'EAI_AGAIN']);
    expect(resolver.region).toBeNull();
    lookUp();
    asked[1].answer(['127.0.10.1']);
    await settled();
    expect(found.at(-1)).toBe('127.0.10.1');
  });
});
