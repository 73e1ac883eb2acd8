import { messageOf } from '../base/errors.ts';
import type { MessageEvidence } from '../collect/message-causes.ts';
import type { Ceiling, Limiter } from '../model/record.ts';
import { enterStage, type StageContext, until, whether } from './context.ts';
import { createPatience } from './patience.ts';
import { evidenceSince, failedRatioSince, hasClosedSince, snapshot } from './search/evidence.ts';
import { createLevelBook } from './search/level-book.ts';
import { boundsOf, runSearch, type Tried, verdictOf } from './search/run.ts';
import { type JudgeSeconds, plannedFlow, tryFlow } from './search/trial-flow.ts';

/** After clients of a level that was too high have been let go. */
const SETTLE_MS = 1000;

/**
 * Searches for the most connections that hold: grows in steps until a level fails, then halves the bracket between
 * the last level that held and the first that did not. The search is also the ramp: it ends at the highest level
 * that held.
 *
 * One failure may be chance, and so may be one success. A level that failed is tried again until the trials that are
 * missing could not change the answer (MLRsearch): two of three decide. So they do of each level in the bracket, and of the
 * answer.
 */
export async function search(context: StageContext, judgeSeconds: JudgeSeconds): Promise<Ceiling> {
  const { plan, results } = context;
  await enterStage(context, 'search');
  const steps: Ceiling['steps'] = [];
  const book = createLevelBook({ max: plan.clients, ...plan.search });

  const answer = (end: Limiter): Ceiling => {
    const bracket = book.bracket();
    return { connections: bracket.lower, ...boundsOf(context, bracket, end), steps };
  };

  async function attempt(target: number, trial: number) {
    await makeRoom(context, target, steps.at(-1), book.bracket().lower);
    const tried = await tryLevel(context, target, judgeSeconds);
    const { established, connectP99Ms, acceptedPerS, messages } = tried.evidence;
    const outcome = verdictOf(context, tried, established);
    const { passed, valid, reason } = outcome;
    const { responseP99Ms = null, lossRatio = null } = messages ?? {};
    const step = { requested: target, established, trial, passed, valid, reason };
    steps.push({ ...step, connectP99Ms, acceptedPerS, responseP99Ms, lossRatio });
    return outcome;
  }

  try {
    const isThere = await runSearch(book, attempt);
    const { lower } = book.bracket();
    const last = steps.at(-1);
    if (isThere && last !== undefined && !(last.passed && last.requested === lower)) {
      await shrinkTo(context, lower);
      await growTo(context, lower);
    }
  } catch (error) {
    const evidence = `the search was ended at ${book.bracket().lower} connections: ${messageOf(error)}`;
    const unfinished = { found: false, upperBound: null, widthRatio: null };
    const limiter: Limiter = { resource: 'time', side: 'scenario', evidence };
    results.ceiling = { ...answer(limiter), ...unfinished, limiter };
    throw error;
  }
  return answer({
    resource: 'requested maximum',
    side: 'scenario',
    evidence: `all ${plan.clients} clients that were asked for connected and stayed`,
  });
}

/** What passed is to stay; what failed is done again, and what was too high is let go. */
async function makeRoom(
  context: StageContext,
  target: number,
  last: Ceiling['steps'][number] | undefined,
  lower: number,
): Promise<void> {
  if (last === undefined) return;
  if (target < last.requested) await shrinkTo(context, target);
  else if (target === last.requested && !last.passed) await shrinkTo(context, lower);
}

/** Lets go of the clients of a level that was too high: what of it still fails meanwhile is not the next one's. */
async function shrinkTo(context: StageContext, target: number): Promise<void> {
  const { plan, swarm, clock } = context;
  swarm.tell({
    type: 'grow',
    clients: target,
    ratePerS: plan.connectRatePerS,
    startMs: clock.nowMs(),
  });
  await until(context, () => false, clock.nowMs() + SETTLE_MS);
  await enterStage(context, 'search');
}

/** Goes to so many clients; returns when they are connected, or it has taken too long, or `isInVain`. */
async function growTo(
  context: StageContext,
  target: number,
  isInVain: (plannedMs: number) => boolean = () => false,
): Promise<void> {
  const { plan, swarm, tally, clock } = context;
  const startMs = clock.nowMs();
  const growMs = (Math.max(0, target - tally.connected()) / plan.connectRatePerS) * 1000;
  const grow = { type: 'grow', clients: target, ratePerS: plan.connectRatePerS, startMs } as const;
  const reached = whether(context, swarm.ask(grow, 'reached'));
  // A server that takes connections slower than they come may hold them all the same.
  const { timeoutMs } = plan.handshake;
  const isOver = createPatience(clock, startMs + growMs + timeoutMs, timeoutMs, tally.connected);
  const plannedMs = startMs + growMs;
  await until(context, () => reached() || isInVain(plannedMs) || isOver(), Number.POSITIVE_INFINITY);
}

/** Goes to so many clients, waits until they are connected and have stayed for a while, and tells what happened. */
async function tryLevel(context: StageContext, target: number, judgeSeconds: JudgeSeconds): Promise<Tried> {
  const { plan, tally, clock } = context;
  const before = await snapshot(context);
  const failedRatio = () => failedRatioSince(context, before);
  const hasFailed = () => failedRatio() > plan.objective.connectFailureRatio;
  // Clients that are closed come back, and may go on to: the level has failed by then.
  const isInVain = () => hasFailed() || hasClosedSince(context, before);
  await growTo(context, target, (plannedMs) => clock.nowMs() > plannedMs && isInVain());
  const reachedMs = clock.nowMs();
  let messages: MessageEvidence | null = null;
  if (plan.objective.lossRatio !== null && tally.connected() >= target && !hasFailed()) {
    messages = await tryFlow(context, plannedFlow(plan, target), judgeSeconds);
  } else {
    await until(context, hasFailed, reachedMs + plan.search.trialMs);
    await enterStage(context, 'search');
  }
  const evidence = await evidenceSince(context, before, { requested: target, reachedMs, messages });
  return { evidence, failedRatio: failedRatio() };
}
