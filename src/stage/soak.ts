/**
 * A soak: the same load again and again, and all connections closed between, so that what a server keeps of them adds
 * up until it can be told from noise.
 *
 *     settle → (ramp → hold → drain → part → settle) → (ramp → …) → …
 *
 * The loads are ramps, holds and drains like any other and are measured as such; parting and settling are the stage
 * `soak`, in which no message flows.
 */

import { createSoakBook } from '../collect/leak.ts';
import type { SettledProcess } from '../model/leak.ts';
import { ask, enterStage, type StageContext, until, whether } from './context.ts';
import { drain, hold } from './hold.ts';

/**
 * Runs the cycles; each that comes to its end is in the results.
 *
 * @param ramp connects all clients; resolves with why it did not, or null
 * @throws TargetLost if nothing connects any more
 */
export async function soak(
  context: StageContext,
  cycles: number,
  ramp: (context: StageContext) => Promise<string | null>,
): Promise<void> {
  const { tally, results } = context;
  await enterStage(context, 'soak');
  const book = createSoakBook(await settled(context));
  results.soak = book;
  while (book.cycles < cycles) {
    const before = tally.counters.established;
    const shortfall = await ramp(context);
    results.endedEarly ??= shortfall;
    if (tally.connected() === 0) return;
    await hold(context);
    await drain(context);
    await part(context);
    // Those that came back within the cycle were connections of their own.
    book.addCycle(tally.counters.established - before, await settled(context));
  }
}

/** All clients say goodbye. The server has answered when it is at rest. */
async function part(context: StageContext): Promise<void> {
  const { clock } = context;
  await enterStage(context, 'soak');
  await ask(context, { type: 'grow', clients: 0, ratePerS: 0, startMs: clock.nowMs() }, 'reached');
}

async function settled(context: StageContext): Promise<SettledProcess[]> {
  let processes: SettledProcess[] | null = null;
  const settling = context.topology.settle().then((answer) => {
    processes = answer;
  });
  await until(context, whether(context, settling), Number.POSITIVE_INFINITY);
  return processes ?? [];
}
