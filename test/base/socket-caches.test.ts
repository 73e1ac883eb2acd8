import { describe, expect, test } from 'vitest';
import { parseSlabinfo } from '../../src/base/proc.ts';
import {
  bytesIn,
  bytesPerNewSocket,
  type SocketCache,
  socketCachesOf,
} from '../../src/base/socket-caches.ts';
import * as texts from './proc-texts.ts';

/** Caches that all have objects of 100 bytes. */
function caches(
  objects: Record<string, number>,
  kinds: Record<string, number> = {},
): Map<string, SocketCache> {
  const entries = Object.entries(objects);
  return new Map(
    entries.map(([name, count]) => [name, { objects: count, objectBytes: 100, kinds: kinds[name] ?? 1 }]),
  );
}

describe('the caches of sockets', () => {
  test('are found under the names that the kernel lists them by', () => {
    const found = socketCachesOf(parseSlabinfo(texts.SLABINFO_6_18, 4096), texts.CACHE_PLACES_6_18);
    const kinds = [...found].map(([name, cache]) => [name, cache.kinds]);
    expect(Object.fromEntries(kinds)).toEqual({
      ...{ TCP: 1, TCPv6: 1, sock_inode_cache: 1, dentry: 1, filp: 1, ep_head: 1 },
      ...{ lsm_inode_cache: 1, lsm_file_cache: 1 },
      // One listed name for what the kernel merged: the item of epoll, and both buckets of a bound port.
      eventpoll_epi: 3,
      anon_vma_chain: 1,
    });
  });

  test('are those that are listed where nothing is known of merging', () => {
    const found = socketCachesOf(parseSlabinfo(texts.SLABINFO_5_10, 4096), new Map());
    expect([...found.keys()]).toEqual(['TCP', 'sock_inode_cache', 'eventpoll_pwq']);
  });

  test('take together what their objects take', () => {
    expect(bytesIn(caches({ TCP: 3, filp: 4 }))).toBe(700);
    expect(bytesIn(new Map())).toBe(0);
  });
});

describe('a new socket', () => {
  test('takes what the caches have grown by', () => {
    const before = caches({ TCP: 5, filp: 1000 });
    expect(bytesPerNewSocket(before, caches({ TCP: 105, filp: 1050 }), 100)).toBe(150);
  });

  test('has one object of a kind at the most; what others made of it is theirs', () => {
    const before = caches({ TCP: 0, dentry: 0 });
    expect(bytesPerNewSocket(before, caches({ TCP: 100, dentry: 5000 }), 100)).toBe(200);
  });

  test('has as many objects as there are kinds in a merged cache', () => {
    const after = caches({ eventpoll_epi: 250 }, { eventpoll_epi: 3 });
    expect(bytesPerNewSocket(caches({ eventpoll_epi: 0 }), after, 100)).toBe(250);
  });

  test('is not paid back by what others gave up', () => {
    const before = caches({ TCP: 0, dentry: 9000 });
    expect(bytesPerNewSocket(before, caches({ TCP: 100, dentry: 10 }), 100)).toBe(100);
  });

  test('of a kind that had no cache before has all of it', () => {
    expect(bytesPerNewSocket(new Map(), caches({ TCPv6: 10 }), 10)).toBe(100);
  });
});
