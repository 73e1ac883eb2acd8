/**
 * The kernel objects that a TCP socket is made of, and the caches of slabs that they are in.
 */

import type { SlabCache } from './proc.ts';

/**
 * A socket that is open, watched by epoll, and perhaps bound has one of each, or none: the socket, as a file, in
 * epoll, what a security module adds to it, and its port. What waits in its buffers is charged to it elsewhere, and
 * what a socket leaves behind (TIME_WAIT) is not its own any more.
 */
const SOCKET_OBJECTS = [
  ...['TCP', 'TCPv6'],
  ...['sock_inode_cache', 'dentry', 'filp'],
  ...['eventpoll_epi', 'eventpoll_pwq', 'ep_head'],
  ...['lsm_inode_cache', 'lsm_file_cache'],
  ...['tcp_bind_bucket', 'tcp_bind2_bucket'],
];

/** A cache that has objects of sockets, and of others. */
export interface SocketCache extends SlabCache {
  /** How many kinds of them: a socket has so many objects here at the most. */
  kinds: number;
}

/**
 * The caches of these that have to do with sockets.
 *
 * @param places where each cache really is, by its name: the kernel merges caches whose objects are of one size, and
 *   lists them under the name of one of them
 */
export function socketCachesOf(
  caches: ReadonlyMap<string, SlabCache>,
  places: ReadonlyMap<string, string>,
): Map<string, SocketCache> {
  const listedAt = new Map([...caches.keys()].map((name) => [places.get(name) ?? name, name]));
  const found = new Map<string, SocketCache>();
  for (const object of SOCKET_OBJECTS) {
    const name = caches.has(object) ? object : listedAt.get(places.get(object) ?? object);
    const cache = name === undefined ? undefined : caches.get(name);
    if (name === undefined || cache === undefined) continue;
    found.set(name, { ...cache, kinds: (found.get(name)?.kinds ?? 0) + 1 });
  }
  return found;
}

/** The memory of everything that is in these caches. */
export function bytesIn(caches: ReadonlyMap<string, SocketCache>): number {
  return [...caches.values()].reduce((sum, { objects, objectBytes }) => sum + objects * objectBytes, 0);
}

/**
 * What one of so many new sockets takes. That they have no more objects than sockets can have keeps out most of what
 * others did meanwhile with the caches that are theirs, too: who looks through /proc makes dentries by the thousand.
 */
export function bytesPerNewSocket(
  before: ReadonlyMap<string, SocketCache>,
  after: ReadonlyMap<string, SocketCache>,
  sockets: number,
): number {
  let bytes = 0;
  for (const [name, { objects, objectBytes, kinds }] of after) {
    const more = objects - (before.get(name)?.objects ?? 0);
    bytes += Math.max(0, Math.min(more, kinds * sockets)) * objectBytes;
  }
  return bytes / sockets;
}
