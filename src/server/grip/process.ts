/**
 * The process of a backend behind a GRIP proxy, or of the rooms that all backends ask.
 */

import { systemClock } from '../../base/clock.ts';
import { readLimits } from '../../base/limits.ts';
import { createRandom, freshSeed } from '../../base/random.ts';
import { beginChild, serveParent } from '../child.ts';
import { type Counts, createCounts } from '../counts.ts';
import type { MetricSet } from '../metric-set.ts';
import { startMonitor } from '../monitor.ts';
import { bind } from '../ports.ts';
import { createSampler } from '../sampling.ts';
import { createBackend } from './backend.ts';
import { createGripServer, type GripService } from './http.ts';
import type { GripOptions } from './options.ts';
import { createRoomsService } from './rooms-service.ts';

const options = beginChild<GripOptions>('wsscale-grip');

await serveParent(async () => {
  const { role, host } = options;
  const random = createRandom(freshSeed(), 'port');
  const counts = createCounts();
  const { server, close } = createGripServer(serviceOf(counts));
  const port = await bind(server, options, readLimits(), random);
  const addMetrics = ({ countersBy }: MetricSet) =>
    countersBy('direction', 'websocket_messages_total', 'Messages of clients, and those for them.', () => ({
      received: counts.received,
      sent: counts.sent,
    }));
  const monitor = await startMonitor({ labels: { server: role }, addMetrics }, systemClock, random);
  const rooms = options.does === 'rooms' ? counts.rooms : null;
  const sampleProcess = createSampler(role, systemClock, counts, () => 0, rooms);
  const sample = () => ({ ...sampleProcess(), pagesUrl: monitor.url });
  return { role, url: `http://${host}:${port}`, port, sample, close };
});

function serviceOf(counts: Counts): GripService {
  return options.does === 'backend'
    ? createBackend(options.roomsUrl, counts)
    : createRoomsService(options, counts, systemClock);
}
