/**
 * Regions: who held how many clients, and how those of a lost one came to another.
 */

import { formatCount, formatMs } from '../../base/units.ts';
import type { Phase } from '../../model/record.ts';
import { PARTS } from '../regions.ts';
import { shown, trusted } from '../value.ts';
import { html, type Markup } from './markup.ts';
import { block, table } from './table.ts';

/** The tables, or null where there is but one place. */
export function regions(phase: Phase): Markup | null {
  if (phase.regions === null) return null;
  const { connections, failovers } = phase.regions;
  const held = connections.map(({ region, atPeak, atLast }) => [
    region,
    formatCount(atPeak),
    formatCount(atLast),
  ]);
  const lost = failovers.map((failover) => [
    failover.region,
    formatCount(failover.affected),
    ...PARTS.map(({ of }) => trusted(phase, shown(of(failover), formatMs))),
    Object.entries(failover.landed)
      .map(([region, count]) => `${region}: ${formatCount(count)}`)
      .join(', '),
    formatCount(failover.lost),
    shown(failover.upAgainMs, formatMs),
  ]);
  const head = [
    'lost region',
    'clients hit',
    ...PARTS.map(({ name }) => `${name}, mean`),
    'landed in',
    'messages lost',
    'found up again after',
  ];
  return block(
    'Regions',
    html`${table(['region', 'clients at the peak', 'clients in the end'], held)}${lost.length === 0 ? null : table(head, lost, [6])}`,
  );
}
