import { formatCount } from '../../base/units.ts';
import type { Readings } from '../readings.ts';
import { portsOf } from '../rooms.ts';
import { advice, type Remedy } from './remedy.ts';

/** What gives more ports without any of this machine's being changed: they are counted for each pair of addresses. */
export function moreAddresses(readings: Readings): Remedy {
  return advice(
    'without root',
    `each address and port of the target has ${formatCount(portsOf(readings))} of its own, and so has each address that ` +
      'clients come from: let the target listen at more of them, or attack from several machines. Loopback of Linux ' +
      'has addresses enough',
  );
}
