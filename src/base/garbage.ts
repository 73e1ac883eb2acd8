/**
 * Garbage collection on demand: what connecting has left behind is collected when it is over, and not while messages
 * are timed or memory is weighed.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects all garbage of this thread and moves together what is left, so that its pages go back to the system. To
 * compact is asked for here only: in every full collection it would take 25 ms each time, twice in a wave of 15,000
 * connections.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  setFlagsFromString('--compact-on-every-full-gc');
  // The first flag is read when a context is made, so a new one has the function that this one lacks.
  const collect = runInNewContext('gc') as () => void;
  collect();
  setFlagsFromString('--no-compact-on-every-full-gc');
}
