/** Connections by region, from the samples of the nodes. */

import type { Failover, Regions } from '../model/regions.ts';
import { isNode, type ProcessSample } from '../topology/sample.ts';

export interface RegionTally {
  /** Of the processes that are alive. */
  add(samples: readonly ProcessSample[]): void;
  close(regions: readonly string[], failovers: Failover[]): Pick<Regions, 'connections' | 'failovers'>;
}

export function createRegionTally(): RegionTally {
  let atPeak = new Map<string, number>();
  let atLast = new Map<string, number>();
  return {
    add(samples) {
      const now = new Map<string, number>();
      for (const sample of samples) {
        if (!isNode(sample) || sample.region === undefined) continue;
        now.set(sample.region, (now.get(sample.region) ?? 0) + sample.connections);
      }
      // When all have left, there is nothing more to be seen.
      if (total(now) > 0) atLast = now;
      if (total(now) > total(atPeak)) atPeak = now;
    },
    close: (regions, failovers) => ({
      connections: regions.map((region) => ({
        region,
        atPeak: atPeak.get(region) ?? 0,
        atLast: atLast.get(region) ?? 0,
      })),
      failovers,
    }),
  };
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
