/**
 * The process of a backend behind a GRIP proxy, or of the rooms that all backends ask. Like a node's, it is forked by a
 * topology, told its options in its one argument, and lives exactly as long as its channel.
 */

import { systemClock } from '../../base/clock.ts';
import { WsscaleError } from '../../base/errors.ts';
import { readLimits } from '../../base/limits.ts';
import { createRandom, freshSeed } from '../../base/random.ts';
import type { FromNode, ToNode } from '../control.ts';
import { type Counts, createCounts } from '../counts.ts';
import type { MetricSet } from '../metric-set.ts';
import { startMonitor } from '../monitor.ts';
import { bind } from '../ports.ts';
import { createSampler } from '../sampling.ts';
import { settle } from '../settling.ts';
import { createBackend } from './backend.ts';
import { createGripServer, type GripService } from './http.ts';
import type { GripOptions } from './options.ts';
import { createRoomsService } from './rooms-service.ts';

process.title = 'wsscale-grip';

// Ctrl-C reaches the whole process group. What it means is for the parent to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

process.on('disconnect', () => process.exit(0));
// The parent may have gone before this file was loaded, or never have been there.
if (!process.connected) process.exit(0);

const options: GripOptions = JSON.parse(process.argv[2]);

try {
  const { role, host } = options;
  const random = createRandom(freshSeed(), 'port');
  const counts = createCounts();
  const { server, close } = createGripServer(serviceOf(counts));
  const port = await bind(server, options, readLimits(), random);
  const monitor = await startMonitor({ labels: { server: role }, addMetrics }, systemClock, random);
  const rooms = options.does === 'rooms' ? counts.rooms : null;
  const sampleProcess = createSampler(role, systemClock, counts, () => 0, rooms);
  const sample = () => ({ ...sampleProcess(), pagesUrl: monitor.url });

  function addMetrics({ countersBy }: MetricSet): void {
    countersBy('direction', 'websocket_messages_total', 'Messages of clients, and those for them.', () => ({
      received: counts.received,
      sent: counts.sent,
    }));
  }

  process.on('message', (message: ToNode) => {
    switch (message.type) {
      case 'sample':
        return tell({ type: 'sample', id: message.id, sample: sample() });
      case 'settle':
        return void settle(role, systemClock, () => 0).then((process) =>
          tell({ type: 'settled', id: message.id, process }),
        );
      case 'stop':
        void close().then(() => tell({ type: 'sample', id: -1, sample: sample() }, () => process.exit(0)));
    }
  });
  tell({ type: 'listening', url: `http://${host}:${port}`, port, atMs: systemClock.nowMs() });
} catch (error) {
  if (!(error instanceof WsscaleError)) throw error;
  tell({ type: 'failed', code: error.code, message: error.message }, () => process.exit(1));
}

function serviceOf(counts: Counts): GripService {
  return options.does === 'backend'
    ? createBackend(options.roomsUrl, counts)
    : createRoomsService(options, counts, systemClock);
}

/** Sends a message to the parent. That it cannot be sent means that the parent is gone, which ends the process. */
function tell(message: FromNode, then: () => void = () => {}): void {
  process.send?.(message, then);
}
