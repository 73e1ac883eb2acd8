/**
 * What the bundled server did wrong because it was asked to, by its own count.
 */

import { formatCount, formatMs } from '../base/units.ts';
import type { Server } from '../model/record.ts';

/** `drop: 17, stall: 2`; null where it was asked for nothing. */
export function faultsInWords(faults: Server['faults']): string | null {
  if (faults === null) return null;
  return Object.entries(faults)
    .map(([name, count]) => `${name}: ${formatCount(count)}`)
    .join(', ');
}

/** For how long it held messages. */
export function delaysInWords({ p50, p99, max }: NonNullable<Server['imposedDelayMs']>): string {
  return `held for ${formatMs(p50)} at p50, ${formatMs(p99)} at p99, ${formatMs(max)} at the most`;
}
