/**
 * `/health` and `/metrics` of the embedded broker. Its own port speaks to nodes alone.
 */

import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { type Monitor, startMonitor } from '../monitor.ts';
import type { BrokerProcessOptions } from '../options.ts';
import type { ListeningBroker } from './embedded-server.ts';

/** Starts to answer for a broker. */
export function monitorBroker(
  { role, region }: Pick<BrokerProcessOptions, 'role' | 'region'>,
  { counts }: Pick<ListeningBroker, 'counts'>,
  clock: Clock,
  random: Random,
): Promise<Monitor> {
  return startMonitor(
    {
      labels: region === undefined ? { server: role } : { server: role, region },
      addMetrics({ counter }) {
        counter(
          'websocket_broker_publications_total',
          'Messages that nodes published.',
          () => counts.received,
        );
        counter(
          'websocket_broker_deliveries_total',
          'Messages that were passed on to nodes.',
          () => counts.sent,
        );
      },
    },
    clock,
    random,
  );
}
