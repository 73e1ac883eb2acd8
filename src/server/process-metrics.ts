/**
 * What every process of the server tells of itself, under the names that Prometheus' own clients give it.
 */

import type { Health, ProcessReading } from './health.ts';
import type { MetricSet } from './metric-set.ts';

export interface ProcessSources {
  reading(): ProcessReading;
  health(): Health;
}

export function addProcessMetrics({ gauge, counter }: MetricSet, { reading, health }: ProcessSources): void {
  gauge('websocket_healthy', '1 where /health says ok, 0 where it says failing.', () =>
    health().status === 'ok' ? 1 : 0,
  );
  counter('process_cpu_seconds_total', 'Processor time, user and system.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge('process_resident_memory_bytes', 'Memory that is resident.', () => reading().memoryBytes);
  gauge('nodejs_eventloop_lag_seconds', 'How late the event loop is.', () => reading().eventLoopLagMs / 1000);
  const { descriptors, descriptorLimit } = reading();
  // Not every system tells; what is not known is no 0.
  if (descriptors !== null) {
    gauge('process_open_fds', 'Descriptors that are open.', () => reading().descriptors ?? 0);
  }
  if (descriptorLimit !== null) {
    gauge('process_max_fds', 'Descriptors that may be open.', () => descriptorLimit);
  }
}
