/**
 * How far and how fast single messages reach their rooms, as far as this worker's clients are concerned. A message is
 * open until all of them have it; then it is one piece for the collector, which puts the pieces of all workers
 * together. What is kept is per message, never per client and message, and bounded by `MAX_WAITED`.
 */

import { createHistogram, recordMs, takeCounts } from '../stats/histogram.ts';
import type { FanoutPiece } from './messages.ts';

/** Copies that are waited for at once; beyond that the oldest messages are given up. */
const MAX_WAITED = 4_000_000;

interface OpenMessage {
  expected: number;
  delivered: number;
  latenciesMs: Float32Array;
}

export interface Fanout {
  /** Whether copies of the message are still waited for. */
  isOpen(message: number): boolean;
  /** A message has been published that so many members of this worker should get. */
  expect(message: number, members: number): void;
  /** A copy has come; the first one begins the message where this worker did not publish it. */
  deliver(message: number, members: number, latencyMs: number): void;
  /** Pieces of the messages that are complete, or of all of them. */
  take(all: boolean): FanoutPiece[];
}

export function createFanout(): Fanout {
  const messages = new Map<number, OpenMessage>();
  /** Late copies must not begin a message again that was given up. */
  const givenUp = new Set<number>();
  const scratch = createHistogram();
  let waited = 0;
  let pieces: FanoutPiece[] = [];

  function begin(message: number, members: number): OpenMessage {
    const begun = { expected: members, delivered: 0, latenciesMs: new Float32Array(members) };
    messages.set(message, begun);
    waited += members;
    for (const [oldest, open] of messages) {
      if (waited <= MAX_WAITED) break;
      givenUp.add(oldest);
      end(oldest, open);
    }
    return begun;
  }

  function end(message: number, { expected, delivered, latenciesMs }: OpenMessage): void {
    messages.delete(message);
    waited -= expected;
    for (let i = 0; i < delivered; i++) recordMs(scratch, latenciesMs[i]);
    pieces.push({ message, expected, latencies: takeCounts(scratch) });
  }

  return {
    isOpen: (message) => messages.has(message),
    expect(message, members) {
      if (members > 0) begin(message, members);
    },
    deliver(message, members, latencyMs) {
      if (givenUp.has(message)) return;
      const open = messages.get(message) ?? begin(message, members);
      if (open.delivered < open.expected) open.latenciesMs[open.delivered++] = latencyMs;
      if (open.delivered === open.expected) end(message, open);
    },
    take(all) {
      if (all) for (const [message, open] of messages) end(message, open);
      const taken = pieces;
      pieces = [];
      return taken;
    },
  };
}
