import { describe, expect, test } from 'vitest';
import {
  parseMeminfo,
  parsePageBytes,
  parseSlabinfo,
  parseSmapsRollup,
  parseSockstat,
  parseStatus,
} from '../../src/base/proc.ts';
import * as texts from './proc-texts.ts';

const KB = 1024;

describe('a process', () => {
  test.for([
    ['6.18', texts.SMAPS_ROLLUP_6_18, 90_002, 89_244],
    ['5.10, with what is swapped out', texts.SMAPS_ROLLUP_5_10, 50_321 + 8192, 48_012 + 8192],
    ['4.19, which does not tell its parts apart', texts.SMAPS_ROLLUP_4_19, 50_321, 48_012],
  ] as const)('has its share of what it shares, by smaps_rollup of Linux %s', ([, text, all, anonymous]) => {
    expect(parseSmapsRollup(text)).toEqual({
      bytes: all * KB,
      anonymousBytes: anonymous * KB,
      measure: 'pss',
    });
  });

  test('has all of what it shares, by its status', () => {
    expect(parseStatus(texts.STATUS)).toEqual({
      bytes: (130_100 + 1024) * KB,
      anonymousBytes: (87_252 + 1024) * KB,
      measure: 'rss',
    });
  });

  test('of which the system tells less has no anonymous part', () => {
    const old = texts.STATUS.replace(/^(RssAnon|VmSwap):.*\n/gm, '');
    expect(parseStatus(old)).toEqual({ bytes: 130_100 * KB, anonymousBytes: null, measure: 'rss' });
  });

  test.for([
    ['an empty smaps_rollup, as of a thread of the kernel', parseSmapsRollup('')],
    ['the status of one that has ended', parseStatus(texts.STATUS_OF_ZOMBIE)],
  ] as const)('tells nothing by %s', ([, memory]) => {
    expect(memory).toBe(null);
  });
});

describe('the machine', () => {
  test('tells its slabs, what is available, and what is swapped out', () => {
    expect(parseMeminfo(texts.MEMINFO_6_18)).toEqual({
      slabBytes: 10_628_040 * KB,
      availableBytes: 12_313_604 * KB,
      swapUsedBytes: 524_288 * KB,
    });
  });

  test('that does not tell gives null, not 0', () => {
    const nothing = { slabBytes: null, availableBytes: null, swapUsedBytes: null };
    expect(parseMeminfo('')).toEqual(nothing);
    expect(parseMeminfo('MemTotal: 1000 kB\nSwapTotal: 0 kB\n')).toEqual(nothing);
  });

  test('without swap has none in use', () => {
    expect(parseMeminfo('SwapTotal:  0 kB\nSwapFree:  0 kB\n').swapUsedBytes).toBe(0);
  });
});

describe('TCP sockets', () => {
  test('are those of both versions of IP; pages and TIME_WAIT stand in one text for both', () => {
    const both = { inuse: 2_000_057 + 237, timeWait: 930, bufferPages: 171_077 };
    expect(parseSockstat(texts.SOCKSTAT, texts.SOCKSTAT6)).toEqual(both);
    expect(parseSockstat(texts.SOCKSTAT, null)).toEqual({ ...both, inuse: 2_000_057 });
  });

  test('are unknown where their line is missing', () => {
    expect(parseSockstat('sockets: used 3\n', null)).toBe(null);
  });
});

describe('slabs', () => {
  test('are told by cache, with what an object takes of its slab', () => {
    const caches = parseSlabinfo(texts.SLABINFO_6_18, 4096);
    expect(caches.size).toBe(13);
    expect(caches.get('TCP')).toEqual({ objects: 1_438_986, objectBytes: (8 * 4096) / 13 });
    expect(caches.get('kmalloc-64')).toEqual({ objects: 2527, objectBytes: 64 });
  });

  test('of the older allocator are read as well', () => {
    const caches = parseSlabinfo(texts.SLABINFO_5_10, 4096);
    expect([...caches.keys()]).toEqual(['request_sock_TCP', 'TCP', 'eventpoll_pwq', 'sock_inode_cache']);
    expect(caches.get('TCP')).toEqual({ objects: 24, objectBytes: (2 * 4096) / 3 });
  });

  test('take more where pages are larger', () => {
    expect(parseSlabinfo(texts.SLABINFO_5_10, 65_536).get('sock_inode_cache')?.objectBytes).toBe(65_536 / 5);
  });
});

describe('the size of a page', () => {
  const pairs = (...values: [bigint, bigint][]) => {
    const buffer = Buffer.alloc(values.length * 16);
    for (const [i, [key, value]] of values.entries()) {
      buffer.writeBigUInt64LE(key, i * 16);
      buffer.writeBigUInt64LE(value, i * 16 + 8);
    }
    return buffer;
  };

  test('stands beside its key', () => {
    expect(parsePageBytes(pairs([33n, 6n], [16n, 395_049_983n], [6n, 4096n], [0n, 0n]))).toBe(4096);
  });

  test('is unknown without it', () => {
    expect(parsePageBytes(pairs([0n, 0n]))).toBe(null);
    expect(parsePageBytes(Buffer.from([6]))).toBe(null);
  });
});
