import { enterStage, expectLife, type StageContext, until, whether } from './context.ts';

/** Clients that could not connect at first are waited for so long after the last was started. */
const LATECOMERS_MS = 30_000;

/**
 * Connects all clients at the planned pace, and waits until each is connected or has given up.
 * @returns why it ended before that, or null
 * @throws TargetLost if nothing connects
 */
export async function ramp(context: StageContext): Promise<string | null> {
  const { plan, swarm, tally, clock } = context;
  await enterStage(context, 'ramp');
  const startMs = clock.nowMs();
  const reached = whether(
    context,
    swarm.ask({ type: 'grow', clients: plan.clients, ratePerS: plan.connectRatePerS, startMs }, 'reached'),
  );
  const growMs = (plan.clients / plan.connectRatePerS) * 1000;
  const deadlineMs = startMs + growMs + plan.handshake.timeoutMs + LATECOMERS_MS;
  const complete = () => {
    expectLife(context);
    return reached();
  };
  if (await until(context, complete, deadlineMs)) return null;
  return `${tally.connected()} of ${plan.clients} clients were connected when the time for the ramp was over`;
}
