/**
 * The process of the regions' DNS. It is forked by a topology, told its options in its one argument, and lives exactly
 * as long as its channel, as the process of a node does.
 */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { createRandom, freshSeed } from '../../base/random.ts';
import { createCounts } from '../../server/counts.ts';
import { startMonitor } from '../../server/monitor.ts';
import { createSampler } from '../../server/sampling.ts';
import { settle } from '../../server/settling.ts';
import type { FromPart, ToPart } from '../messages.ts';
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

process.title = 'wsscale-dns';

// Ctrl-C reaches the whole process group. What it means is for the parent to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

process.on('disconnect', () => process.exit(0));
// The parent may have gone before this file was loaded, or never have been there.
if (!process.connected) process.exit(0);

const options: DnsProcessOptions = JSON.parse(process.argv[2]);
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
    labels: { server: options.role },
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
const sampleProcess = createSampler(options.role, systemClock, createCounts(), () => 0, null);

process.on('message', (message: ToPart) => {
  switch (message.type) {
    case 'sample': {
      const unseen = { connections: null, opened: null, closed: null, rejected: null, dropped: null };
      const transitions = [...health.transitions];
      const sample = { ...sampleProcess(), ...unseen, ...counts, transitions, pagesUrl: monitor.url };
      return tell({ type: 'sample', id: message.id, sample });
    }
    case 'settle':
      return void settle(options.role, systemClock, () => 0).then((process) =>
        tell({ type: 'settled', id: message.id, process }),
      );
    case 'awaitRegion':
      return void health.untilUp(message.region).then(() => tell({ type: 'done', id: message.id }));
    case 'stop':
      process.exit(0);
  }
});

try {
  socket.bind(0, options.host);
  await once(socket, 'listening');
  const { port } = socket.address();
  tell({ type: 'listening', url: `udp://${options.host}:${port}`, port, atMs: systemClock.nowMs() });
} catch (error) {
  const message = `The DNS cannot listen on ${options.host}: ${messageOf(error)}`;
  tell({ type: 'failed', code: 'TARGET', message }, () => process.exit(1));
}

/** Sends a message to the parent. That it cannot be sent means that the parent is gone, which ends the process. */
function tell(message: FromPart, then: () => void = () => {}): void {
  process.send?.(message, then);
}
