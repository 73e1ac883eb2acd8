/**
 * The definitions of RFC 4737, 5236 and 5560, each written down as it stands there, on a sequence that is known as a
 * whole. Nothing is remembered from one arrival to the next: whatever a definition asks for is looked up.
 */

import { createDisorder, type Disorder } from '../../src/stats/disorder.ts';
import { createDistribution } from '../../src/stats/distribution.ts';
import { recordMs } from '../../src/stats/histogram.ts';
import type { Arrival, OrderingTotals } from '../../src/stats/ordering.ts';

export interface Arrived {
  seq: number;
  atMs: number;
}

export interface Judgement {
  arrivals: Arrival[];
  totals: OrderingTotals;
  disorder: Disorder;
}

/** Arrivals with times that tell every pair of them from every other. */
export function timed(seqs: number[]): Arrived[] {
  return seqs.map((seq, i) => ({ seq, atMs: (i * i) / 2 }));
}

/** What one stream shows. */
export function judge(all: Arrived[]): Judgement {
  const isFirstCopy = all.map(({ seq }, i) => all.findIndex((earlier) => earlier.seq === seq) === i);
  const unique = all.filter((_, i) => isFirstCopy[i]);
  const s = unique.map(({ seq }) => seq);
  const reordered = s.flatMap((seq, i) => (s.slice(0, i).some((earlier) => earlier > seq) ? [i] : []));
  const extents = reordered.map((i) => i - discontinuityOf(s, i));
  const bufferDepths = reordered.map((i) => s.slice(0, i).filter((earlier) => earlier > s[i]).length);
  const lateTimes = reordered.map((i) => unique[i].atMs - unique[discontinuityOf(s, i)].atMs);

  const disorder = createDisorder();
  disorder.extents = distributionOf(extents);
  disorder.bufferDepths = distributionOf(bufferDepths);
  disorder.nReordered = distributionOf(reordered.map((i) => largestN(s, i)));
  for (const lateMs of lateTimes) recordMs(disorder.lateTime, lateMs);
  disorder.maxLateMs = Math.max(0, ...lateTimes);
  disorder.squaredRuns = sum(runsOf(reordered).map((run) => run ** 2));
  const gaps = gapsOf(s, reordered);
  disorder.discontinuities = new Set(reordered.map((i) => discontinuityOf(s, i))).size;
  disorder.discontinuityGaps = { count: gaps.length, sum: sum(gaps) };
  disorder.replicated = s.filter((seq) => all.filter((copy) => copy.seq === seq).length > 1).length;

  let received = 0;
  return {
    arrivals: isFirstCopy.map((isFirst): Arrival => {
      if (!isFirst) return 'duplicate';
      const i = received++;
      if (reordered.includes(i)) return 'reordered';
      return s[i] === Math.max(0, ...s.slice(0, i)) + 1 ? 'in-order' : 'gap';
    }),
    totals: {
      received: s.length,
      duplicates: all.length - s.length,
      reordered: reordered.length,
      maxExtent: Math.max(0, ...extents),
      maxBufferDepth: Math.max(0, ...bufferDepths),
    },
    disorder,
  };
}

/** RFC 4737, section 4.5.3: the least j for which s[j] > s[i]. */
function discontinuityOf(s: number[], i: number): number {
  return s.findIndex((seq) => seq > s[i]);
}

/** RFC 4737, section 5.3, definition 1: the largest n so that for all j with i-n <= j < i, s[j] > s[i]. */
function largestN(s: number[], i: number): number {
  let n = 0;
  while (n < i && s.slice(i - n - 1, i).every((seq) => seq > s[i])) n++;
  return n;
}

/** RFC 4737, section 4.6: in-order arrivals before each reordered one, back to the reordered one before it. */
function runsOf(reordered: number[]): number[] {
  return reordered.map((i, x) => i - (x === 0 ? 0 : reordered[x - 1] + 1));
}

/** RFC 4737, section 4.5.4: from each discontinuity, when it is found to be one, to the last one known before it. */
function gapsOf(s: number[], reordered: number[]): number[] {
  return reordered.flatMap((i, x) => {
    const known = reordered.slice(0, x).map((earlier) => discontinuityOf(s, earlier));
    const found = discontinuityOf(s, i);
    const before = known.filter((j) => j < found);
    return known.includes(found) || before.length === 0 ? [] : [found - Math.max(...before)];
  });
}

/** What a buffer shows that holds everything back until all lower numbers have come. Nothing may be lost. */
export function reorderingBuffer(all: Arrived[]): { longestWaitMs: number; mostHeld: number } {
  const waits = all.map(({ seq, atMs }) => {
    const lower = all.filter((other) => other.seq < seq).map((other) => other.atMs);
    return Math.max(atMs, ...lower) - atMs;
  });
  return {
    longestWaitMs: Math.max(0, ...waits),
    mostHeld: Math.max(0, ...occupancies(all.map((a) => a.seq))),
  };
}

/** RFC 5236, section 3.8: after each arrival, how many are there above the lowest number that is not. */
export function occupancies(seqs: number[]): number[] {
  const unique = [...new Set(seqs)];
  return unique.map((_, i) => {
    const arrived = unique.slice(0, i + 1);
    let expected = 1;
    while (arrived.includes(expected)) expected++;
    return arrived.filter((seq) => seq > expected).length;
  });
}

/** RFC 5236, section 3.3: the receive index, which skips what is lost, less the number. */
export function displacements(seqs: number[]): number[] {
  const unique = [...new Set(seqs)];
  const indices = unique.toSorted((a, b) => a - b);
  return unique.map((seq, i) => indices[i] - seq);
}

/** RFC 5236, section 7.1, step by step, with all arrivals at hand. */
export function displacementsWithin(threshold: number, seqs: number[]): number[] {
  const counted: number[] = [];
  const ahead = [...seqs];
  let window: number[] = [];
  let buffer: number[] = [];
  let index = 1;
  const pull = () => {
    for (let seq = ahead.shift(); seq !== undefined; seq = ahead.shift()) {
      if (seq < index || buffer.includes(seq) || window.includes(seq)) continue;
      window = [...window, seq];
      return;
    }
  };
  for (let i = 0; i <= threshold; i++) pull();
  while (window.length > 0) {
    if (!window.includes(index) && !buffer.includes(index)) {
      index++;
      continue;
    }
    const [seq, ...rest] = window;
    window = rest;
    const displacement = index - seq;
    if (displacement >= -threshold && displacement <= threshold) {
      counted.push(displacement);
      buffer = buffer.filter((early) => early !== index);
      if (displacement < 0) buffer = [...buffer, seq];
      index++;
    }
    pull();
  }
  return counted;
}

/** RFC 5236, section 7.2, step by step; what overflows the buffer is held, if it is not released. */
export function occupanciesWithin(threshold: number, seqs: number[]): number[] {
  const counted: number[] = [];
  let held: number[] = [];
  let expected = 1;
  const release = () => {
    while (held.includes(expected)) {
      held = held.filter((seq) => seq !== expected);
      expected++;
    }
  };
  for (const seq of seqs) {
    if (held.includes(seq) || seq < expected) continue;
    const isOverflow = seq > expected && held.length === threshold;
    held = [...held, seq];
    if (isOverflow) while (!held.includes(expected)) expected++;
    release();
    counted.push(held.length);
  }
  return counted;
}

function distributionOf(values: number[]): Uint32Array {
  const distribution = createDistribution();
  for (const value of values) distribution[value]++;
  return distribution;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
