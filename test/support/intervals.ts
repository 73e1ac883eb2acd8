import { createHistogram, recordMs, type SparseCounts, takeCounts } from '../../src/stats/histogram.ts';
import {
  type Counters,
  createCounters,
  type Interval,
  type StormInterval,
} from '../../src/swarm/messages.ts';

/** Latencies in ms, as a worker reports them. */
export function latencies(ms: number[]): SparseCounts {
  const histogram = createHistogram();
  for (const value of ms) recordMs(histogram, value);
  return takeCounts(histogram);
}

/** A worker's report in which nothing happened but what is said. */
export function interval(
  said: Partial<Omit<Interval, 'counters'>> & { counters?: Partial<Counters> } = {},
): Interval {
  const nothing = latencies([]);
  return {
    worker: 0,
    row: 0,
    stage: 'hold',
    connected: 0,
    owed: 0,
    extremes: { maxExtent: 0, maxBufferDepth: 0 },
    disorder: null,
    connect: nothing,
    response: nothing,
    service: nothing,
    lateness: nothing,
    failed: {},
    closes: {},
    elu: null,
    lagMs: 0,
    gcMs: 0,
    gcMaxMs: 0,
    violations: [],
    rooms: null,
    routes: null,
    storm: null,
    ...said,
    counters: { ...createCounters(), ...said.counters },
  };
}

/** Counts by bin, as a worker reports them. */
export function bins(counts: Record<number, number>): SparseCounts {
  return Uint32Array.from(Object.entries(counts).flatMap(([bin, count]) => [Number(bin), count]));
}

/** A worker's report of a storm in which nothing happened but what is said. */
export function stormInterval(said: Partial<StormInterval> = {}): StormInterval {
  return {
    affected: 0,
    attempts: 0,
    established: 0,
    failed: {},
    lost: 0,
    recovered: 0,
    returns: bins({}),
    relapses: bins({}),
    attemptBins: bins({}),
    collateralClients: 0,
    collateralResponse: latencies([]),
    collateralErrors: 0,
    failover: null,
    ...said,
  };
}
