/**
 * A server that accepts so many connections a second and no more, as one does for which each handshake is work (TLS, a
 * token that is looked up). While it accepts one, the process does nothing else. libuv takes one connection each time
 * round the loop, so all the others wait where those of any busy server do: in the kernel, in a queue of `backlog`, and
 * who finds that full has its SYN dropped.
 */

import { type FaultPlan, findFault } from '../../model/faults.ts';
import { standStill as block } from '../stand-still.ts';
import type { FaultCounts } from './counts.ts';

export interface AcceptPace {
  /** Connections that may wait to be accepted. */
  backlog: number;
  /** To be called with each connection that was accepted: does not return before the next one may be. */
  accepted(): void;
}

/** What the process was late for, it may catch up with: so much, since time in which nobody came is lost. */
const CATCH_UP_MS = 50;

/**
 * Null if connections are accepted as they come.
 *
 * @param standStill does not return before so many ms are over
 */
export function createAcceptPace(
  faults: readonly FaultPlan[],
  { happened }: FaultCounts,
  nowMs: () => number,
  standStill: (ms: number) => void = block,
): AcceptPace | null {
  const fault = findFault(faults, 'accept-rate');
  if (fault === null) return null;
  const { perS, backlog } = fault;
  let dueMs = nowMs();
  return {
    backlog,
    accepted() {
      const now = nowMs();
      dueMs = Math.max(dueMs, now - CATCH_UP_MS) + 1000 / perS;
      if (dueMs > now) standStill(dueMs - now);
      happened['accept-rate']++;
    },
  };
}
