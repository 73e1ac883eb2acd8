/**
 * An engine with the real clock, timers and sockets, for a worker thread, or for a host process that has but one.
 */

import { performance } from 'node:perf_hooks';
import { systemClock } from '../base/clock.ts';
import { collectGarbage } from '../base/garbage.ts';
import { loadTransport } from '../transport/index.ts';
import { createAlarm } from './alarm.ts';
import { createEngine } from './engine.ts';
import { createGarbageMeter } from './garbage-meter.ts';
import type { WorkerCommand, WorkerEvent, WorkerPlan } from './messages.ts';

/** After `close`, goodbyes that the server does not answer are waited for so long. */
export const GOODBYE_MS = 2000;

/**
 * Starts an engine; resolves with the function that takes the controller's commands.
 * @param post tells the controller; after `closed`, the engine has nothing more to say, and what keeps the thread
 *   alive is only the sockets that still say goodbye
 */
export async function runEngine(
  plan: WorkerPlan,
  post: (event: WorkerEvent) => void,
): Promise<(command: WorkerCommand) => void> {
  const transport = await loadTransport(plan.phase.transport);
  let ring = () => {};
  const alarm = createAlarm(plan.filling === 'together' ? 'metronome' : 'timer', () => ring());
  const garbage = createGarbageMeter();
  let lastUtilization = performance.eventLoopUtilization();

  return createEngine(plan, {
    transport,
    nowMs: systemClock.nowMs,
    after: (ms, callback) => (ms === 0 ? setImmediate(callback) : setTimeout(callback, ms)),
    at(dueMs, callback) {
      ring = callback;
      alarm.set(dueMs);
    },
    utilization() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, lastUtilization);
      lastUtilization = now;
      return utilization;
    },
    collectGarbage,
    garbageTime: garbage.take,
    post(event: WorkerEvent) {
      if (event.type === 'closed') {
        alarm.close();
        garbage.close();
      }
      post(event);
    },
  });
}
