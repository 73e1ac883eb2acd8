import { toFailover } from '../collect/failover.ts';
import { addStorm, createHerdBook, summarizeHerd, timeBackMs } from '../collect/herd.ts';
import type { BackoffPlan } from '../model/backoff.ts';
import type { HerdPlan } from '../model/plan.ts';
import type { Herd } from '../model/record.ts';
import type { Outage, ServerTrigger } from '../topology/topology.ts';
import { ask, enterStage, type StageContext, until, whether } from './context.ts';

/** Who has not lost its connection so long after the break was done does not lose it by that. */
const LAST_LOSS_MS = 3000;

/**
 * Breaks connections and watches their clients return: until all of them have been back for `holdMs`, or for
 * `observeMs` after the server accepts again. A break that cost nobody a connection, as behind an edge, is watched no
 * longer than it takes to see that.
 * @param policy how the clients come back, which they have been told
 */
export async function storm(
  context: StageContext,
  herd: HerdPlan,
  policy: BackoffPlan = context.plan.reconnect,
): Promise<Herd> {
  const { swarm, tally, clock } = context;
  await enterStage(context, 'storm');
  const attemptsPerSBefore = tally.lastSecond()?.attempts ?? 0;
  const book = createHerdBook();
  tally.onStorm = (report, worker) => addStorm(book, report, worker);
  const brokenAtMs = clock.nowMs();
  const observed = () => clock.nowMs() - brokenAtMs;
  let outage: Outage | null = null;
  const acceptedAtMs = () => outage?.acceptedAtMs ?? brokenAtMs;
  const summary = () =>
    summarizeHerd(book, {
      plan: herd,
      policy,
      brokenAtMs: brokenAtMs - context.originMs,
      outageMs: outage === null ? 0 : outage.acceptedAtMs - outage.brokenAtMs,
      acceptedMs: acceptedAtMs() - brokenAtMs,
      observedMs: observed(),
      acceptsPerS: tally.peakPerS,
      attemptsPerSBefore,
    });
  try {
    swarm.tell({
      type: 'storm',
      startMs: brokenAtMs,
      dropRatio: herd.trigger === 'drop' ? herd.shareRatio : 0,
    });
    if (herd.trigger !== 'drop') {
      // Every worker has to know before the first connection breaks, and answers its commands in their order.
      await enterStage(context, 'storm');
      outage = await breakServer(context, herd.trigger);
    }
    const doneAtMs = clock.nowMs();
    const isOver = () =>
      book.affected > 0
        ? timeBackMs(book, 1, herd.holdMs, observed()) !== null
        : clock.nowMs() >= doneAtMs + LAST_LOSS_MS;
    await until(context, isOver, acceptedAtMs() + herd.observeMs);
    await ask(context, { type: 'calm', atMs: clock.nowMs() }, 'calmed');
    return summary();
  } catch (error) {
    if (book.affected > 0) context.results.herds.push(summary());
    throw error;
  } finally {
    tally.onStorm = null;
    await outage?.heal();
    // When the way back was open is known only now.
    const lost = await outage?.failover?.();
    if (outage !== null && lost !== undefined) {
      const { brokenAtMs: lostAtMs } = outage;
      const times = { originMs: context.originMs, stormMs: brokenAtMs, brokenAtMs: lostAtMs };
      context.results.failovers.push(toFailover(book.failover, book, { ...lost, ...times }));
    }
  }
}

/** Breaks the server; resolves when it accepts again. @throws PhaseOver if the phase ends meanwhile */
async function breakServer(context: StageContext, trigger: ServerTrigger): Promise<Outage> {
  const fault = context.topology.faults[trigger];
  if (fault === undefined)
    throw new Error(`this topology cannot ${trigger}; the plan should not have asked for it`);
  const breaking = fault();
  const done = breaking.then(
    () => {},
    () => {},
  );
  await until(context, whether(context, done), Number.POSITIVE_INFINITY);
  return breaking;
}
