import type { MetricSet } from '../metric-set.ts';
import type { GatewayCounts } from './counts.ts';

/** What a gateway tells of its backends beside what a node tells. */
export function addGatewayMetrics({ gauge, counter, countersBy }: MetricSet, counts: GatewayCounts): void {
  countersBy(
    'event',
    'websocket_gateway_events_total',
    'Events of clients that backends were to be told of.',
    () => ({ ...counts.events }),
  );
  countersBy('event', 'websocket_gateway_events_failed_total', 'Events that no backend answered.', () => ({
    ...counts.failed,
  }));
  counter(
    'websocket_gateway_retries_total',
    'Times that an event was sent again, since a backend could not be reached.',
    () => counts.retried,
  );
  gauge('websocket_gateway_events_waiting', 'Events that wait for a backend.', () => counts.queued);
}
