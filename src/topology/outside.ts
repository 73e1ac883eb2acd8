/**
 * A program that is not ours, seen from outside: it can be waited for, but not asked to collect its garbage.
 */

import type { Clock } from '../base/clock.ts';
import { readProcesses } from '../base/memory.ts';
import type { SettledProcess, Usage } from '../model/leak.ts';
import { untilSteady } from '../server/settling.ts';
import { openDescriptorsOf, processTree } from './supervisor/proc.ts';

/** What a process and all below it have in use together; null where it is gone or not told of. */
export async function usageFromOutside(pid: number): Promise<Usage> {
  const openDescriptors = openDescriptorsOf(processTree(pid));
  const memory = await readProcesses([pid]);
  return { openDescriptors, memoryBytes: memory?.bytes ?? null };
}

/** Waits until it opens and closes no more descriptors. */
export async function settleFromOutside(role: string, pid: number, clock: Clock): Promise<SettledProcess> {
  const isAtRest = (before: Usage, now: Usage) => before.openDescriptors === now.openDescriptors;
  const usage = await untilSteady(clock, () => usageFromOutside(pid), isAtRest);
  return { role, pid, memoryIs: 'rss', ...usage };
}
