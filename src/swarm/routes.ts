/**
 * How long messages were on their way from region to region, as far as this worker's clients received them. Recording
 * one changes a number in place.
 */

import {
  createHistogram,
  type Histogram,
  recordMs,
  type SparseCounts,
  takeCounts,
} from '../stats/histogram.ts';

/** What a worker's clients received in an interval. */
export interface RouteInterval {
  /** Of messages that went straight to their receiver. */
  pairs: { from: number; to: number; latencies: SparseCounts }[];
  /** Of those that went to a place that their receiver had left, or had to wait for it: by how much they were late. */
  late: SparseCounts;
  /** By storm: what this worker sent less what it received of what was sent in its time. Told at the end. */
  lost: number[];
}

export interface RouteBook {
  straight(from: number, to: number, latencyMs: number): void;
  late(from: number, to: number, latencyMs: number): void;
  take(): Omit<RouteInterval, 'lost'>;
}

/** @param rttMs round-trip times between the regions */
export function createRouteBook(rttMs: readonly (readonly number[])[]): RouteBook {
  const regions = rttMs.length;
  /** Made when there is something to be put in: most workers see few of many pairs. */
  const pairs: (Histogram | undefined)[] = new Array(regions * regions).fill(undefined);
  const late = createHistogram();

  return {
    straight(from, to, latencyMs) {
      if (from >= regions || to >= regions) return;
      const pair = from * regions + to;
      pairs[pair] ??= createHistogram();
      recordMs(pairs[pair], latencyMs);
    },
    late(from, to, latencyMs) {
      if (from < regions && to < regions) recordMs(late, latencyMs - rttMs[from][to] / 2);
    },
    take: () => ({
      pairs: pairs.flatMap((histogram, pair) => {
        if (histogram === undefined) return [];
        const latencies = takeCounts(histogram);
        if (latencies.length === 0) return [];
        return [{ from: Math.floor(pair / regions), to: pair % regions, latencies }];
      }),
      late: takeCounts(late),
    }),
  };
}
