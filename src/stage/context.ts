/**
 * What a stage of a phase works with. A stage is an async function over this: it tells the swarm what to do and
 * waits for what the tally shows. Whatever ends a phase early ends every wait.
 */

import type { Clock } from '../base/clock.ts';
import type { SoakBook } from '../collect/leak.ts';
import type { Swept } from '../collect/sweep.ts';
import type { Tally } from '../collect/tally.ts';
import type { Witness } from '../collect/witness/index.ts';
import type { PhasePlan } from '../model/plan.ts';
import type { Ceiling, Herd, RateCeiling, StageName } from '../model/record.ts';
import type { Failover } from '../model/regions.ts';
import type { Filling, WorkerCommand, WorkerEvent } from '../swarm/messages.ts';
import type { Swarm } from '../swarm/swarm.ts';
import type { Topology } from '../topology/topology.ts';

/** What the stages have found out so far; what one was about to find out, too, if it was ended early. */
export interface StageResults {
  ceiling: Ceiling | null;
  rateCeiling: RateCeiling | null;
  /**
   * Seconds of a search, by their beginning, that are in no number: those between trials with messages, and those of trials
   * that the generator was not up to.
   */
  unusedMs: number[];
  herds: Herd[];
  /** Of the herds that lost a region. */
  failovers: Failover[];
  /** The herds by other policies than the plan's; null where that was not asked for. */
  swept: Swept[] | null;
  soak: SoakBook | null;
  /** Why not all of the plan was done. */
  endedEarly: string | null;
}

export interface StageContext {
  plan: PhasePlan;
  swarm: Swarm;
  filling: Filling;
  tally: Tally;
  topology: Topology;
  /** Looks into the system while something is searched for; null where nothing is. */
  witness: Witness | null;
  clock: Clock;
  /** When the phase's first second began. */
  originMs: number;
  results: StageResults;
  /** Aborted when the phase must end; the reason is the words for it. */
  over: AbortSignal;
}

/** Thrown by waits when the phase must end. */
export class PhaseOver extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'PhaseOver';
  }
}

/** Thrown by waits when nothing connects to the target any more. */
export class TargetLost extends PhaseOver {}

/** A wait without an end looks again now and then; timers cannot be infinite. */
const LONGEST_WAIT_MS = 60_000;

/** Nothing has connected for so long, although it was tried: it will not. */
const MASS_FAILURE_S = 5;

/** Begins a stage. What was seen until now is in the tally when this resolves. */
export async function enterStage(context: StageContext, stage: StageName): Promise<void> {
  await ask(context, { type: 'stage', stage }, 'staged');
}

/** Sends a command and waits for the answer of all workers, or until the time has come. True if all answered. */
export function ask(
  context: StageContext,
  command: WorkerCommand,
  answer: WorkerEvent['type'],
  deadlineMs = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  return until(context, whether(context, context.swarm.ask(command, answer)), deadlineMs);
}

/** Waits until the condition holds, looked at after each report, or the time has come. True if it holds. */
export async function until(
  context: StageContext,
  condition: () => boolean,
  deadlineMs: number,
): Promise<boolean> {
  while (true) {
    if (context.over.aborted) throw new PhaseOver(String(context.over.reason));
    if (condition()) return true;
    const restMs = deadlineMs - context.clock.nowMs();
    if (restMs <= 0) return false;
    await changeOr(context, restMs);
  }
}

/** Turns a promise into a condition for `until`. */
export function whether({ tally }: StageContext, promise: Promise<void>): () => boolean {
  let come = false;
  void promise.then(() => {
    come = true;
    tally.wake();
  });
  return () => come;
}

/** The next report, the end of the phase, or `ms` from now, whichever comes first. */
function changeOr({ tally, over }: StageContext, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      over.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, LONGEST_WAIT_MS));
    over.addEventListener('abort', done);
    void tally.changed().then(done);
  });
}

/**
 * For stages in which clients must be connected.
 * @param fromRow of what failed before this second, somebody else knows already
 * @throws TargetLost if nothing is connected and everything that was tried lately has failed
 */
export function expectLife({ tally, plan }: StageContext, fromRow = 0): void {
  const first = tally.row() - MASS_FAILURE_S;
  if (first < fromRow || tally.connected() > 0) return;
  const { attempts, established, failed } = tally.since(first + 1);
  // Connects that are still under way are slow, not lost.
  if (failed === 0 || established > 0) return;
  const causes = Object.entries(tally.failed).map(([key, count]) => `${key}: ${count}`);
  throw new TargetLost(
    `nothing connects any more: ${attempts} attempts of ${plan.clients} clients in ${MASS_FAILURE_S} s, ` +
      `none succeeded (${causes.join(', ')})`,
  );
}
