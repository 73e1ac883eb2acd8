import type { UnjudgedRow } from '../../src/model/record.ts';

/** A whole second of a hold in which all was well; a test says what was not. */
export function row(said: Partial<UnjudgedRow> = {}): UnjudgedRow {
  return {
    tMs: 0,
    stage: 'hold',
    connected: 10,
    attempts: 0,
    established: 0,
    failed: 0,
    due: 10,
    sent: 10,
    received: 10,
    p50Ms: 1,
    p99Ms: 5,
    serviceP99Ms: 5,
    latenessP99Ms: 0.5,
    eluMax: 0.3,
    lagMaxMs: 2,
    gcMs: 3,
    gcMaxMs: 2,
    machineBusyRatio: 0.5,
    stealRatio: 0,
    generatorCpuRatio: 0.3,
    otherCpuRatio: 0.1,
    serverWaitRatio: 0.01,
    offeredRatio: 1,
    latencyBuckets: [],
    responseHistogram: null,
    serviceHistogram: null,
    serverCpuRatio: null,
    serverRssBytes: null,
    droppedLate: 0,
    silentWorkers: 0,
    whole: true,
    ...said,
  };
}

export function rows(count: number, said: Partial<UnjudgedRow> = {}): UnjudgedRow[] {
  return Array.from({ length: count }, () => row(said));
}
