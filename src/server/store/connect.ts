import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Broker } from '../broker/broker.ts';
import type { StoreCounters } from '../control.ts';
import type { MetricSet } from '../metric-set.ts';
import type { StoreOptions } from '../options.ts';
import { createGroupedStore } from './grouped.ts';
import { addStoreMetrics } from './metrics.ts';
import type { StoreLink } from './store.ts';
import { storeFirst } from './storing.ts';

type Kept = Exclude<StoreOptions, { kind: 'none' }>;

/** A store as a node has it. */
export interface NodeStore {
  readonly counters: StoreCounters;
  addMetrics(metrics: MetricSet): void;
  /** The broker that publishes only what was stored; the store closes with it. */
  before(broker: Broker): Broker;
}

/**
 * A node's store, by its kind.
 *
 * @param random names the node's messages, and spreads the attempts to reach a store that was lost
 * @throws WsscaleError `TARGET` if it cannot be reached
 */
export async function connectStore(
  options: Kept,
  role: string,
  clock: Clock,
  random: Random,
): Promise<NodeStore> {
  // A node that comes back in the place of another one has the same role.
  const token = Math.floor(random() * 2 ** 32).toString(36);
  const link = await connectLink(options, random);
  const store = createGroupedStore(link, `${options.run}-${role}-${token}`, clock);
  return {
    get counters() {
      return store.counters;
    },
    addMetrics: (metrics) => addStoreMetrics(metrics, store.counts),
    before: (broker) => storeFirst(store, broker),
  };
}

async function connectLink(options: Kept, random: Random): Promise<StoreLink> {
  switch (options.kind) {
    case 'sqlite': {
      const { connectSqlite } = await import('./sqlite-link.ts');
      return connectSqlite(options, random);
    }
    case 'postgres': {
      const { connectPostgres } = await import('./postgres-link.ts');
      return connectPostgres(options, random);
    }
  }
}
