/**
 * A worker's book of how the clients of a lost region came to another one. A client's way back has two parts that only
 * the client can tell apart:
 *
 *     break ──────────────────────────> its DNS names another region ─────────> it is connected
 *             (resolved)                                             (the rest)
 *
 * Sums over the clients add up over all workers, and so do the means that are made from them.
 */

import { addByKey, emptyFailover, type FailoverCounts } from './messages.ts';
import type { Places } from './places.ts';

export interface FailoverBook {
  /** A client that the herd took away is back for the first time. */
  returned(client: number, nowMs: number): void;
  take(): FailoverCounts;
}

export function createFailoverBook(places: Places, startMs: number): FailoverBook {
  let counts = emptyFailover();
  return {
    returned(client, nowMs) {
      const region = places.regionOf(client);
      if (region === null) return;
      addByKey(counts.landed, { [region]: 1 });
      const sentSinceMs = places.sentSinceMs(client);
      // One that was a guest elsewhere goes home at once: where it lives, nothing has changed.
      if (sentSinceMs === null || sentSinceMs <= startMs) return;
      counts.waited++;
      counts.resolvedMs += sentSinceMs - startMs;
      counts.returnedMs += nowMs - startMs;
    },
    take() {
      const taken = counts;
      counts = emptyFailover();
      return taken;
    },
  };
}
