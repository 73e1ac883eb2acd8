/**
 * `/health` and `/metrics` of the embedded store. Its own port speaks to nodes alone.
 */

import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Counts } from '../counts.ts';
import { type Monitor, startMonitor } from '../monitor.ts';

/** Starts to answer for a store. */
export function monitorStore(server: string, counts: Counts, clock: Clock, random: Random): Promise<Monitor> {
  return startMonitor(
    {
      labels: { server },
      addMetrics({ counter }) {
        counter('websocket_store_messages_total', 'Messages that were to be stored.', () => counts.received);
        counter('websocket_store_stored_messages_total', 'Messages that were stored.', () => counts.sent);
      },
    },
    clock,
    random,
  );
}
