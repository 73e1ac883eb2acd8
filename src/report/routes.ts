/**
 * How messages from user to user found their way between regions: against what the network allows, and while users
 * moved.
 */

import { formatCount, formatMs } from '../base/units.ts';
import type { Phase } from '../model/record.ts';
import type { Pair } from '../model/routes.ts';
import type { Quantity } from './quantity.ts';
import { NOT_MEASURED, shown, trusted } from './value.ts';

/** Rows about ways and moves; none where no message went from user to user between regions. */
export function routeQuantities(phases: Phase[]): Quantity[] {
  if (phases.every(({ regions }) => regions?.pairs == null)) return [];
  return [
    { label: 'above the floor', of: (phase) => trusted(phase, shown(worstOf(phase), formatMs)) },
    {
      label: 'all nodes know, p99',
      of: (phase) => trusted(phase, shown(phase.regions?.convergenceMs?.p99 ?? null, formatMs)),
    },
    { label: 'users moved', of: (phase) => counted(phase.regions?.moves?.moved) },
    { label: 'misrouted', of: (phase) => counted(phase.regions?.moves?.misrouted) },
    { label: 'late', of: (phase) => counted(phase.regions?.moves?.late) },
    {
      label: 'late by, p99',
      of: (phase) => trusted(phase, shown(phase.regions?.moves?.lateMs.p99 ?? null, formatMs)),
    },
  ];
}

/** What the median took above the floor where that was most. */
function worstOf({ regions }: Phase): number | null {
  const above = (regions?.pairs ?? []).flatMap(({ aboveFloorMs }) => aboveFloorMs ?? []);
  return above.length === 0 ? null : Math.max(...above);
}

function counted(count: number | undefined): string {
  return count === undefined ? NOT_MEASURED : formatCount(count);
}

/**
 * The median by pair of regions, each with its floor; null where no message went from user to user between regions, or
 * nobody can trust how long it took.
 */
export function routeMatrix(
  phase: Phase,
): { to: string[]; rows: { from: string; cells: string[] }[] } | null {
  const pairs = phase.regions?.pairs ?? null;
  if (pairs === null || !phase.generator.valid) return null;
  const names = [...new Set(pairs.map(({ from }) => from))];
  const rows = names.map((from) => ({
    from,
    cells: pairs.filter((pair) => pair.from === from).map(againstFloor),
  }));
  return { to: names, rows };
}

function againstFloor({ floorMs, latencyMs }: Pair): string {
  return `${shown(latencyMs.p50, formatMs)} (floor ${formatMs(floorMs)})`;
}
