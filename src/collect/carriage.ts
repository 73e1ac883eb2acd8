/**
 * What the nodes counted of their broker and of their store, over all of them.
 */

import type { BrokerTraffic, StoreUse } from '../model/carriage.ts';
import { addCounts, createHistogram } from '../stats/histogram.ts';
import { summarize } from '../stats/summary.ts';
import type { NodeSample } from '../topology/sample.ts';

/** Null where no node has a broker to share its rooms by. */
export function toBrokerTraffic(
  nodes: readonly NodeSample[],
  busMessages: number | null,
): BrokerTraffic | null {
  const counters = nodes.flatMap(({ broker }) => broker ?? []);
  if (counters.length === 0) return null;
  const published = nodes.reduce((sum, { rooms }) => sum + (rooms?.published ?? 0), 0);
  const delivered = counters.reduce((sum, { received }) => sum + received, 0);
  return { published, delivered, amplification: published === 0 ? null : delivered / published, busMessages };
}

/** Null where nothing was to be stored. */
export function toStoreUse(nodes: readonly NodeSample[], kind: string | null): StoreUse | null {
  const counters = nodes.flatMap(({ store }) => store ?? []);
  if (kind === null || counters.length === 0) return null;
  const latency = createHistogram();
  const use = { kind, writes: 0, failed: 0, batches: 0 };
  for (const store of counters) {
    use.writes += store.writes;
    use.failed += store.failed;
    use.batches += store.batches;
    addCounts(latency, store.latency);
  }
  return { ...use, latencyMs: summarize(latency) };
}
