import { messageOf } from '../base/errors.ts';
import { formatMs, formatRatio } from '../base/units.ts';
import { nameLimiter, type StepEvidence } from '../collect/limiter.ts';
import type { Ceiling, Limiter } from '../model/record.ts';
import { quantileMs } from '../stats/histogram.ts';
import { classifyLoad, type SearchGoal, type Trial } from '../stats/mlrsearch.ts';
import { isNode } from '../topology/sample.ts';
import { enterStage, type StageContext, until, whether } from './context.ts';
import { createPatience } from './patience.ts';

/** A step grows by half. */
const GROWTH = 1.5;
/** The first step is this share of the maximum. */
const FIRST_SHARE = 1 / 8;
/** A bracket of this width, as a share of its upper end, is narrow enough. */
const WIDTH_RATIO = 0.02;
/** Each level has to be held for so long. */
const SETTLE_MS = 1000;
/** A level fails when more than this share of its connects fails, or when their p99 takes longer. */
const MAX_FAILED_RATIO = 0.001;
const MAX_CONNECT_P99_MS = 1000;
/** A generator whose loop is busier than this cannot tell the server's ceiling from its own. */
const MAX_ELU = 0.9;

/** Of three trials at a level, two decide. */
const GOAL: SearchGoal = { finalTrialMs: SETTLE_MS, sumMs: 3 * SETTLE_MS, lossRatio: 0, exceedRatio: 0.5 };

type Step = Ceiling['steps'][number];

/**
 * Searches for the most connections that hold: grows in steps until a level fails, then halves the bracket between
 * the last level that held and the first that did not. The search is also the ramp: it ends at the highest level
 * that held.
 *
 * One failure may be chance. A level that failed is tried again, and from then on each one is, until the trials that
 * are missing could not change the answer (MLRsearch): two of three decide.
 */
export async function search(context: StageContext): Promise<Ceiling> {
  const { plan } = context;
  await enterStage(context, 'search');
  const steps: Step[] = [];
  /** The last trial of each level. */
  const levels: Step[] = [];
  let lower = 0;
  let upper: number | null = null;
  let limiter: Limiter | null = null;
  const first = Math.max(1, Math.ceil(plan.clients * FIRST_SHARE));

  const answer = (end: Limiter): Ceiling => {
    const found = upper !== null && end.side !== 'generator' && end.side !== 'scenario';
    return {
      connections: lower,
      lowerBound: lower,
      upperBound: found ? upper : null,
      found,
      limiter: end,
      steps,
    };
  };

  /** Why a level does not hold, or null. */
  async function probe(target: number): Promise<Limiter | null> {
    const trials: Trial[] = [];
    let stopped: Limiter | null = null;
    if (target < (steps.at(-1)?.requested ?? 0)) await shrinkTo(context, target);
    while (true) {
      const { step, evidence } = await tryLevel(context, target);
      steps.push(step);
      trials.push({ durationMs: SETTLE_MS, lossRatio: step.passed ? 0 : 1 });
      if (!step.passed) stopped = nameLimiter(evidence);
      const isCoarse = upper === null && step.passed && trials.length === 1;
      const known = isCoarse ? 'lower' : classifyLoad(trials, GOAL);
      // Beyond a limit of its own the generator would only find that again.
      if (known === 'undecided' && stopped?.side !== 'generator') {
        // What passed is to stay; what failed is done again.
        if (!step.passed) await shrinkTo(context, lower);
        continue;
      }
      levels.push(step);
      return known === 'lower' ? null : stopped;
    }
  }

  try {
    for (let target: number | null = first; target !== null; ) {
      const stopped = await probe(target);
      if (stopped === null) lower = target;
      else {
        upper = target;
        limiter = stopped;
        if (limiter.side === 'generator') break;
      }
      target = nextLevel(lower, upper, levels, plan.clients);
    }
    if (upper !== null) {
      await shrinkTo(context, lower);
      await tryLevel(context, lower);
    }
  } catch (error) {
    const evidence = `the search was ended at ${lower} connections: ${messageOf(error)}`;
    context.results.ceiling = answer({ resource: 'time', side: 'scenario', evidence });
    throw error;
  }
  return answer(
    limiter ?? {
      resource: 'requested maximum',
      side: 'scenario',
      evidence: `all ${plan.clients} clients that were asked for connected and stayed`,
    },
  );
}

/** The next level to try, always within the bracket, or null when the answer is known. */
export function nextLevel(lower: number, upper: number | null, levels: Step[], max: number): number | null {
  if (upper === null) return lower >= max ? null : Math.min(max, Math.ceil(lower * GROWTH));
  if (upper - lower <= widthAt(upper)) return null;
  const last = levels[levels.length - 1];
  const failedBefore = levels.length > 1 && !levels[levels.length - 2].passed;
  // A failed level that held no more than is known to hold: the answer lies just above that. One that held more: what
  // it held is the best guess, but not twice in a row, or a server that always holds a little less would be followed
  // down step by step.
  if (!last.passed && last.established <= lower) return Math.min(lower + widthAt(lower), upper - 1);
  if (!last.passed && last.established < upper && !failedBefore) return last.established;
  return lower + Math.max(1, Math.floor((upper - lower) / 2));
}

/** How wide a bracket with this end may be. */
function widthAt(level: number): number {
  return Math.max(1, Math.floor(level * WIDTH_RATIO));
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

/** Goes to so many clients, waits until they are connected and have stayed for a while, and judges. */
async function tryLevel(
  context: StageContext,
  target: number,
): Promise<{ step: Step; evidence: StepEvidence }> {
  const { plan, swarm, tally, clock } = context;
  const before = snapshot(context);
  const startMs = clock.nowMs();
  const growMs = (Math.max(0, target - tally.connected()) / plan.connectRatePerS) * 1000;
  const grow = { type: 'grow', clients: target, ratePerS: plan.connectRatePerS, startMs } as const;
  const reached = whether(context, swarm.ask(grow, 'reached'));
  const failedRatio = () =>
    failedSince(context, before) / Math.max(1, tally.counters.attempts - before.attempts);
  const hasFailed = () => clock.nowMs() > startMs + growMs && failedRatio() > MAX_FAILED_RATIO;
  // A server that takes connections slower than they come may hold them all the same.
  const { timeoutMs } = plan.handshake;
  const isOver = createPatience(clock, startMs + growMs + timeoutMs, timeoutMs, tally.connected);
  await until(context, () => reached() || hasFailed() || isOver(), Number.POSITIVE_INFINITY);
  await until(context, hasFailed, clock.nowMs() + SETTLE_MS);
  await enterStage(context, 'search');

  const evidence: StepEvidence = {
    requested: target,
    established: Math.min(target, tally.connected()),
    failed: difference(tally.failed, before.failed),
    closed: countCloses(context) - before.closes,
    connectP99Ms: quantileMs(
      tally.connect.map((count, i) => count - before.connect[i]),
      0.99,
    ),
    eluMax: tally.recentElu(2),
    server: (tally.server?.last ?? []).filter(isNode),
  };
  const reason = judge(evidence, failedRatio());
  const { requested, established, connectP99Ms } = evidence;
  return { step: { requested, established, passed: reason === null, reason, connectP99Ms }, evidence };
}

/** Why a level does not hold, or null. */
function judge(
  { requested, established, closed, connectP99Ms, eluMax }: StepEvidence,
  failedRatio: number,
): string | null {
  if (eluMax > MAX_ELU) return `the generator's event loop was ${formatRatio(eluMax)} busy`;
  if (failedRatio > MAX_FAILED_RATIO) return `${formatRatio(failedRatio)} of the connects failed`;
  if (established < requested) return `${established} of ${requested} were connected`;
  if (closed > 0) return `the server closed ${closed} connections`;
  if (connectP99Ms !== null && connectP99Ms > MAX_CONNECT_P99_MS)
    return `connects took ${formatMs(connectP99Ms)} at p99`;
  return null;
}

function snapshot(context: StageContext) {
  const { tally } = context;
  return {
    attempts: tally.counters.attempts,
    failed: { ...tally.failed },
    connect: tally.connect.slice(),
    closes: countCloses(context),
  };
}

function failedSince({ tally }: StageContext, before: { failed: Record<string, number> }): number {
  return Object.values(difference(tally.failed, before.failed)).reduce((sum, count) => sum + count, 0);
}

function countCloses({ tally }: StageContext): number {
  return Object.values(tally.closes).reduce((sum, { count }) => sum + count, 0);
}

function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  const changed = Object.entries(after).map(([key, count]) => [key, count - (before[key] ?? 0)] as const);
  return Object.fromEntries(changed.filter(([, count]) => count > 0));
}
