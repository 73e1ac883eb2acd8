/**
 * Where a worker's clients are, and which region each has been sent to. A client asks the resolver of its location
 * for the name of the regions whenever it connects; the hot path knows nothing of this.
 */

import type { LookupFunction } from 'node:net';
import { regionOfAddress, resolverAddress } from '../model/places.ts';
import { type Ask, askFrom, createNameResolver, type NameResolver } from './resolver.ts';

/** What a worker needs to know of places. */
export interface PlacesPlan {
  /** The DNS that answers for the regions, of the form `host:port`. */
  dns: string;
  locations: number;
}

export interface Places {
  /** Where the client is. */
  locationOf(client: number): number;
  /** Moves a client: its next connection is made from there. */
  move(client: number, location: number): void;
  /** The region that the client was last sent to; null before it was. */
  regionOf(client: number): number | null;
  /** Since when those at the client's location have been sent to where they are sent now; null before they were. */
  sentSinceMs(client: number): number | null;
  /** Resolves the name of the regions for `net.connect`, from where the client is. */
  lookup(client: number): LookupFunction;
}

const NOWHERE = 255;

/**
 * @param clients how many this worker has
 * @param firstClient number in the whole swarm of its client 0: client n is at home at location n modulo their number
 */
export function createPlaces(
  { dns, locations }: PlacesPlan,
  clients: number,
  firstClient: number,
  nowMs: () => number,
  ask: (location: number) => Ask = (location) => askFrom(resolverAddress(location), dns),
): Places {
  const at = Uint8Array.from({ length: clients }, (_, client) => (firstClient + client) % locations);
  const regions = new Uint8Array(clients).fill(NOWHERE);
  const resolvers: (NameResolver | undefined)[] = new Array(locations).fill(undefined);

  function resolverAt(location: number): NameResolver {
    resolvers[location] ??= createNameResolver(ask(location), nowMs);
    return resolvers[location];
  }

  return {
    locationOf: (client) => at[client],
    move(client, location) {
      at[client] = location;
    },
    regionOf: (client) => (regions[client] === NOWHERE ? null : regions[client]),
    sentSinceMs: (client) => resolvers[at[client]]?.region?.sinceMs ?? null,
    lookup: (client) => (name, options, answer) =>
      resolverAt(at[client]).lookup(name, options, (error, address, family) => {
        regions[client] = (error === null ? regionOfAddress(String(address)) : null) ?? NOWHERE;
        answer(error, address, family);
      }),
  };
}
