/**
 * One second of a phase while it is being gathered: what all workers and the server said of it.
 */

import { LATENCY_BUCKET_ENDS_MS, type StageName, type UnjudgedRow } from '../model/record.ts';
import { addCounts, createHistogram, forEachBucket, type Histogram, quantileMs } from '../stats/histogram.ts';
import { addCounters, type Counters, createCounters, type Interval } from '../swarm/messages.ts';

export interface Row {
  index: number;
  /** Stages that had a part in this second, in their order. */
  stages: StageName[];
  counters: Counters;
  /** Connects that failed; others may still be under way at its end. */
  failed: number;
  connected: number;
  response: Histogram;
  service: Histogram;
  lateness: Histogram;
  eluMax: number | null;
  lagMaxMs: number | null;
  /** Workers that reported. */
  workers: Set<number>;
  serverCpuRatio: number | null;
  serverRssBytes: number | null;
}

export function createRow(index: number): Row {
  return {
    index,
    stages: [],
    counters: createCounters(),
    failed: 0,
    connected: 0,
    response: createHistogram(),
    service: createHistogram(),
    lateness: createHistogram(),
    eluMax: null,
    lagMaxMs: null,
    workers: new Set(),
    serverCpuRatio: null,
    serverRssBytes: null,
  };
}

export function addInterval(row: Row, interval: Interval): void {
  if (row.stages.at(-1) !== interval.stage) row.stages.push(interval.stage);
  addCounters(row.counters, interval.counters);
  row.failed += Object.values(interval.failed).reduce((sum, count) => sum + count, 0);
  addCounts(row.response, interval.response);
  addCounts(row.service, interval.service);
  addCounts(row.lateness, interval.lateness);
  if (interval.elu !== null) row.eluMax = Math.max(row.eluMax ?? 0, interval.elu);
  row.lagMaxMs = Math.max(row.lagMaxMs ?? 0, interval.lagMs);
  row.workers.add(interval.worker);
}

/** @param workers how many should have reported */
export function closeRow(row: Row, workers: number): UnjudgedRow {
  return {
    tMs: row.index * 1000,
    stage: row.stages.at(-1) ?? 'start',
    whole: new Set(row.stages).size === 1,
    silentWorkers: Math.max(0, workers - row.workers.size),
    connected: row.connected,
    attempts: row.counters.attempts,
    established: row.counters.established,
    failed: row.failed,
    due: row.counters.due,
    sent: row.counters.sent,
    received: row.counters.received,
    droppedLate: row.counters.droppedLate,
    p50Ms: quantileMs(row.response, 0.5),
    p99Ms: quantileMs(row.response, 0.99),
    serviceP99Ms: quantileMs(row.service, 0.99),
    latenessP99Ms: quantileMs(row.lateness, 0.99),
    eluMax: row.eluMax,
    lagMaxMs: row.lagMaxMs,
    latencyBuckets: coarseBuckets(row.response),
    serverCpuRatio: row.serverCpuRatio,
    serverRssBytes: row.serverRssBytes,
  };
}

function coarseBuckets(response: Histogram): number[] {
  const counts: number[] = [];
  let bucket = 0;
  forEachBucket(response, (ms, count) => {
    while (bucket < LATENCY_BUCKET_ENDS_MS.length - 1 && ms > LATENCY_BUCKET_ENDS_MS[bucket]) bucket++;
    while (counts.length <= bucket) counts.push(0);
    counts[bucket] += count;
  });
  return counts;
}
