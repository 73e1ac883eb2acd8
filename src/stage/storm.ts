import { addStorm, createHerdBook, summarizeHerd, timeBackMs } from '../collect/herd.ts';
import type { HerdPlan } from '../model/plan.ts';
import type { Herd } from '../model/record.ts';
import type { ServerTrigger } from '../topology/topology.ts';
import { ask, enterStage, type StageContext, until } from './context.ts';

/**
 * Breaks connections and watches their clients return: until all of them have been back for `holdMs`, or for
 * `observeMs` after the server accepts again.
 */
export async function storm(context: StageContext, herd: HerdPlan): Promise<Herd> {
  const { plan, swarm, tally, clock } = context;
  await enterStage(context, 'storm');
  const attemptsPerSBefore = tally.lastSecond()?.attempts ?? 0;
  const book = createHerdBook();
  tally.onStorm = (report, worker) => addStorm(book, report, worker);
  const brokenAtMs = clock.nowMs();
  const observed = () => clock.nowMs() - brokenAtMs;
  let acceptedAtMs = brokenAtMs;
  try {
    swarm.tell({
      type: 'storm',
      startMs: brokenAtMs,
      dropRatio: herd.trigger === 'drop' ? herd.shareRatio : 0,
    });
    if (herd.trigger !== 'drop') {
      // Every worker has to know before the first connection breaks, and answers its commands in their order.
      await enterStage(context, 'storm');
      acceptedAtMs = await breakServer(context, herd.trigger);
    }
    await until(
      context,
      () => book.affected > 0 && timeBackMs(book, 1, herd.holdMs, observed()) !== null,
      acceptedAtMs + herd.observeMs,
    );
    await ask(context, { type: 'calm' }, 'calmed');
  } finally {
    tally.onStorm = null;
  }
  return summarizeHerd(book, {
    plan: herd,
    policy: plan.reconnect.kind,
    brokenAtMs: brokenAtMs - context.originMs,
    outageMs: acceptedAtMs - brokenAtMs,
    observedMs: observed(),
    acceptsPerS: tally.peakPerS,
    attemptsPerSBefore,
  });
}

/** Breaks the server; returns when it accepts again. */
async function breakServer({ topology }: StageContext, trigger: ServerTrigger): Promise<number> {
  const fault = topology.faults[trigger];
  if (fault === undefined)
    throw new Error(`this topology cannot ${trigger}; the plan should not have asked for it`);
  return (await fault()).acceptedAtMs;
}
