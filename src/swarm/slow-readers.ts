/**
 * Which clients do not read during the hold. In a broadcast they are spread over all rooms, as evenly as can be, and
 * publishers are none of them: a publisher that is closed because it does not read would lose what it publishes.
 */

import type { PhasePlan } from '../model/plan.ts';
import { publishersOf, slowReadersOf } from '../model/slow-readers.ts';
import { offsetOf } from './split.ts';

type Readers = Pick<PhasePlan, 'clients' | 'messages' | 'slowReadersRatio'>;

/** 1 for each of a worker's clients that is a slow reader; null if the plan wants none. */
export function chooseSlowReaders(plan: Readers, firstClient: number, clients: number): Uint8Array | null {
  if (plan.slowReadersRatio === 0) return null;
  return Uint8Array.from({ length: clients }, (_, i) => (isSlowReader(plan, firstClient + i) ? 1 : 0));
}

function isSlowReader(plan: Readers, client: number): boolean {
  const publishers = publishersOf(plan);
  if (client < publishers) return false;
  const { rooms } = plan.messages;
  const listeners = plan.clients - publishers;
  // Listeners in a row, one room after the other: of so many, one is chosen.
  const place =
    publishers === 0
      ? client
      : offsetOf(listeners, client % rooms, rooms) + Math.floor((client - publishers) / rooms);
  const wanted = slowReadersOf(plan);
  return Math.floor(((place + 1) * wanted) / listeners) > Math.floor((place * wanted) / listeners);
}
