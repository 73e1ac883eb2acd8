/**
 * Plans the faults that the bundled server is to have.
 */

import { type FaultPlan, findFault, formatFault, readFaults } from '../model/faults.ts';
import type { TopologyPlan } from '../model/plan.ts';
import { isHeldByUs } from './holding.ts';
import type { Complain, Options } from './options.ts';

/** The faults of a phase, each written in full; none where nobody of ours would hear of them. */
export function planFaults(topology: TopologyPlan, { faults, mode }: Options, complain: Complain): string[] {
  const read = readFaults(faults, (message, i) => complain('faults', message, i));
  if (!isHeldByUs(topology)) return [];
  const misfit = misfitOf(topology, read);
  if (misfit !== null) complain('faults', misfit);
  if (mode === 'direct' && read.length > 0)
    complain('faults', 'are done to echoes and rooms; mode is direct');
  return read.map(formatFault);
}

/** What a topology cannot have, or null. */
export function misfitOf(topology: TopologyPlan, faults: readonly FaultPlan[]): string | null {
  const isRedis = topology.kind === 'cluster' && topology.broker.kind === 'redis';
  if (!isRedis || findFault(faults, 'reset-sequence') === null) return null;
  return 'asks for reset-sequence, but a Redis numbers the messages; it needs broker: embedded';
}
