/**
 * A worker's book of one herd: who was hit, who is back, what was tried and lost. Times are kept in bins from the
 * moment of the break, so that the books of all workers add up and cost the same for any number of clients.
 */

import { createHistogram, recordMs, takeCounts } from '../stats/histogram.ts';
import type { FailoverBook } from './failover.ts';
import { addByKey, STORM_STEP_MS, type StormInterval } from './messages.ts';

/** Ten minutes; whatever comes later counts into the last bin. */
const BINS = 600_000 / STORM_STEP_MS;

export interface Storm {
  /** A client's connection broke. True if the herd did it: what was in flight is then the herd's loss. */
  broken(client: number, nowMs: number, inFlight: number): boolean;
  attempted(client: number, nowMs: number): void;
  failed(client: number, key: string): void;
  returned(client: number, nowMs: number): void;
  answered(client: number, responseMs: number): void;
  /** So many messages that the client missed are not to be had any more. True if the herd took it away. */
  missed(client: number, messages: number): boolean;
  /** A message that the client missed was sent again. */
  recovered(client: number): void;
  take(): StormInterval;
}

/**
 * @param openClients how many were connected when the storm began
 * @param dropped the clients that the swarm itself broke: no other is a victim. Null: the server broke them, and
 *   each client that loses its connection is one.
 * @param failover told of each victim that is back for the first time; null: there is but one place to come back to
 */
export function createStorm(
  startMs: number,
  clients: number,
  openClients: number,
  dropped: Uint8Array | null,
  failover: FailoverBook | null = null,
): Storm {
  const affected = new Uint8Array(clients);
  const back = new Uint8Array(clients);
  const hasBeenBack = failover === null ? null : new Uint8Array(clients);
  /** Clients that were not connected when the storm began, and have been since. */
  const newcomers = new Uint8Array(clients);
  const returns = new Uint32Array(BINS);
  const relapses = new Uint32Array(BINS);
  const attemptBins = new Uint32Array(BINS);
  const collateral = createHistogram();
  const binOf = (nowMs: number) =>
    Math.min(BINS - 1, Math.max(0, Math.floor((nowMs - startMs) / STORM_STEP_MS)));
  let delta = createDelta();
  let failed: Record<string, number> = {};
  /** Clients that were connected when the storm began, and have not been hit so far. */
  let untouched = openClients;

  return {
    broken(client, nowMs, inFlight) {
      if (dropped !== null && dropped[client] === 0) {
        delta.collateralErrors++;
        return false;
      }
      delta.lost += inFlight;
      if (back[client] === 1) {
        back[client] = 0;
        relapses[binOf(nowMs)]++;
      }
      if (affected[client] === 0) {
        affected[client] = 1;
        if (newcomers[client] === 0) untouched--;
        delta.affected++;
      }
      return true;
    },
    attempted(client, nowMs) {
      if (affected[client] === 0) return;
      delta.attempts++;
      attemptBins[binOf(nowMs)]++;
    },
    failed(client, key) {
      if (affected[client] === 1) addByKey(failed, { [key]: 1 });
    },
    returned(client, nowMs) {
      if (affected[client] === 0) {
        newcomers[client] = 1;
        return;
      }
      if (back[client] === 1) return;
      back[client] = 1;
      delta.established++;
      returns[binOf(nowMs)]++;
      if (hasBeenBack === null || hasBeenBack[client] === 1) return;
      hasBeenBack[client] = 1;
      failover?.returned(client, nowMs);
    },
    answered(client, responseMs) {
      if (affected[client] === 0) recordMs(collateral, responseMs);
    },
    missed(client, messages) {
      if (affected[client] === 0) return false;
      delta.lost += messages;
      return true;
    },
    recovered(client) {
      if (affected[client] === 1) delta.recovered++;
    },
    take() {
      const interval: StormInterval = {
        ...delta,
        failed,
        returns: takeCounts(returns),
        relapses: takeCounts(relapses),
        attemptBins: takeCounts(attemptBins),
        collateralResponse: takeCounts(collateral),
        collateralClients: untouched,
        failover: failover?.take() ?? null,
      };
      delta = createDelta();
      failed = {};
      return interval;
    },
  };
}

function createDelta() {
  return { affected: 0, attempts: 0, established: 0, lost: 0, recovered: 0, collateralErrors: 0 };
}
