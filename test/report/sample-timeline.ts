/**
 * A made-up minute of a phase: a search, a hold with a second in which the server stands still, two herds.
 */

import type { Random } from '../../src/base/random.ts';
import { LATENCY_BUCKET_ENDS_MS, type StageName, type TimelineRow } from '../../src/model/record.ts';

export function timeline(random: Random): TimelineRow[] {
  return Array.from({ length: 60 }, (_, second) => {
    const stage = stageAt(second);
    const connected = connectedAt(second);
    const gained = Math.max(0, connected - connectedAt(second - 1));
    const messages =
      stage === 'hold' || stage === 'storm' ? Math.round(connected * (0.97 + 0.06 * random())) : 0;
    const slow = second === 24 ? 30 : 1;
    const latencies = Array.from({ length: Math.ceil(messages / 10) }, () => latencyMs(random) * slow);
    const sorted = latencies.toSorted((a, b) => a - b);
    const quantile = (q: number) =>
      sorted.length === 0 ? null : sorted[Math.floor(q * (sorted.length - 1))];
    return {
      tMs: second * 1000,
      stage,
      connected,
      attempts: second === 47 ? 1204 : second === 48 ? 580 : gained + Math.round(gained * 0.02),
      established: gained,
      failed: second === 47 ? 1204 : second === 48 ? 480 : Math.round(gained * 0.02),
      due: messages + (stage === 'storm' ? 40 : 0),
      sent: messages,
      received: messages,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
      serviceP99Ms: quantile(0.985),
      latenessP99Ms: messages === 0 ? null : 0.4 + 0.5 * random(),
      eluMax: 0.2 + 0.35 * random(),
      lagMaxMs: 2,
      gcMs: 3,
      gcMaxMs: 2,
      machineBusyRatio: 0.4 + 0.3 * random(),
      stealRatio: 0,
      generatorCpuRatio: 0.3,
      otherCpuRatio: 0.1,
      serverWaitRatio: 0.01,
      offeredRatio: messages === 0 ? null : 1,
      latencyBuckets: buckets(latencies),
      responseHistogram: null,
      serviceHistogram: null,
      serverCpuRatio: second === 47 ? null : 0.12 + (connected / 1843) * 0.2 + 0.1 * random(),
      serverRssBytes: second === 47 ? null : 52e6 + connected * 35_000,
      droppedLate: second === 24 ? 2 : 0,
      silentWorkers: 0,
      whole: stage === stageAt(second + 1),
      valid: second !== 24,
      marks: second === 24 ? ['lateness'] : [],
    };
  });
}

export function latencyMs(random: Random): number {
  const body = 0.35 + 0.5 * -Math.log(1 - random());
  return random() < 0.02 ? body + 18 * -Math.log(1 - random()) : body;
}

function stageAt(second: number): StageName {
  if (second < 1) return 'start';
  if (second < 12) return 'search';
  if (second < 15) return 'ramp';
  if (second < 33) return 'hold';
  if (second < 45) return 'storm';
  if (second < 47) return 'hold';
  return second < 58 ? 'storm' : 'drain';
}

function connectedAt(second: number): number {
  if (second < 12) return Math.min(1843, second * 170);
  if (second < 33) return 1843;
  if (second < 45) return Math.round(1843 * Math.min(1, (second - 33) / 5.2));
  if (second < 47) return 1843;
  return second < 48.3 ? 0 : Math.round(1843 * 0.985 * (1 - Math.exp(-(second - 48.3) / 2.1)));
}

function buckets(latencies: number[]): number[] {
  const counts: number[] = [];
  for (const valueMs of latencies) {
    const index = LATENCY_BUCKET_ENDS_MS.findIndex((endMs) => valueMs <= endMs);
    const bucket = index === -1 ? LATENCY_BUCKET_ENDS_MS.length - 1 : index;
    while (counts.length <= bucket) counts.push(0);
    counts[bucket]++;
  }
  return counts;
}
