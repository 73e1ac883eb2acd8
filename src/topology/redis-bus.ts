/**
 * What the servers of a Redis Cluster say to one another: with PUBLISH each passes a message on to all others, on a bus
 * beside the connections of their clients, which only they themselves count.
 */

import { Redis } from 'ioredis';
import { readMasters } from '../server/broker/redis-slots.ts';

/** Counts the messages on a cluster's bus. */
export interface BusMeter {
  /** Published messages that its masters passed on to others since the meter began; null if one does not answer. */
  sent(): Promise<number | null>;
}

/** How many such messages a server has sent, by how they were published. */
const SENT = /^cluster_stats_messages_publish(?:shard)?_sent:(\d+)/gm;

/** Begins to count; null where there is no cluster. */
export async function meterBus(url: string): Promise<BusMeter | null> {
  const masters = await withServer(url, (server) => readMasters(server, new URL(url).hostname));
  if (masters === null) return null;
  const urls = masters.map(({ host, port }) => Object.assign(new URL(url), { hostname: host, port }).href);
  const began = await sumOf(urls);
  return {
    async sent() {
      const now = began === null ? null : await sumOf(urls);
      return now === null || began === null ? null : now - began;
    },
  };
}

async function sumOf(urls: readonly string[]): Promise<number | null> {
  const counts = await Promise.all(urls.map((url) => withServer(url, sentBy)));
  return counts.reduce<number | null>(
    (sum, count) => (sum === null || count === null ? null : sum + count),
    0,
  );
}

async function sentBy(server: Redis): Promise<number> {
  const info = String(await server.cluster('INFO'));
  return [...info.matchAll(SENT)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** What a server answers; null where it does not. */
async function withServer<Answer>(
  url: string,
  ask: (server: Redis) => Promise<Answer>,
): Promise<Answer | null> {
  const server = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  server.on('error', () => {});
  try {
    await server.connect();
    return await ask(server);
  } catch {
    return null;
  } finally {
    server.disconnect();
  }
}
