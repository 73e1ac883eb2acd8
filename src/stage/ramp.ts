import { enterStage, expectLife, type StageContext, until, whether } from './context.ts';
import { createPatience } from './patience.ts';

/** When the time for a ramp is over, it goes on as long as it never takes longer than this to get on. */
const LATECOMERS_MS = 30_000;

/** Workers that are filled in turn are asked for so much more than what is done, in seconds of the pace. */
const AHEAD_S = 2;

/**
 * Connects all clients at the planned pace, and waits until each is connected or has given up.
 * @returns why it ended before that, or null
 * @throws TargetLost if nothing connects
 */
export async function ramp(context: StageContext): Promise<string | null> {
  await enterStage(context, 'ramp');
  return growToAll(context, patienceOf(context), context.tally.row());
}

/**
 * As `ramp`, worker by worker: the goal goes ahead of what is done, by so little that few of them are at it at once.
 */
export async function rampInTurn(context: StageContext): Promise<string | null> {
  const { plan, swarm, tally, clock } = context;
  const { clients, connectRatePerS: ratePerS } = plan;
  await enterStage(context, 'ramp');
  const startRow = tally.row();
  const startMs = clock.nowMs();
  const isOver = patienceOf(context);
  let asked = 0;
  const goOn = () => {
    expectLife(context, startRow);
    const paced = Math.ceil(((clock.nowMs() - startMs) / 1000 + 1) * ratePerS);
    const goal = Math.min(paced, countDone(context) + Math.ceil(AHEAD_S * ratePerS));
    if (goal >= clients) return true;
    if (goal > asked) {
      asked = goal;
      swarm.tell({ type: 'grow on', clients: goal, ratePerS, startMs: clock.nowMs() });
    }
    return false;
  };
  await until(context, () => goOn() || isOver(), Number.POSITIVE_INFINITY);
  return growToAll(context, isOver, startRow);
}

async function growToAll(
  context: StageContext,
  isOver: () => boolean,
  startRow: number,
): Promise<string | null> {
  const { plan, swarm, tally, clock } = context;
  const grow = { clients: plan.clients, ratePerS: plan.connectRatePerS, startMs: clock.nowMs() };
  const reached = whether(context, swarm.ask({ type: 'grow', ...grow }, 'reached'));
  const complete = () => {
    expectLife(context, startRow);
    return reached() || isOver();
  };
  await until(context, complete, Number.POSITIVE_INFINITY);
  if (reached()) return null;
  return `${tally.connected()} of ${plan.clients} clients were connected when the time for the ramp was over`;
}

/** The server may take the clients slower than they come, as long as it takes any. */
function patienceOf(context: StageContext): () => boolean {
  const { plan, clock } = context;
  const plannedMs = (plan.clients / plan.connectRatePerS) * 1000 + plan.handshake.timeoutMs;
  const dueMs = clock.nowMs() + plannedMs + LATECOMERS_MS;
  return createPatience(clock, dueMs, LATECOMERS_MS, () => countDone(context));
}

/** Clients that are connected; where nobody tries twice, those that have given up, too. */
function countDone({ plan, tally }: StageContext): number {
  if (plan.reconnect.kind !== 'none') return tally.connected();
  return Object.values(tally.failed).reduce((sum, count) => sum + count, tally.counters.established);
}
