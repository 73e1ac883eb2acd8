/**
 * What the bundled server's heartbeats found.
 */

import { formatCount } from '../base/units.ts';
import type { Phase } from '../model/record.ts';
import type { Quantity } from './quantity.ts';
import { NOT_MEASURED } from './value.ts';

/** Only where somebody was pinged. */
export function heartbeatQuantities(phases: Phase[]): Quantity[] {
  if (phases.every(({ heartbeat }) => heartbeat === null)) return [];
  return [
    {
      label: 'pings, pongs',
      of: counted(({ pings, pongs }) => `${formatCount(pings)}, ${formatCount(pongs)}`),
    },
    { label: 'found dead', of: counted(({ dead }) => formatCount(dead)) },
  ];
}

/** Clients that were found dead; nothing where all live. */
export function heartbeatSentences({ heartbeat }: Phase): string[] {
  if (heartbeat === null || heartbeat.dead === 0) return [];
  const { dead } = heartbeat;
  return [`${formatCount(dead)} ${dead === 1 ? 'client' : 'clients'} did not answer the server's pings.`];
}

function counted(words: (heartbeat: NonNullable<Phase['heartbeat']>) => string): Quantity['of'] {
  return ({ heartbeat }) => (heartbeat === null ? NOT_MEASURED : words(heartbeat));
}
