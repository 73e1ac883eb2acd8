/**
 * What happens during a trial of a search: everything that counts is read before and after it.
 */

import type { StepEvidence } from '../../collect/limiter.ts';
import type { MessageEvidence } from '../../collect/message-causes.ts';
import { type Histogram, quantileMs } from '../../stats/histogram.ts';
import { isNode } from '../../topology/sample.ts';
import type { StageContext } from '../context.ts';

/** What has been counted until a trial begins. */
interface Snapshot {
  atMs: number;
  attempts: number;
  established: number;
  failed: Record<string, number>;
  closes: Record<string, number>;
  connect: Histogram;
}

export async function snapshot({ clock, tally, witness }: StageContext): Promise<Snapshot> {
  await witness?.begin();
  return {
    atMs: clock.nowMs(),
    attempts: tally.counters.attempts,
    established: tally.counters.established,
    failed: { ...tally.failed },
    closes: closesOf(tally),
    connect: tally.connect.slice(),
  };
}

/** What a trial asked for, and what it came to. */
interface TrialFacts {
  /** Clients that should be connected. */
  requested: number;
  /** When they were, or were given up; null where none had to be connected. */
  reachedMs: number | null;
  /** What their messages were like; null where none flowed. */
  messages: MessageEvidence | null;
}

/** What has happened since. */
export async function evidenceSince(
  { tally, witness }: StageContext,
  before: Snapshot,
  { requested, reachedMs, messages }: TrialFacts,
): Promise<StepEvidence> {
  const closes = difference(closesOf(tally), before.closes);
  const taken = tally.counters.established - before.established;
  return {
    requested,
    established: Math.min(requested, tally.connected()),
    failed: difference(tally.failed, before.failed),
    closed: sum(closes),
    closes,
    connectP99Ms: quantileMs(
      tally.connect.map((count, i) => count - before.connect[i]),
      0.99,
    ),
    acceptedPerS: reachedMs === null ? null : (taken * 1000) / Math.max(1, reachedMs - before.atMs),
    eluMax: tally.recentElu(2),
    server: (tally.server?.last ?? []).filter(isNode),
    moved: (await witness?.end()) ?? null,
    messages,
  };
}

/** The share of the connects since then that failed. */
export function failedRatioSince({ tally }: StageContext, before: Snapshot): number {
  const attempts = tally.counters.attempts - before.attempts;
  return sum(difference(tally.failed, before.failed)) / Math.max(1, attempts);
}

/** Whether the server has closed a connection since then. */
export function hasClosedSince({ tally }: StageContext, before: Snapshot): boolean {
  return sum(difference(closesOf(tally), before.closes)) > 0;
}

function closesOf({ closes }: StageContext['tally']): Record<string, number> {
  return Object.fromEntries(Object.entries(closes).map(([code, { count }]) => [code, count]));
}

function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  const changed = Object.entries(after).map(([key, count]) => [key, count - (before[key] ?? 0)] as const);
  return Object.fromEntries(changed.filter(([, count]) => count > 0));
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
