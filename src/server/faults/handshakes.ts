/** Faults of handshakes: one is refused, or answered late. */

import type { Duplex } from 'node:stream';
import type { Random } from '../../base/random.ts';
import { type FaultPlan, findFault } from '../../model/faults.ts';
import { answerLater } from '../late-answer.ts';
import type { FaultCounts } from './counts.ts';

export interface HandshakeFaults {
  /**
   * Decides what becomes of a handshake, and calls one of the two, now or later; none if the peer goes meanwhile.
   *
   * @param refuse is told the HTTP status
   */
  meet(socket: Duplex, goOn: () => void, refuse: (status: number) => void): void;
}

/** Null if handshakes have no faults. */
export function createHandshakeFaults(
  faults: readonly FaultPlan[],
  { happened }: FaultCounts,
  random: Random,
): HandshakeFaults | null {
  const refusal = findFault(faults, 'refuse');
  const slow = findFault(faults, 'slow-accept');
  if (refusal === null && slow === null) return null;

  return {
    meet(socket, goOn, refuse) {
      if (refusal !== null && random() < refusal.share) {
        happened.refuse++;
        refuse(refusal.status);
      } else if (slow !== null && random() < slow.share) {
        answerLater(socket, slow.by, () => {
          happened['slow-accept']++;
          goOn();
        });
      } else goOn();
    },
  };
}
