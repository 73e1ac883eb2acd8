import { ask, enterStage, expectLife, type StageContext, until } from './context.ts';

/** Between the command and the first message, so that every worker has heard it in time. */
const LEAD_MS = 50;
/** A worker that does not answer when the drain is over is not waited for any longer. */
const PATIENCE_MS = 2000;

/**
 * Messages flow for the planned time. With herds to come they flow on until the last storm is over, since what is in
 * flight when the connections break, and the clients that stay, are part of what a storm shows.
 * @param whileIdle is waited for when garbage is collected, and no message flows yet
 * @throws TargetLost if all connections break and none comes back
 */
export async function hold(context: StageContext, whileIdle?: () => Promise<void>): Promise<void> {
  const { plan, swarm, clock, results } = context;
  await enterStage(context, 'hold');
  await whileIdle?.();
  const startMs = clock.nowMs() + LEAD_MS;
  const endMs = startMs + plan.durationMs;
  swarm.tell({
    type: 'flow',
    startMs,
    endMs: plan.herds.length > 0 ? Number.POSITIVE_INFINITY : endMs,
    // After a search for the highest rate, at what it found.
    ratePerClientPerS: results.rateCeiling?.ratePerClientPerS ?? plan.messages.ratePerClientPerS,
  });
  const broken = () => {
    expectLife(context);
    return false;
  };
  await until(context, broken, endMs);
}

/** Ends the messages and waits for the answers that are still on their way; what does not come is missing. */
export async function drain(context: StageContext): Promise<void> {
  const { plan, swarm, clock } = context;
  swarm.tell({ type: 'quiet' });
  await enterStage(context, 'drain');
  const untilMs = clock.nowMs() + plan.drainMs;
  await ask(context, { type: 'drain', untilMs }, 'drained', untilMs + PATIENCE_MS);
}
