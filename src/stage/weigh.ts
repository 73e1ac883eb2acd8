/**
 * When memory is looked at: while no message is timed, and when what connecting has left behind is gone.
 */

import type { Clock } from '../base/clock.ts';
import { readSocketsInUse } from '../base/memory.ts';
import { type MemoryBook, MIN_CONNECTIONS } from '../collect/memory.ts';
import type { MemoryMoment } from '../model/memory.ts';
import { type StageContext, until, whether } from './context.ts';

/** A node collects its garbage a second after the last connect, and that may take it some tenths. */
const COLLECTED_MS = 2000;
/** Sockets go with their processes, but not at once. */
const GONE_MS = 3000;
const GONE_RATIO = 0.99;
const LOOK_MS = 50;

/** Reads what everything holds now. @throws PhaseOver if the phase ends meanwhile */
export async function weigh(context: StageContext, memory: MemoryBook, moment: MemoryMoment): Promise<void> {
  const taken = memory.take(moment, context.tally.connected());
  await until(context, whether(context, taken), Number.POSITIVE_INFINITY);
}

/**
 * Waits until the server has collected its garbage, where so many are connected that it will be weighed. The
 * generator collects its own when the hold begins.
 * @throws PhaseOver if the phase ends meanwhile
 */
export async function letServerCollect(context: StageContext): Promise<void> {
  const { tally, clock } = context;
  if (tally.connected() < MIN_CONNECTIONS) return;
  await until(context, () => false, clock.nowMs() + COLLECTED_MS);
}

/** Reads what the server and the kernel hold when the swarm is closed, and its sockets are gone if they go soon. */
export async function weighAfter(memory: MemoryBook, clock: Clock, over: AbortSignal): Promise<void> {
  const { before, settled } = memory.readings;
  const least = before?.machine.sockets?.inuse;
  const most = settled?.machine.sockets?.inuse;
  if (
    settled !== undefined &&
    settled.connections >= MIN_CONNECTIONS &&
    least !== undefined &&
    most !== undefined
  ) {
    const left = most - (most - least) * GONE_RATIO;
    const deadlineMs = clock.nowMs() + GONE_MS;
    while (!over.aborted && clock.nowMs() < deadlineMs && ((await readSocketsInUse()) ?? 0) > left)
      await delay(LOOK_MS);
  }
  await memory.take('after', 0);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
