/** The whole process stands still, as in a long collection of garbage or a call that blocks. */

import { type FaultPlan, findFault } from '../../model/faults.ts';
import { standStill as block } from '../stand-still.ts';
import type { FaultCounts } from './counts.ts';

/**
 * Returns what is to be called with each message that has come, or null. A stall begins with a message, and so is felt
 * by one for all of its time: each that is counted can be seen.
 *
 * @param standStill does not return before so many ms are over
 */
export function createStalls(
  faults: readonly FaultPlan[],
  { happened }: FaultCounts,
  nowMs: () => number,
  standStill: (ms: number) => void = block,
): (() => void) | null {
  const stall = findFault(faults, 'stall');
  if (stall === null) return null;
  let dueMs: number | null = null;
  return () => {
    dueMs ??= nowMs() + stall.every;
    if (nowMs() < dueMs) return;
    standStill(stall.for);
    happened.stall++;
    dueMs = nowMs() + stall.every;
  };
}
