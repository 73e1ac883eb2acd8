import type { Registry } from 'prom-client';
import type { Counts } from '../counts.ts';
import { createMetricSet } from '../metric-set.ts';
import type { Labels } from '../pages.ts';
import { addProcessMetrics, type ProcessSources } from '../process-metrics.ts';

/** All that a backend tells. */
export function createBackendMetrics(labels: Labels, sources: ProcessSources, counts: Counts): Registry {
  const metrics = createMetricSet(labels);
  addProcessMetrics(metrics, sources);
  metrics.counter(
    'websocket_backend_events_total',
    'Events of clients that gateways asked about.',
    () => counts.received,
  );
  metrics.counter('websocket_backend_answers_total', 'Answers to events.', () => counts.sent);
  return metrics.registry;
}
