/**
 * Messages that wait to leave together. A batch belongs to an audience, not to a connection: all members of a room are
 * sent the same messages, so one frame serves them all, and costs one copy of its bytes. A batch for each connection
 * would merge what a member of many rooms is sent, and cost that copy for each member.
 *
 *     tick    ──┬─────────┬─────────┬──   flushed at even multiples of the interval, the same for all audiences:
 *             m │  m   m  │    m    │     a message waits for half of it, on average
 *     first     m───m──────┤   m─────────┤   flushed one interval after the first message
 */

import type { ServicePlan } from '../../model/plan.ts';

export type BatchOptions = NonNullable<ServicePlan['batch']>;

/** Timers of the system have a grain of a millisecond, and may be early by one: that is early enough. */
const GRAIN_MS = 1;

/** Something that waits, since when, and how large it is. */
export interface Waiting {
  bytes: number;
  atMs: number;
}

export interface BatchTimers {
  nowMs: () => number;
  after: (ms: number, callback: () => void) => void;
}

export interface Batcher<Audience, Item extends Waiting> {
  /** Adds to the audience's batch, and begins one where there is none. */
  add(audience: Audience, item: Item): void;
  /** Sends what waits for an audience now, if anything does. */
  flush(audience: Audience): void;
}

interface Batch<Item> {
  items: Item[];
  bytes: number;
  dueMs: number;
}

/** @param send takes a batch in the order in which it was added; `isFull`: before its time */
export function createBatcher<Audience, Item extends Waiting>(
  { intervalMs, timer, maxBytes }: BatchOptions,
  { nowMs, after }: BatchTimers,
  send: (audience: Audience, items: Item[], isFull: boolean) => void,
): Batcher<Audience, Item> {
  /** In the order of their beginnings, which is the order in which they are due. */
  const open = new Map<Audience, Batch<Item>>();
  let isWaiting = false;

  function begin(audience: Audience, atMs: number): Batch<Item> {
    const dueMs = timer === 'first' ? atMs + intervalMs : (Math.floor(atMs / intervalMs) + 1) * intervalMs;
    const batch = { items: [], bytes: 0, dueMs };
    open.set(audience, batch);
    if (!isWaiting) wait(dueMs - atMs);
    return batch;
  }

  function wait(ms: number): void {
    isWaiting = true;
    after(ms, look);
  }

  function look(): void {
    isWaiting = false;
    const now = nowMs();
    for (const [audience, { dueMs }] of open) {
      if (dueMs > now + GRAIN_MS) {
        wait(dueMs - now);
        return;
      }
      finish(audience, false);
    }
  }

  function finish(audience: Audience, isFull: boolean): void {
    const batch = open.get(audience);
    if (batch === undefined) return;
    open.delete(audience);
    send(audience, batch.items, isFull);
  }

  return {
    add(audience, item) {
      const batch = open.get(audience) ?? begin(audience, item.atMs);
      batch.items.push(item);
      batch.bytes += item.bytes;
      if (batch.bytes >= maxBytes) finish(audience, true);
    },
    flush: (audience) => finish(audience, false),
  };
}
