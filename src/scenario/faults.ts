/**
 * Plans the faults that the bundled server is to have.
 */

import { type FaultPlan, findFault, formatFault, readFaults } from '../model/faults.ts';
import type { TopologyPlan } from '../model/plan.ts';
import type { Complain, Options } from './options.ts';

/** The faults of a phase, each written in full; none for a target, which only hears of them in defaults. */
export function planFaults(topology: TopologyPlan, { faults }: Options, complain: Complain): string[] {
  const read = readFaults(faults, (message, i) => complain('faults', message, i));
  if (topology.kind === 'target') return [];
  const misfit = misfitOf(topology, read);
  if (misfit !== null) complain('faults', misfit);
  return read.map(formatFault);
}

/** What a topology cannot have, or null. */
export function misfitOf(topology: TopologyPlan, faults: readonly FaultPlan[]): string | null {
  const isRedis = topology.kind === 'cluster' && topology.broker.kind === 'redis';
  if (!isRedis || findFault(faults, 'reset-sequence') === null) return null;
  return 'asks for reset-sequence, but a Redis numbers the messages; it needs broker: embedded';
}
