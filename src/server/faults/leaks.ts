/** What a node keeps of connections that have ended, and should not. */

import { openSync } from 'node:fs';
import type { Random } from '../../base/random.ts';
import { type FaultPlan, findFault } from '../../model/faults.ts';
import type { FaultCounts } from './counts.ts';

/** Returns what is to be called with each connection that has ended. */
export function createLeaks(
  faults: readonly FaultPlan[],
  { happened }: FaultCounts,
  random: Random,
): () => void {
  const memory = findFault(faults, 'leak-memory');
  const descriptor = findFault(faults, 'leak-descriptor');
  const kept: string[] = [];

  return () => {
    if (memory !== null) {
      // A text made from bytes is on the heap in full; one that is repeated would be a few words that say so.
      kept.push(Buffer.alloc(memory.bytes, kept.length % 10).toString('latin1'));
      happened['leak-memory']++;
    }
    if (descriptor !== null && random() < descriptor.share && openForGood()) happened['leak-descriptor']++;
  };
}

/** False where the process may have no more. */
function openForGood(): boolean {
  try {
    openSync('/dev/null', 'r');
    return true;
  } catch {
    return false;
  }
}
