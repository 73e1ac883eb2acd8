/**
 * One second of a phase while it is being gathered: what all workers and the server said of it.
 */

import { LATENCY_BUCKET_ENDS_MS, type StageName, type UnjudgedRow } from '../model/record.ts';
import { addCounts, createHistogram, forEachBucket, type Histogram, quantileMs } from '../stats/histogram.ts';
import { encodeHistogram } from '../stats/summary.ts';
import { addCounters, type Counters, createCounters, type Interval } from '../swarm/messages.ts';
import type { ProcessorUse } from './processor.ts';

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
  /** The part of the two that belongs to the phase's latency. */
  measured: { response: Histogram; service: Histogram };
  lateness: Histogram;
  eluMax: number | null;
  lagMaxMs: number | null;
  gcMs: number;
  gcMaxMs: number;
  /** Workers that reported. */
  workers: Set<number>;
  serverCpuRatio: number | null;
  serverRssBytes: number | null;
  processor: ProcessorUse | null;
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
    measured: { response: createHistogram(), service: createHistogram() },
    lateness: createHistogram(),
    eluMax: null,
    lagMaxMs: null,
    gcMs: 0,
    gcMaxMs: 0,
    workers: new Set(),
    serverCpuRatio: null,
    serverRssBytes: null,
    processor: null,
  };
}

/** @param measured whether its latencies are the phase's */
export function addInterval(row: Row, interval: Interval, measured: boolean): void {
  if (row.stages.at(-1) !== interval.stage) row.stages.push(interval.stage);
  addCounters(row.counters, interval.counters);
  row.failed += Object.values(interval.failed).reduce((sum, count) => sum + count, 0);
  addCounts(row.response, interval.response);
  addCounts(row.service, interval.service);
  addCounts(row.lateness, interval.lateness);
  if (measured) {
    addCounts(row.measured.response, interval.response);
    addCounts(row.measured.service, interval.service);
  }
  if (interval.elu !== null) row.eluMax = Math.max(row.eluMax ?? 0, interval.elu);
  row.lagMaxMs = Math.max(row.lagMaxMs ?? 0, interval.lagMs);
  row.gcMs += interval.gcMs;
  row.gcMaxMs = Math.max(row.gcMaxMs, interval.gcMaxMs);
  row.workers.add(interval.worker);
}

/** @param workers how many should have reported */
export function closeRow(row: Row, workers: number): UnjudgedRow {
  return {
    ...viewRow(row, workers),
    responseHistogram: encodeHistogram(row.measured.response),
    serviceHistogram: encodeHistogram(row.measured.service),
  };
}

/** The second as far as it is known, without its histograms, which take a while to encode. */
export function viewRow(row: Row, workers: number): UnjudgedRow {
  const hasReports = row.workers.size > 0;
  // A server that gets no processor time does not come to tell of it.
  const serverCpuRatio = row.serverCpuRatio ?? row.processor?.serverCpuRatio ?? null;
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
    offeredRatio: offeredRatio(row.counters),
    p50Ms: quantileMs(row.response, 0.5),
    p99Ms: quantileMs(row.response, 0.99),
    serviceP99Ms: quantileMs(row.service, 0.99),
    latenessP99Ms: quantileMs(row.lateness, 0.99),
    eluMax: row.eluMax,
    lagMaxMs: row.lagMaxMs,
    gcMs: hasReports ? row.gcMs : null,
    gcMaxMs: hasReports ? row.gcMaxMs : null,
    latencyBuckets: coarseBuckets(row.response),
    responseHistogram: null,
    serviceHistogram: null,
    serverCpuRatio,
    serverRssBytes: row.serverRssBytes,
    ...processorFields(row.processor, serverCpuRatio),
  };
}

/** Sent of what the schedule asked for in this second, without what the server's doing kept from being sent. */
function offeredRatio(counters: Counters): number | null {
  const scheduled = counters.due + counters.fallenBehind;
  const ours = scheduled - counters.droppedDisconnected - counters.droppedBackpressure;
  return ours > 0 ? counters.sent / ours : null;
}

function processorFields(processor: ProcessorUse | null, serverCpuRatio: number | null) {
  if (processor === null) {
    return {
      machineBusyRatio: null,
      stealRatio: null,
      generatorCpuRatio: null,
      serverWaitRatio: null,
      otherCpuRatio: null,
    };
  }
  const { cores, busyRatio, stealRatio, generatorCpuRatio, serverWaitRatio } = processor;
  const othersRatio = (busyRatio - stealRatio) * cores - generatorCpuRatio - (serverCpuRatio ?? 0);
  return {
    machineBusyRatio: busyRatio,
    stealRatio,
    generatorCpuRatio,
    serverWaitRatio,
    // The readings are not of quite the same moment.
    otherCpuRatio: Math.max(0, othersRatio),
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
