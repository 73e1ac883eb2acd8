import type { MetricSet } from '../metric-set.ts';
import type { StoreCounts } from './grouped.ts';

/** What a node tells Prometheus of the messages that it stores. */
export function addStoreMetrics({ counter }: MetricSet, counts: Readonly<StoreCounts>): void {
  counter(
    'websocket_store_writes_total',
    'Messages that were durable before they were published.',
    () => counts.writes,
  );
  counter(
    'websocket_store_failures_total',
    'Messages that the store did not take or did not confirm, and that were not published.',
    () => counts.failed,
  );
  counter('websocket_store_batches_total', 'Groups in which messages were written.', () => counts.batches);
}
