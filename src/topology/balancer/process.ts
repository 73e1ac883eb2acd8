/**
 * The process of the embedded balancer. It is forked by a topology, told its options in its one argument, and lives
 * exactly as long as its channel, as the process of a node does.
 */

import { systemClock } from '../../base/clock.ts';
import { WsscaleError } from '../../base/errors.ts';
import { RESERVED_DESCRIPTORS, readLimits } from '../../base/limits.ts';
import { createRandom, freshSeed } from '../../base/random.ts';
import { createCounts } from '../../server/counts.ts';
import { bind } from '../../server/ports.ts';
import { createSampler } from '../../server/sampling.ts';
import { settle } from '../../server/settling.ts';
import { urlHost } from '../address.ts';
import type { FromPart, ToPart } from '../messages.ts';
import type { Backend, Routing } from './balancer.ts';
import { monitorBalancer } from './monitor.ts';
import { createProxy } from './proxy.ts';

export interface BalancerProcessOptions {
  role: string;
  host: string;
  port: number | null;
  routing: Routing;
  backends: Backend[];
}

process.title = 'wsscale-balancer';

// Ctrl-C reaches the whole process group. What it means is for the parent to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

process.on('disconnect', () => process.exit(0));
// The parent may have gone before this file was loaded, or never have been there.
if (!process.connected) process.exit(0);

const options: BalancerProcessOptions = JSON.parse(process.argv[2]);
const limits = readLimits();
// Each client takes two descriptors: its own connection and the one to its backend.
const maxClients = Math.max(1, Math.floor(((limits.nofileSoft ?? 1024) - RESERVED_DESCRIPTORS) / 2));

try {
  const { routing, backends } = options;
  const proxy = createProxy({ routing, backends, maxClients }, systemClock);
  const { server, counts, perBackend } = proxy;
  const random = createRandom(freshSeed(), 'port');
  const monitor = await monitorBalancer(options.role, proxy, backends, systemClock, random);
  const connections = () => counts.opened - counts.closed;
  const sampleProcess = createSampler(options.role, systemClock, createCounts(), connections, null);

  process.on('message', (message: ToPart) => {
    switch (message.type) {
      case 'sample': {
        // It passes bytes on and sees no messages.
        const unseen = { received: null, sent: null, dropped: null, backends: [...perBackend] };
        const sample = { ...sampleProcess(), ...counts, ...unseen, pagesUrl: monitor.url };
        return tell({ type: 'sample', id: message.id, sample });
      }
      case 'settle':
        return void settle(options.role, systemClock, connections).then((process) =>
          tell({ type: 'settled', id: message.id, process }),
        );
      case 'drainBackend':
        proxy.drain(message.backend);
        return tell({ type: 'done', id: message.id });
      case 'restoreBackend':
        proxy.restore(message.backend);
        return tell({ type: 'done', id: message.id });
      case 'stop':
        process.exit(0);
    }
  });
  const port = await bind(server, options, limits, random);
  const url = `ws://${urlHost(options.host)}:${port}`;
  tell({ type: 'listening', url, port, atMs: systemClock.nowMs() });
} catch (error) {
  if (!(error instanceof WsscaleError)) throw error;
  tell({ type: 'failed', code: error.code, message: error.message }, () => process.exit(1));
}

/** Sends a message to the parent. That it cannot be sent means that the parent is gone, which ends the process. */
function tell(message: FromPart, then: () => void = () => {}): void {
  process.send?.(message, then);
}
