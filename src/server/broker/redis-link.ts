/**
 * A node's way to Redis, whether that is one server or a cluster. A cluster is as many servers as it has masters: each
 * room is with one of them. The link is up while all of them are, and they are who they were when the node began: a
 * cluster whose slots move meanwhile is not followed.
 */

import { Redis } from 'ioredis';
import { WsscaleError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { redactUrl } from '../../base/redact.ts';
import type { RedisCarrier } from '../../model/scenario.ts';
import type { StoreLimits } from '../options.ts';
import type { Link, LinkEvents } from './link.ts';
import { connectServer } from './redis-server-link.ts';
import { type Master, ownersOf, readMasters, slotOf } from './redis-slots.ts';

interface RedisOptions {
  url: string;
  carrier: RedisCarrier;
  prefix: string;
}

/**
 * Connects to all servers of a Redis, and again whenever one is lost.
 *
 * @throws WsscaleError `TARGET` (as a rejection) if one cannot be reached
 */
export async function connectRedis(
  options: RedisOptions,
  limits: StoreLimits,
  random: Random,
  events: LinkEvents,
): Promise<Link> {
  const masters = await findMasters(options.url);
  if (masters === null) return connectServer(options, limits, random, events);
  if (options.carrier === 'streams') {
    // One request waits for all rooms of a node, and a cluster takes none whose keys are in several slots.
    throw new WsscaleError(
      'TARGET',
      `The Redis at ${redactUrl(options.url)} is a cluster, where streams cannot be read together; use sharded pub/sub.`,
    );
  }
  const lost = new Set<number>();
  const opening = masters.map((master, i) =>
    connectServer({ ...options, url: urlOf(options.url, master) }, limits, random, {
      onMessage: events.onMessage,
      onLost() {
        lost.add(i);
        if (lost.size === 1) events.onLost();
      },
      onFound() {
        lost.delete(i);
        if (lost.size === 0) events.onFound();
      },
    }),
  );
  return join(masters, await all(opening));
}

/** One link that asks of each room the master that has it. */
function join(masters: readonly Master[], links: readonly Link[]): Link {
  const owners = ownersOf(masters);
  const linkOf = (room: string): Link | undefined => links[owners[slotOf(room)]];
  return {
    publish(room, payload, isBinary, told) {
      const link = linkOf(room);
      if (link === undefined) told('lost');
      else link.publish(room, payload, isBinary, told);
    },
    follow: (room, followed) => linkOf(room)?.follow(room, followed),
    unfollow: (room) => linkOf(room)?.unfollow(room),
    history(room, epoch, after, told) {
      const link = linkOf(room);
      if (link === undefined) told('lost');
      else link.history(room, epoch, after, told);
    },
    close: async () => void (await Promise.all(links.map((link) => link.close()))),
  };
}

/** All links, or none: what was opened is closed where another one cannot be. */
async function all(opening: readonly Promise<Link>[]): Promise<Link[]> {
  try {
    return await Promise.all(opening);
  } catch (error) {
    for (const link of await Promise.allSettled(opening)) {
      if (link.status === 'fulfilled') await link.value.close();
    }
    throw error;
  }
}

/** Null of a server that is no cluster's, and of one that does not answer: who connects to it says why. */
async function findMasters(url: string): Promise<Master[] | null> {
  const server = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  server.on('error', () => {});
  try {
    await server.connect();
    return await readMasters(server, new URL(url).hostname);
  } catch {
    return null;
  } finally {
    server.disconnect();
  }
}

function urlOf(seed: string, { host, port }: Master): string {
  const url = new URL(seed);
  url.hostname = host.includes(':') ? `[${host}]` : host;
  url.port = String(port);
  return url.href;
}
