/**
 * How the clients of a lost region came to another one.
 */

import { formatCount, formatMs } from '../base/units.ts';
import type { Phase } from '../model/record.ts';
import type { Failover } from '../model/regions.ts';
import type { Quantity } from './quantity.ts';
import { NOT_MEASURED, shown, trusted } from './value.ts';

/** The parts of the way, which add up to the last one. */
export const PARTS: { name: string; of: (failover: Failover) => number | null }[] = [
  { name: 'detection', of: ({ detectionMs }) => detectionMs },
  { name: 'TTL', of: ({ ttlMs }) => ttlMs },
  { name: 'reconnect', of: ({ reconnectMs }) => reconnectMs },
  { name: 'total', of: ({ totalMs }) => totalMs },
];

/** Rows beside those of the herd: the last failover of each phase; none where no phase lost a region. */
export function failoverQuantities(phases: Phase[]): Quantity[] {
  if (phases.every((phase) => lastOf(phase) === null)) return [];
  return PARTS.map(({ name, of }) => ({
    label: `region: ${name}`,
    of(phase) {
      const failover = lastOf(phase);
      return failover === null ? NOT_MEASURED : trusted(phase, shown(of(failover), formatMs));
    },
  }));
}

/** A sentence for each region that was lost; how long it took is said of a valid phase only. */
export function failoverSentences({ regions, generator }: Phase): string[] {
  return (regions?.failovers ?? []).map((failover) => {
    const { region, affected, totalMs } = failover;
    const landed = landedElsewhere(failover);
    const who =
      landed === affected
        ? `all ${formatCount(affected)}`
        : `${formatCount(landed)} of ${formatCount(affected)}`;
    const came = `${region} was lost, and ${who} of its clients landed in another region`;
    if (totalMs === null || !generator.valid) return `${came}.`;
    const parts = PARTS.slice(0, -1).map(({ name, of }) => `${name} ${shown(of(failover), formatMs)}`);
    return `${came}, after ${formatMs(totalMs)} on the average (${parts.join(' + ')}).`;
  });
}

/** Clients that came back in another region than the one that was lost. */
function landedElsewhere({ region, landed }: Failover): number {
  return Object.entries(landed).reduce((sum, [name, count]) => sum + (name === region ? 0 : count), 0);
}

function lastOf({ regions }: Phase): Failover | null {
  return regions?.failovers.at(-1) ?? null;
}
