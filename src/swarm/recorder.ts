/**
 * What a worker has seen since its last report: typed-array histograms and counters, emptied into one message a
 * second. Recording a message changes a few numbers in place and allocates nothing.
 */

import { createHistogram, recordMs, takeCounts } from '../stats/histogram.ts';
import type { OrderingTotals } from '../stats/ordering.ts';
import {
  addByKey,
  addViolation,
  type Closes,
  type Counters,
  createCounters,
  type Interval,
  MAX_VIOLATIONS,
  type Violation,
} from './messages.ts';

/** A hostile server may send a new reason with each close; beyond so many they are counted together. */
const MAX_REASONS = 50;
const OTHER_REASONS = '(other reasons)';

export interface Recorder {
  counters: Counters;
  connected(latencyMs: number): void;
  failed(key: string): void;
  closed(code: number, reason: string): void;
  /** A service time below 0 is the clocks' fault: it is counted by itself, and neither time is recorded. */
  answered(responseMs: number, serviceMs: number): void;
  late(latenessMs: number): void;
  violation(violation: Violation): void;
  /** Takes out everything since the last call. */
  take(
    meta: Pick<
      Interval,
      | 'worker'
      | 'row'
      | 'stage'
      | 'connected'
      | 'owed'
      | 'elu'
      | 'lagMs'
      | 'gcMs'
      | 'gcMaxMs'
      | 'disorder'
      | 'rooms'
      | 'routes'
      | 'storm'
    >,
    totals: OrderingTotals,
  ): Interval;
}

export function createRecorder(): Recorder {
  const histograms = {
    connect: createHistogram(),
    response: createHistogram(),
    service: createHistogram(),
    lateness: createHistogram(),
  };
  let counters = createCounters();
  let failed: Record<string, number> = {};
  let closes: Closes = {};
  let violations: Violation[] = [];
  /** Reasons that are counted by their own words, over the whole phase. */
  const known = new Set<string>();
  /** Ordering totals at the last report; the table's own run on. */
  let reported: OrderingTotals = {
    received: 0,
    duplicates: 0,
    reordered: 0,
    maxExtent: 0,
    maxBufferDepth: 0,
  };

  return {
    get counters() {
      return counters;
    },
    connected: (latencyMs) => recordMs(histograms.connect, latencyMs),
    failed(key) {
      failed[key] = (failed[key] ?? 0) + 1;
    },
    closed(code, reason) {
      closes[code] ??= { count: 0, reasons: {} };
      closes[code].count++;
      const key = `${code} ${reason}`;
      if (known.size < MAX_REASONS) known.add(key);
      addByKey(closes[code].reasons, { [known.has(key) ? asKey(reason) : OTHER_REASONS]: 1 });
    },
    answered(responseMs, serviceMs) {
      if (serviceMs < 0) {
        counters.negativeOneWay++;
        return;
      }
      recordMs(histograms.response, responseMs);
      recordMs(histograms.service, serviceMs);
    },
    late: (latenessMs) => recordMs(histograms.lateness, latenessMs),
    violation(violation) {
      addViolation(violations, violation, MAX_VIOLATIONS);
    },
    take(meta, totals) {
      counters.unique = totals.received - reported.received;
      counters.duplicates = totals.duplicates - reported.duplicates;
      counters.reordered = totals.reordered - reported.reordered;
      const interval: Interval = {
        ...meta,
        counters,
        extremes: { maxExtent: totals.maxExtent, maxBufferDepth: totals.maxBufferDepth },
        connect: takeCounts(histograms.connect),
        response: takeCounts(histograms.response),
        service: takeCounts(histograms.service),
        lateness: takeCounts(histograms.lateness),
        failed,
        closes,
        violations,
      };
      reported = { ...totals };
      counters = createCounters();
      failed = {};
      closes = {};
      violations = [];
      return interval;
    },
  };
}

/** Text of a server as a key: in quotes where every object has such a key by itself, like `constructor`. */
function asKey(text: string): string {
  return text in {} ? `"${text}"` : text;
}
