/**
 * Plans a soak: the load of a phase again and again, with all connections closed between, to find leaks.
 */

import type { SoakPlan, TopologyPlan } from '../model/plan.ts';
import type { Complain, Options } from './options.ts';

/** Two cycles warm up, and a trend over fewer than eight more may be chance. */
const MIN_CYCLES = 10;

/** The soak of a phase, or null where none is asked for. */
export function planSoak(
  { kind }: TopologyPlan,
  { soak: cycles, pid, ceiling, rateCeiling, herds }: Options,
  complain: Complain,
): SoakPlan | null {
  if (cycles === 0) return null;
  if (cycles < MIN_CYCLES) {
    complain(
      'soak',
      `is ${cycles}; a leak is told by ${MIN_CYCLES} cycles or more: the first two warm the server up, and a trend over fewer than eight may be chance`,
    );
  }
  const others = [
    ...(ceiling ? ['ceiling'] : []),
    ...(rateCeiling ? ['rateCeiling'] : []),
    ...(herds.length > 0 ? ['herds'] : []),
  ];
  if (others.length > 0) {
    const them = others.join(' and ');
    complain(
      'soak',
      `closes all connections after each load, which leaves nothing for ${them}; leave one out`,
    );
  }
  if (kind === 'target' && pid === undefined) {
    complain(
      'soak',
      'has to see the server: the bundled one, or a target on this machine whose process is named by pid (--pid <n>)',
    );
  }
  return { cycles, pid: kind === 'target' ? (pid ?? null) : null };
}
