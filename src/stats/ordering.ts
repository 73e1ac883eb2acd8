/**
 * Order, duplicates and gaps of many numbered streams at once, as RFC 4737 defines them, in one pass.
 *
 * - A message is in order if its number is at least the next expected one; otherwise it is *reordered*, or a
 *   duplicate if it was seen before (duplicates are removed first, RFC 4737 section 3.6).
 * - The *extent* of a reordered message is the number of arrivals back to the first one with a higher number
 *   (section 4.2.3). That first one is the arrival that opened the gap, so each gap remembers when it was opened.
 * - The *buffer depth* that a message needs is how many later ones a receiver would have held back when it came.
 *
 *     arrivals      1 2 3 5 6 7 8 4          gap {from 4, to 4, opened at arrival 4};
 *     arrival no.   1 2 3 4 5 6 7 8          4 comes as arrival 8: extent 8 − 4 = 4, depth 4
 *
 * Memory: three 32-bit integers a stream. An arrival in order changes these and allocates nothing. A stream in disorder
 * has about so much on top, until its epoch ends:
 *
 *     180 bytes    with an open gap, and 100 for each further one, of which there are MAX_GAPS at the most;
 *      80 bytes    once one of its messages was reordered;
 *     140 bytes    once a number came twice, and 50 for each further range of such numbers, MAX_RANGES at the most.
 *
 * So 110 kB is the worst, and for each of the few that are sampled for their densities 3 kB more. A late arrival or a duplicate costs a search through the stream's gaps, from the top.
 */

import { createDensities, type Densities, endSampled, receiveSampled } from './densities.ts';
import { countDiscontinuity, countReordered, createDisorder, type Disorder } from './disorder.ts';
import { arrivedAbove, COUNTED, fillGap, findGap, type Gap, MAX_GAPS, openGap } from './gaps.ts';
import { addCopy, type Range } from './replicated.ts';

export { MAX_GAPS };

/** What the streams of a table have shown so far. */
export interface OrderingTotals {
  received: number;
  duplicates: number;
  reordered: number;
  maxExtent: number;
  maxBufferDepth: number;
}

export interface StreamTable {
  /** The number with which each stream began. */
  first: Uint32Array;
  /** The next expected number of each stream; numbers begin at 1. */
  nextExpected: Uint32Array;
  /** Arrivals of each stream, duplicates not counted. */
  arrivals: Uint32Array;
  gaps: Map<number, Gap[]>;
  /** Of the streams that had any: the last reordered arrival, and the last that is known as a discontinuity. */
  latest: Map<number, { reorderedAt: number; discontinuityAt: number }>;
  replicated: Map<number, Range[]>;
  totals: OrderingTotals;
  disorder: Disorder;
  /** Of the first streams. */
  densities: Densities;
}

/** What one arrival was. */
export type Arrival = 'in-order' | 'gap' | 'reordered' | 'duplicate';

export function createStreams(streams: number): StreamTable {
  return {
    first: new Uint32Array(streams).fill(1),
    nextExpected: new Uint32Array(streams).fill(1),
    arrivals: new Uint32Array(streams),
    gaps: new Map(),
    latest: new Map(),
    replicated: new Map(),
    totals: { received: 0, duplicates: 0, reordered: 0, maxExtent: 0, maxBufferDepth: 0 },
    disorder: createDisorder(),
    densities: createDensities(),
  };
}

/** Takes note of one arrival. Without its time, no late times are recorded. */
export function receive(table: StreamTable, stream: number, seq: number, nowMs = Number.NaN): Arrival {
  const expected = table.nextExpected[stream];
  if (seq !== expected || stream < table.densities.followed)
    receiveSampled(table.densities, stream, seq, expected, table.arrivals[stream]);
  if (seq >= expected) {
    table.nextExpected[stream] = seq + 1;
    table.arrivals[stream]++;
    table.totals.received++;
    if (seq === expected) return 'in-order';
    jumpOver(table, stream, expected, seq - 1, nowMs);
    return 'gap';
  }
  return receiveLate(table, stream, seq, nowMs);
}

/**
 * Takes note of numbers that will not come, and of which that is known: they are neither missing nor received. What was
 * jumped over before them is missing as ever.
 */
export function passOver(
  table: StreamTable,
  stream: number,
  from: number,
  to: number,
  nowMs = Number.NaN,
): number {
  const expected = table.nextExpected[stream];
  if (from > expected) jumpOver(table, stream, expected, from - 1, nowMs);
  const passed = Math.max(0, to - Math.max(from, expected) + 1);
  table.first[stream] += passed;
  table.nextExpected[stream] = Math.max(expected, to + 1);
  return passed;
}

/** Numbers of the stream that were jumped over and have not come since. */
export function missingOf(table: StreamTable, stream: number): number {
  return table.nextExpected[stream] - table.first[stream] - table.arrivals[stream];
}

/** Ends the stream's epoch and begins another with the number `first`. Returns how many of the old one arrived. */
export function resetStream(table: StreamTable, stream: number, first = 1): number {
  const arrived = table.arrivals[stream];
  endSampled(table.densities, stream, arrived);
  table.first[stream] = first;
  table.nextExpected[stream] = first;
  table.arrivals[stream] = 0;
  table.gaps.delete(stream);
  table.latest.delete(stream);
  table.replicated.delete(stream);
  return arrived;
}

function jumpOver(table: StreamTable, stream: number, from: number, to: number, nowMs: number): void {
  const openedAt = table.arrivals[stream];
  const previousAt = table.latest.get(stream)?.discontinuityAt ?? 0;
  const gap = { from, to, openedAt, openedMs: nowMs, belowAt: openedAt - 1, previousAt };
  const gaps = table.gaps.get(stream);
  if (gaps === undefined) table.gaps.set(stream, [gap]);
  else openGap(gaps, gap);
}

function receiveLate(table: StreamTable, stream: number, seq: number, nowMs: number): Arrival {
  const gaps = table.gaps.get(stream) ?? [];
  const at = findGap(gaps, seq);
  if (at < 0) {
    receiveCopy(table, stream, seq);
    return 'duplicate';
  }
  const { openedAt, openedMs, belowAt, previousAt } = gaps[at];
  const { totals, disorder } = table;
  const latest = table.latest.get(stream) ?? { reorderedAt: 0, discontinuityAt: 0 };
  const arrival = ++table.arrivals[stream];
  const extent = arrival - openedAt;
  const bufferDepth = arrivedAbove(gaps, at, table.nextExpected[stream]);

  totals.received++;
  totals.reordered++;
  totals.maxExtent = Math.max(totals.maxExtent, extent);
  totals.maxBufferDepth = Math.max(totals.maxBufferDepth, bufferDepth);
  countReordered(disorder, {
    extent,
    bufferDepth,
    n: arrival - 1 - belowAt,
    lateMs: nowMs - openedMs,
    run: arrival - 1 - latest.reorderedAt,
  });
  if (previousAt !== COUNTED) countDiscontinuity(disorder, openedAt, previousAt);

  latest.reorderedAt = arrival;
  latest.discontinuityAt = Math.max(latest.discontinuityAt, openedAt);
  table.latest.set(stream, latest);
  fillGap(gaps, at, seq, arrival);
  if (gaps.length === 0) table.gaps.delete(stream);
  return 'reordered';
}

function receiveCopy(table: StreamTable, stream: number, seq: number): void {
  table.totals.duplicates++;
  const ranges = table.replicated.get(stream);
  if (ranges === undefined) table.replicated.set(stream, [{ from: seq, to: seq }]);
  else if (!addCopy(ranges, seq)) return;
  table.disorder.replicated++;
}
