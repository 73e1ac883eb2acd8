/**
 * A worker's one schedule of messages. The pacer says when each message is due, whatever the server or this process
 * is doing (an open loop); a message that is sent late keeps its due time as its intended time, so that nobody's
 * delay is left out of the response time.
 *
 * Due times are whole milliseconds of the clock, by the rate each of them, each second, fourth or tenth: messages that
 * fall due between are sent together, because to be woken for each of them would cost more than it tells.
 */

import type { Random } from '../base/random.ts';
import type { Pacer } from '../load/pacer/index.ts';
import type { Recorder } from './recorder.ts';

/** Sending so long without a pause would keep answers waiting in the socket, and lengthen what is measured. */
const MAX_BURST_MS = 4;

interface Flow {
  startMs: number;
  endMs: number;
  /** The pacer's own, on average. */
  ratePerS: number;
  pacer: Pacer;
  /** Picks the client of the next message. */
  pick: () => number;
}

export interface Sender {
  start(flow: Flow): void;
  /** Sends what is due; returns when it wants to be called again, or Infinity. */
  pump(nowMs: number): number;
  /** Messages that are due and not sent, by the rate: how many exactly is known when they are come to. */
  overdue(nowMs: number): number;
  /** Nothing is sent any more; what was due and not sent counts as late. */
  stop(nowMs: number): void;
}

/** Clients in turn, so that with constant gaps each of them sends at constant gaps. */
export function pickInTurn(clients: () => number): () => number {
  let turn = 0;
  return () => {
    if (turn >= clients()) turn = 0;
    return turn++;
  };
}

/** Any client: superposed Poisson streams are one Poisson stream whose messages belong to a random one each. */
export function pickAtRandom(clients: () => number, random: Random): () => number {
  return () => Math.floor(random() * clients());
}

/**
 * @param send sends the client's message that is due at `intendedMs`; false if the client is not connected
 * @param nowMs read again within a burst, to bound it
 * @param grainOf due times are whole multiples of so many ms, at such a rate
 */
export function createSender(
  recorder: Recorder,
  send: (client: number, intendedMs: number) => boolean,
  nowMs: () => number,
  grainOf: (ratePerS: number) => number = () => 1,
): Sender {
  let flow: Flow | null = null;
  let nextMs = Number.POSITIVE_INFINITY;
  let grainMs = 1;

  const advance = (current: Flow) => {
    const scheduledMs = current.startMs + current.pacer();
    // The last ones are due when the flow ends, and not after it: nobody would send them then.
    nextMs =
      scheduledMs < current.endMs
        ? Math.min(Math.ceil(scheduledMs / grainMs) * grainMs, current.endMs)
        : Number.POSITIVE_INFINITY;
  };

  return {
    start(next) {
      flow = next;
      grainMs = grainOf(next.ratePerS);
      advance(next);
    },
    pump(now) {
      if (flow === null) return Number.POSITIVE_INFINITY;
      const burstEndMs = now + MAX_BURST_MS;
      while (nextMs <= now && now < burstEndMs) {
        recorder.counters.due++;
        if (!send(flow.pick(), nextMs)) recorder.counters.droppedDisconnected++;
        advance(flow);
        now = nowMs();
      }
      return nextMs;
    },
    overdue(now) {
      if (flow === null || nextMs > now) return 0;
      return 1 + Math.floor(((Math.min(now, flow.endMs) - nextMs) * flow.ratePerS) / 1000);
    },
    stop(now) {
      if (flow === null) return;
      for (; nextMs <= now; advance(flow)) {
        recorder.counters.due++;
        recorder.counters.droppedLate++;
      }
      flow = null;
      nextMs = Number.POSITIVE_INFINITY;
    },
  };
}
