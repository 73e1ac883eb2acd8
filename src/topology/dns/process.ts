/**
 * The process of the regions' DNS.
 */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { systemClock } from '../../base/clock.ts';
import { messageOf, WsscaleError } from '../../base/errors.ts';
import { createRandom, freshSeed } from '../../base/random.ts';
import { beginChild, serveParent, tell } from '../../server/child.ts';
import { createCounts } from '../../server/counts.ts';
import { startMonitor } from '../../server/monitor.ts';
import { createSampler } from '../../server/sampling.ts';
import type { ToPart } from '../messages.ts';
import { answerTo, type Zone } from './answer.ts';
import { checkOverHttp, watchHealth } from './health.ts';
import { nearestRegion } from './nearest.ts';

export interface DnsProcessOptions {
  role: string;
  host: string;
  name: string;
  ttlMs: number;
  healthIntervalMs: number;
  /** Their names. */
  regions: readonly string[];
  /** From each location to each region. */
  rttMs: readonly (readonly number[])[];
  /** Addresses of the nodes, by region. */
  nodes: readonly (readonly string[])[];
  /** That all nodes listen on. */
  nodePort: number;
}

const options = beginChild<DnsProcessOptions>('wsscale-dns');

await serveParent<ToPart>(async () => {
  const { role, host } = options;
  /** Questions and answers. */
  const counts = { received: 0, sent: 0 };
  const health = watchHealth(options.nodes, options.healthIntervalMs, {
    check: checkOverHttp(options.nodePort),
    nowMs: systemClock.nowMs,
    after: (ms, callback) => void setTimeout(callback, ms),
  });
  const zone: Zone = {
    name: options.name,
    ttlS: Math.round(options.ttlMs / 1000),
    addressesFor(location) {
      const region = nearestRegion(options.rttMs[location ?? 0] ?? options.rttMs[0], health.isUp);
      const up = health.upIn(region);
      return up.length > 0 ? up : [...options.nodes[region]];
    },
  };
  const socket = createSocket('udp4');
  socket.on('message', (query, { address, port }) => {
    counts.received++;
    const answer = answerTo(query, address, zone);
    if (answer === null) return;
    counts.sent++;
    // A resolver that has gone is no error of ours.
    socket.send(answer, port, address, () => {});
  });
  const monitor = await startMonitor(
    {
      labels: { server: role },
      addMetrics({ counter, gaugesBy }) {
        counter('dns_queries_total', 'Questions that came.', () => counts.received);
        counter('dns_responses_total', 'Answers that were given.', () => counts.sent);
        gaugesBy('region', 'dns_region_up', '1 where clients are sent to a region, 0 where it is down.', () =>
          Object.fromEntries(options.regions.map((name, region) => [name, health.isUp(region) ? 1 : 0])),
        );
      },
    },
    systemClock,
    createRandom(freshSeed(), 'port'),
  );
  const sampleProcess = createSampler(role, systemClock, createCounts(), () => 0, null);
  const port = await bindSocket();
  return {
    role,
    url: `udp://${host}:${port}`,
    port,
    sample() {
      const unseen = { connections: null, opened: null, closed: null, rejected: null, dropped: null };
      const transitions = [...health.transitions];
      return { ...sampleProcess(), ...unseen, ...counts, transitions, pagesUrl: monitor.url };
    },
    close() {},
    answers: {
      awaitRegion: ({ id, region }) => void health.untilUp(region).then(() => tell({ type: 'done', id })),
    },
  };

  async function bindSocket(): Promise<number> {
    try {
      socket.bind(0, host);
      await once(socket, 'listening');
      return socket.address().port;
    } catch (error) {
      throw new WsscaleError('TARGET', `The DNS cannot listen on ${host}: ${messageOf(error)}`);
    }
  }
});
