/**
 * What a gateway counts of its events, as plain numbers.
 */

import { createHistogram, type Histogram, recordMs, takeCounts } from '../../stats/histogram.ts';
import type { EdgeSample, EventCounts } from '../control.ts';

export interface GatewayCounts {
  /** What happened to clients, each once however often it was sent. */
  events: EventCounts;
  /** Those that a backend answered, and those that none did. */
  answered: EventCounts;
  failed: EventCounts;
  /** Times that an event was sent to one more backend, because the last one could not be reached. */
  retried: number;
  /** Events that wait for a backend. */
  queued: number;
  queuedBytes: number;
  queuedPeak: number;
  /** From an event to its answer, the wait and all attempts included. */
  latency: Histogram;
}

export function createGatewayCounts(): GatewayCounts {
  return {
    events: zero(),
    answered: zero(),
    failed: zero(),
    retried: 0,
    queued: 0,
    queuedBytes: 0,
    queuedPeak: 0,
    latency: createHistogram(),
  };
}

export function countQueued(counts: GatewayCounts, bytes: number): void {
  counts.queuedBytes += bytes;
  counts.queued++;
  if (counts.queued > counts.queuedPeak) counts.queuedPeak = counts.queued;
}

export function countUnqueued(counts: GatewayCounts, bytes: number): void {
  counts.queuedBytes -= bytes;
  counts.queued--;
}

export function countAnswered(counts: GatewayCounts, kind: keyof EventCounts, tookMs: number): void {
  counts.answered[kind]++;
  recordMs(counts.latency, tookMs);
}

/** The counts as they are now, from the gateway's start. */
export function sampleOf(counts: GatewayCounts): EdgeSample {
  const { events, answered, failed, retried, queuedPeak, latency } = counts;
  return {
    events: { ...events },
    answered: { ...answered },
    failed: { ...failed },
    retried,
    queuedPeak,
    latency: takeCounts(latency.slice()),
  };
}

function zero(): EventCounts {
  return { connect: 0, message: 0, disconnect: 0 };
}
