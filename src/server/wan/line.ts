/**
 * One direction of a TCP connection over the network between two regions: what enters comes out later, and in the
 * order in which it entered.
 *
 *     one way = RTT / 2 · (1 + jitter · u) + what is lost        u uniform in [0, 1)
 *
 * TCP loses nothing; it sends again, so loss is delay here, too, and whatever follows waits behind it. Each message is
 * taken for one segment. How long a lost one takes depends on what is behind it:
 *
 *     sparse   nothing tells of the loss but the timer: RTO = RTT + 200 ms, twice that for each time it is lost again
 *              (RFC 6298 with the least variance that Linux assumes)
 *     dense    three later segments tell of it within a round trip: RTT more (fast retransmit, RFC 5681, section 3.2)
 *
 * Dense is where the last three messages came within one round trip.
 */

import type { Random } from '../../base/random.ts';
import type { WanPlan } from '../../model/plan.ts';
import { createDelayLine } from '../faults/delay-line.ts';

/** What lies between two places. */
export interface WanPath {
  rttMs: number;
  jitterRatio: number;
  lossRatio: number;
}

export interface WanLine {
  /** @param arrive called when it is there, with the time that it took */
  carry(arrive: (tookMs: number) => void): void;
}

export interface WanDeps {
  nowMs: () => number;
  after: (ms: number, callback: () => void) => void;
  random: Random;
}

const LEAST_VARIANCE_MS = 200;
/** TCP gives a connection up some time; here the segment arrives in the end. */
const MOST_LOSSES = 6;
/** Duplicate acknowledgements after which a segment is sent again. */
const DUPLICATES = 3;

export function pathBetween({ rttMs, jitterRatio, lossRatio }: WanPlan, from: number, to: number): WanPath {
  return { rttMs: rttMs[from][to], jitterRatio, lossRatio };
}

/** A line that is as long as half the path's round trip. On a path of no length, things arrive at once. */
export function createWanLine(path: WanPath, { nowMs, after, random }: WanDeps): WanLine {
  if (path.rttMs === 0) return { carry: (arrive) => arrive(0) };
  const line = createDelayLine({ nowMs, after });
  const entered = new Float64Array(DUPLICATES).fill(Number.NEGATIVE_INFINITY);
  let count = 0;

  return {
    carry(arrive) {
      const now = nowMs();
      // The place of the oldest of the last three is taken by this one.
      const isDense = now - entered[count % DUPLICATES] <= path.rttMs;
      entered[count++ % DUPLICATES] = now;
      line.add(drawOneWayMs(path, isDense, random), arrive);
    },
  };
}

function drawOneWayMs({ rttMs, jitterRatio, lossRatio }: WanPath, isDense: boolean, random: Random): number {
  let losses = 0;
  while (losses < MOST_LOSSES && random() < lossRatio) losses++;
  return (rttMs / 2) * (1 + jitterRatio * random()) + lostMs(rttMs, losses, isDense);
}

/** How much later a segment comes that is lost so many times, one after the other. */
export function lostMs(rttMs: number, losses: number, isDense: boolean): number {
  if (losses === 0) return 0;
  // What is sent again fast and lost once more is missed by nothing but the timer.
  const byTimer = isDense ? losses - 1 : losses;
  return (isDense ? rttMs : 0) + (2 ** byTimer - 1) * (rttMs + LEAST_VARIANCE_MS);
}
