import type { MetricSet } from '../metric-set.ts';
import type { DirectSample } from './counts.ts';

/** What a node with direct messages tells beside what each node tells. */
export function addDirectMetrics({ gauge, countersBy }: MetricSet, sample: () => DirectSample): void {
  gauge('websocket_direct_users', 'Users that are connected to the node.', () => sample().users);
  countersBy(
    'event',
    'websocket_direct_events_total',
    'What happened to messages from user to user, and to users that moved.',
    () => {
      const { users, convergence, ...events } = sample();
      return events;
    },
  );
}
