/**
 * Direct messages of a node: the service for its clients, and the streams of all regions. A node that is not asked for
 * them does not load this.
 */

import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { RegionOptions } from '../options.ts';
import type { Service } from '../service.ts';
import { createWanLine, pathBetween } from '../wan/line.ts';
import { createDirectCounters, type DirectSample } from './counts.ts';
import { openEmbeddedStream } from './embedded-stream.ts';
import { atDistance } from './far-stream.ts';
import type { DirectOptions } from './options.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createRouter } from './router.ts';
import { createDirectService } from './service.ts';
import { LANE_LIMITS, type Stream, type StreamEvents } from './stream.ts';

export interface Direct {
  service: Service;
  sample(): DirectSample;
  close(): Promise<void>;
}

/** What has to be looked after is so often. */
const TICK_MS = 50;

/** Sessions of one node have numbers of their own as long as it has no more than so many in a second, on average. */
const SESSIONS_PER_S = 2 ** 14;
const MAX_NODES = 2 ** 8;

/** @param region where the node stands; null where there is but one place */
export async function createDirect(
  options: DirectOptions,
  region: RegionOptions | null,
  clock: Clock,
  random: Random,
): Promise<Direct> {
  const { node, regions, limits } = options;
  const { nowMs } = clock;
  const counters = createDirectCounters();
  const outboxes: Outbox[] = [];
  const streams: Stream[] = [];
  let sessions = Math.floor(clock.wallTime().getTime() / 1000) * SESSIONS_PER_S;

  const service = createDirectService({
    ...{ node, region: regions[node], limits, counters },
    nextSession: () => sessions++ * MAX_NODES + node,
    router: () => router,
  });
  const router = createRouter({ node, regions, limits, counters, nowMs, outboxes }, service.replace);
  const open = await streamOpener(options.streams, random);
  for (const [index, stream] of options.streams.entries()) {
    const isOwn = index === regions[node];
    const near = open(stream, isOwn ? node : null, {
      onEntry: router.onEntry,
      onLost: () => outboxes[index].onLost(),
      onFound() {
        outboxes[index].onFound();
        router.onFound(index);
      },
    });
    streams.push(isOwn || region === null ? near : far(near, region, index));
    outboxes.push(createOutbox(streams[index], limits.backlogBytes, nowMs));
  }
  const timer = setInterval(router.tick, TICK_MS);
  timer.unref();

  return {
    service,
    sample: router.sample,
    async close() {
      clearInterval(timer);
      for (const outbox of outboxes) outbox.close();
      await Promise.all(streams.map((stream) => stream.close()));
    },
  };

  function far(stream: Stream, { index, wan }: RegionOptions, to: number): Stream {
    const after = (ms: number, then: () => void) => void setTimeout(then, ms).unref();
    const line = (from: number, there: number) =>
      createWanLine(pathBetween(wan, from, there), { nowMs, after, random });
    return atDistance(stream, line(index, to), line(to, index));
  }
}

type StreamOptions = DirectOptions['streams'][number];

/** What a kind of stream needs is loaded with it. */
async function streamOpener(all: readonly StreamOptions[], random: Random) {
  const redis = all.some(({ kind }) => kind === 'redis') ? await import('./redis-stream.ts') : null;
  return (stream: StreamOptions, lane: number | null, events: StreamEvents): Stream => {
    if (stream.kind === 'embedded') return openEmbeddedStream(stream, lane, random, events);
    if (redis === null) throw new Error('it is loaded where there is one');
    return redis.openRedisStream(stream, lane, LANE_LIMITS, random, events);
  };
}
