/**
 * Users that move to another region while messages flow: so many of this worker's clients each second, each a random one
 * that is connected, to a random other place. It leaves in order, with what was still on its way to it, and then looks
 * up where to go from its new place.
 */

import type { Random } from '../base/random.ts';
import type { Clients } from './clients.ts';
import type { Places } from './places.ts';

export interface Moves {
  /** Clients move from `startMs` until `endMs`. */
  start(startMs: number, endMs: number): void;
  stop(): void;
  /** Moves those that are due. Returns how many have gone. */
  tick(nowMs: number): number;
}

/** A client that is found to be away is passed over for another one so often. */
const TRIES = 20;

export function createMoves(
  ratioPerS: number,
  locations: number,
  clients: Clients,
  places: Places,
  random: Random,
): Moves {
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.POSITIVE_INFINITY;
  /** A part of a client is owed until it is a whole one; it begins anywhere, so that few clients move, too. */
  const offset = random();
  let done = 0;

  function pick(): number | null {
    for (let i = 0; i < TRIES; i++) {
      const client = Math.floor(random() * clients.wanted);
      if (clients.isOpen(client)) return client;
    }
    return null;
  }

  return {
    start(fromMs, untilMs) {
      [startMs, endMs, done] = [fromMs, untilMs, 0];
    },
    stop() {
      startMs = Number.POSITIVE_INFINITY;
    },
    tick(now) {
      const elapsedS = (Math.min(now, endMs) - startMs) / 1000;
      if (elapsedS <= 0) return 0;
      const due = Math.floor(offset + elapsedS * ratioPerS * clients.wanted) - done;
      done += due;
      let moved = 0;
      for (let i = 0; i < due; i++) {
        const client = pick();
        if (client === null) break;
        const elsewhere = 1 + Math.floor(random() * (locations - 1));
        places.move(client, (places.locationOf(client) + elsewhere) % locations);
        clients.move(client);
        moved++;
      }
      return moved;
    },
  };
}
