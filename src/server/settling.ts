/**
 * When a process has come to rest after its connections were closed, so that what it still has in use can be compared
 * with other such moments.
 *
 * Nothing here waits for TIME_WAIT to be over: a socket in that state is the kernel's alone, and no descriptor of the
 * process stands for it any more.
 */

import type { Clock } from '../base/clock.ts';
import { collectGarbage } from '../base/garbage.ts';
import type { SettledProcess, Usage } from '../model/leak.ts';
import { openDescriptors } from './own-process.ts';

/** Between two looks: what a collection has set off, finalizers for one, is done by the next one. */
const LOOK_MS = 100;
/** What does not come to rest by then is told as it is. */
const TIMEOUT_MS = 5000;
/** Two collections agree if the second left no more below the first: an idle process allocates some, too. */
const SAME_HEAP_RATIO = 0.0005;

/** Looks until the process is at rest for two looks in a row. Resolves with the last one, in any case. */
export async function untilSteady(
  clock: Clock,
  look: () => Usage | Promise<Usage>,
  isSteady: (before: Usage, now: Usage) => boolean,
): Promise<Usage> {
  const deadlineMs = clock.nowMs() + TIMEOUT_MS;
  let before = await look();
  while (true) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = await look();
    if (isSteady(before, now) || clock.nowMs() >= deadlineMs) return now;
    before = now;
  }
}

/**
 * Collects the garbage of this process until two collections in a row leave the same, its descriptors are steady, and
 * its connections have said goodbye.
 *
 * @param connections how many are open now
 */
export async function settle(role: string, clock: Clock, connections: () => number): Promise<SettledProcess> {
  const isAtRest = (before: Usage, now: Usage) => connections() === 0 && agree(before, now);
  const usage = await untilSteady(clock, collectedUsage, isAtRest);
  return { role, pid: process.pid, memoryIs: 'collected-heap', ...usage };
}

function collectedUsage(): Usage {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  // The memory of array buffers is part of what is external.
  return { openDescriptors: openDescriptors(), memoryBytes: heapUsed + external };
}

function agree(before: Usage, now: Usage): boolean {
  const change = Math.abs(Number(now.memoryBytes) - Number(before.memoryBytes));
  return (
    now.openDescriptors === before.openDescriptors && change <= SAME_HEAP_RATIO * Number(before.memoryBytes)
  );
}
