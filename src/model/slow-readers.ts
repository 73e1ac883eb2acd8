import type { PhasePlan } from './plan.ts';

type Readers = Pick<PhasePlan, 'clients' | 'messages' | 'slowReadersRatio'>;

/** Clients that publish in a broadcast. They read, whatever share of the clients does not. */
export function publishersOf({ messages: { mode, rooms } }: Pick<Readers, 'messages'>): number {
  return mode === 'broadcast' ? rooms : 0;
}

/** How many of all clients do not read during the hold. */
export function slowReadersOf(plan: Readers): number {
  const { clients, slowReadersRatio } = plan;
  return Math.min(Math.round(clients * slowReadersRatio), clients - publishersOf(plan));
}
