/**
 * `/health` and `/metrics` of the embedded balancer. Its own port passes on whatever it is asked.
 */

import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { type Monitor, startMonitor } from '../../server/monitor.ts';
import type { Backend } from './balancer.ts';
import type { createProxy } from './proxy.ts';

/** Starts to answer for a balancer. */
export function monitorBalancer(
  role: string,
  { counts, perBackend }: Pick<ReturnType<typeof createProxy>, 'counts' | 'perBackend'>,
  backends: readonly Backend[],
  clock: Clock,
  random: Random,
): Promise<Monitor> {
  return startMonitor(
    {
      labels: { server: role },
      addMetrics({ gauge, counter, gaugesBy }) {
        gauge(
          'websocket_balancer_connections_active',
          'Clients that are connected through it.',
          () => counts.opened - counts.closed,
        );
        counter(
          'websocket_balancer_connections_opened_total',
          'Clients that were given a backend.',
          () => counts.opened,
        );
        counter(
          'websocket_balancer_connections_rejected_total',
          'Clients for which there was no backend, or no room.',
          () => counts.rejected,
        );
        gaugesBy(
          'backend',
          'websocket_balancer_backend_connections_active',
          'Connections to a backend.',
          () => Object.fromEntries(backends.map(({ host, port }, i) => [`${host}:${port}`, perBackend[i]])),
        );
      },
    },
    clock,
    random,
  );
}
