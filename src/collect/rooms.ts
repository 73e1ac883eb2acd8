/**
 * What was seen of rooms in a phase: order by the rooms' own numbers, and the fan-out, for which the pieces of all
 * workers are put together message by message.
 */

import type { Ordering, Phase } from '../model/record.ts';
import { addDisorder, createDisorderSum } from '../stats/disorder-counts.ts';
import {
  addCounts,
  createHistogram,
  quantileMs,
  recordMs,
  type SparseCounts,
  totalCount,
} from '../stats/histogram.ts';
import { summarize } from '../stats/summary.ts';
import {
  addViolation,
  type FanoutPiece,
  publisherOf,
  ROOM_COUNTERS,
  type RoomInterval,
  type Violation,
} from '../swarm/messages.ts';
import { MAX_EXAMPLES, toOrdering } from './ordering.ts';

/** What is known of a message while pieces of it are still to come. */
interface Message {
  /** Workers that have said their part. */
  heardOf: Set<number>;
  expected: number;
  latencies: SparseCounts[];
}

export interface RoomTally {
  add(interval: RoomInterval, worker: number): void;
  /** Ends the account; null where there were no rooms. */
  close(): {
    ordering: Ordering;
    fanout: NonNullable<Phase['fanout']>;
    counters: RoomInterval['counters'];
  } | null;
}

/** @param workers a message is complete when all of them have said their part, or at the end */
export function createRoomTally(workers: number): RoomTally {
  const counters = Object.fromEntries(ROOM_COUNTERS.map((name) => [name, 0])) as RoomInterval['counters'];
  const extremes = { maxExtent: 0, maxBufferDepth: 0 };
  const disorder = createDisorderSum();
  const violations: Violation[] = [];
  const open = new Map<number, Message>();
  /** By publisher, how many members each worker has in the room, as far as it has said so. */
  const members = new Map<number, Map<number, number>>();
  const first = createHistogram();
  const median = createHistogram();
  const last = createHistogram();
  const scratch = createHistogram();
  let expected = 0;
  let delivered = 0;
  let hasRooms = false;

  function addPiece(piece: FanoutPiece, worker: number): void {
    const known: Message = open.get(piece.message) ?? { heardOf: new Set(), expected: 0, latencies: [] };
    known.heardOf.add(worker);
    const publisher = publisherOf(piece.message);
    members.set(publisher, (members.get(publisher) ?? new Map()).set(worker, piece.expected));
    known.expected += piece.expected;
    known.latencies.push(piece.latencies);
    if (known.heardOf.size < workers) open.set(piece.message, known);
    else complete(piece.message, known);
  }

  function complete(message: number, { heardOf, expected: due, latencies }: Message): void {
    open.delete(message);
    expected += due;
    // A worker of which nobody got the message does not know of it, but has members who should have.
    for (const [worker, count] of members.get(publisherOf(message)) ?? []) {
      if (!heardOf.has(worker)) expected += count;
    }
    scratch.fill(0);
    for (const part of latencies) addCounts(scratch, part);
    const got = totalCount(scratch);
    if (got === 0) return;
    delivered += got;
    recordMs(first, quantileMs(scratch, 0) ?? 0);
    recordMs(median, quantileMs(scratch, 0.5) ?? 0);
    recordMs(last, quantileMs(scratch, 1) ?? 0);
  }

  return {
    add(interval, worker) {
      hasRooms = true;
      for (const name of ROOM_COUNTERS) counters[name] += interval.counters[name];
      extremes.maxExtent = Math.max(extremes.maxExtent, interval.extremes.maxExtent);
      extremes.maxBufferDepth = Math.max(extremes.maxBufferDepth, interval.extremes.maxBufferDepth);
      if (interval.disorder !== null) addDisorder(disorder, interval.disorder);
      for (const violation of interval.violations) addViolation(violations, violation, MAX_EXAMPLES);
      for (const piece of interval.pieces) addPiece(piece, worker);
    },
    close() {
      if (!hasRooms) return null;
      for (const [message, parts] of open) complete(message, parts);
      return {
        ordering: toOrdering(counters, extremes, disorder, violations),
        counters,
        fanout: {
          published: counters.published,
          expected,
          delivered,
          reachRatio: expected > 0 ? delivered / expected : null,
          firstMs: summarize(first),
          medianMs: summarize(median),
          lastMs: summarize(last),
        },
      };
    },
  };
}
