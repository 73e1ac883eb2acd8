/**
 * The process of the embedded balancer.
 */

import { systemClock } from '../../base/clock.ts';
import { RESERVED_DESCRIPTORS, readLimits } from '../../base/limits.ts';
import { createRandom, freshSeed } from '../../base/random.ts';
import { beginChild, serveParent, tell } from '../../server/child.ts';
import { createCounts } from '../../server/counts.ts';
import { bind } from '../../server/ports.ts';
import { createSampler } from '../../server/sampling.ts';
import { urlHost } from '../address.ts';
import type { ToPart } from '../messages.ts';
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

const options = beginChild<BalancerProcessOptions>('wsscale-balancer');

await serveParent<ToPart>(async () => {
  const { role, host, routing, backends } = options;
  const limits = readLimits();
  // Each client takes two descriptors: its own connection and the one to its backend.
  const maxClients = Math.max(1, Math.floor(((limits.nofileSoft ?? 1024) - RESERVED_DESCRIPTORS) / 2));
  const proxy = createProxy({ routing, backends, maxClients }, systemClock);
  const { server, counts, perBackend } = proxy;
  const random = createRandom(freshSeed(), 'port');
  const monitor = await monitorBalancer(role, proxy, backends, systemClock, random);
  const connections = () => counts.opened - counts.closed;
  const sampleProcess = createSampler(role, systemClock, createCounts(), connections, null);
  const port = await bind(server, options, limits, random);
  return {
    role,
    url: `ws://${urlHost(host)}:${port}`,
    port,
    connections,
    sample() {
      // It passes bytes on and sees no messages.
      const unseen = { received: null, sent: null, dropped: null, backends: [...perBackend] };
      return { ...sampleProcess(), ...counts, ...unseen, pagesUrl: monitor.url };
    },
    close() {},
    answers: {
      drainBackend({ id, backend }) {
        proxy.drain(backend);
        tell({ type: 'done', id });
      },
      restoreBackend({ id, backend }) {
        proxy.restore(backend);
        tell({ type: 'done', id });
      },
    },
  };
});
