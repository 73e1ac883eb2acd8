/**
 * What was seen of rooms in a phase: order by the rooms' own numbers, and the fan-out, for which the pieces of all
 * workers are put together message by message.
 */

import type { Ordering, Phase } from '../model/record.ts';
import {
  addCounts,
  createHistogram,
  quantileMs,
  recordMs,
  type SparseCounts,
  summarize,
  totalCount,
} from '../stats/histogram.ts';
import { type FanoutPiece, ROOM_COUNTERS, type RoomInterval } from '../swarm/messages.ts';

/** What is known of a message while pieces of it are still to come. */
interface Message {
  pieces: number;
  expected: number;
  latencies: SparseCounts[];
}

export interface RoomTally {
  add(interval: RoomInterval): void;
  /** Ends the account; null where there were no rooms. */
  close(): { ordering: Ordering; fanout: NonNullable<Phase['fanout']> } | null;
}

/** @param workers a message is complete when all of them have said their part, or at the end */
export function createRoomTally(workers: number): RoomTally {
  const counters = Object.fromEntries(ROOM_COUNTERS.map((name) => [name, 0])) as RoomInterval['counters'];
  const extremes = { maxExtent: 0, maxBufferDepth: 0 };
  const open = new Map<number, Message>();
  const first = createHistogram();
  const median = createHistogram();
  const last = createHistogram();
  const scratch = createHistogram();
  let expected = 0;
  let delivered = 0;
  let hasRooms = false;

  function addPiece(piece: FanoutPiece): void {
    const known: Message = open.get(piece.message) ?? { pieces: 0, expected: 0, latencies: [] };
    known.pieces++;
    known.expected += piece.expected;
    known.latencies.push(piece.latencies);
    if (known.pieces < workers) open.set(piece.message, known);
    else complete(piece.message, known);
  }

  function complete(message: number, { expected: due, latencies }: Message): void {
    open.delete(message);
    expected += due;
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
    add(interval) {
      hasRooms = true;
      for (const name of ROOM_COUNTERS) counters[name] += interval.counters[name];
      extremes.maxExtent = Math.max(extremes.maxExtent, interval.extremes.maxExtent);
      extremes.maxBufferDepth = Math.max(extremes.maxBufferDepth, interval.extremes.maxBufferDepth);
      for (const piece of interval.pieces) addPiece(piece);
    },
    close() {
      if (!hasRooms) return null;
      for (const [message, parts] of open) complete(message, parts);
      const { unique, missing, published, ...rest } = counters;
      return {
        ordering: {
          ...rest,
          expected: unique + missing,
          received: unique,
          missing,
          reorderedRatio: unique > 0 ? counters.reordered / unique : null,
          ...extremes,
        },
        fanout: {
          published,
          expected,
          delivered,
          firstMs: summarize(first),
          medianMs: summarize(median),
          lastMs: summarize(last),
        },
      };
    },
  };
}
