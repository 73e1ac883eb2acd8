/**
 * Entry of a metronome thread: it sleeps until the time that its owner has written down, and rings. The timers of an
 * event loop have a grain of one millisecond; a thread that does nothing else can sleep to some ten microseconds.
 *
 *     owner      writes a due time, wakes the sleeper ──→ …                    ──→ is rung, sends, writes the next …
 *     metronome  sleeps ──────────────────────────────→ sleeps until then, rings ─→ sleeps ───────────────────────→
 */

import { workerData } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import type { MetronomeData } from './alarm.ts';

const { shared, port } = workerData as MetronomeData;
const changes = new Int32Array(shared, 0, 1);
const due = new Float64Array(shared, 8, 1);

for (let rungFor = -1; ; ) {
  const seen = Atomics.load(changes, 0);
  const dueMs = due[0];
  if (Number.isNaN(dueMs)) break;
  const restMs = rungFor === seen ? Number.POSITIVE_INFINITY : dueMs - systemClock.nowMs();
  // A change between the look and the sleep ends the sleep at once, since `changes` is not what was seen any more.
  if (restMs > 0) Atomics.wait(changes, 0, seen, restMs);
  else {
    rungFor = seen;
    port.postMessage(null);
  }
}
