/**
 * Where clients connect from. A connection is known by its four-tuple (source address and port, destination address
 * and port), so from one address to one destination there cannot be more connections than ports; and long before,
 * they get dear: the kernel looks for a free port itself, of one parity first, and once half of them are taken it
 * searches them all again for each connect, which was measured at 300 to 600 µs instead of 60.
 *
 * So where clients are many, nobody searches: each client has places (address and port) of its own, and takes them in
 * turn, a new one for each connection, so that the last one may rest in TIME_WAIT meanwhile.
 *
 *     client i of its destination   address  i mod A
 *                                   port     first + (rank + turn · ranks + address) mod ports
 *                                            rank ⌊i / A⌋ of ranks ⌈clients / A⌉, turn 0, 1, 2 …
 *
 * Loopback has 16 million addresses; of any other network this host has one, as far as wsscale knows.
 *
 * Where clients live at locations, they connect from addresses of these, wherever to. Then the clients of a location
 * are as those of a destination: it has a block of addresses to itself.
 */

import { WsscaleError } from '../base/errors.ts';
import type { OsLimits } from '../base/limits.ts';
import { ADDRESSES_PER_HOME, clientAddress } from '../model/places.ts';

/** The system is left to choose up to this share of the ports: below, it finds one at once. */
const EASY_RATIO = 0.4;

/**
 * So much of the range is left to others, if it need not be taken: a port that a client has bound, from whatever
 * address, is none that the kernel would choose for a connect without one. All of them taken, nothing else on this
 * host could connect: no balancer to its nodes, no node to its Redis.
 */
const SPARE_RATIO = 0.25;

/** Ports that each client has to take in turn, where there are addresses enough. */
const TURNS = 3;

/** Addresses that differ in their first three octets: 127.1.0.1 to 127.254.255.1. */
const MAX_ADDRESSES = 254 * 256;

/** Linux's default. */
const DEFAULT_PORTS: [number, number] = [32_768, 60_999];

/** How clients are dealt out to destinations: the next one to the next, or as many as each gets in one block. */
export type Dealing = 'one by one' | 'in blocks';

export interface SourcePlan {
  clients: number;
  destinations: number;
  dealing: Dealing;
  /** Loopback addresses to connect from; 0: whatever the system chooses. */
  addresses: number;
  /** Clients of one address and destination. */
  ranks: number;
  firstPort: number;
  /** Ports of one address; 0: the system chooses. */
  ports: number;
}

/** The place that a connection is made from; null: the system's choice. */
export interface Source {
  address: string | null;
  port: number | null;
}

/**
 * How the clients are spread over what they may connect from.
 *
 * @param distinct each client is to have an address of its own, as far as there are any: a balancer that goes by the
 *   address would send them all to the same node otherwise
 * @param isStormy connections will be broken, and made again and again
 */
export function planSources(
  urls: string[],
  clients: number,
  distinct: boolean,
  dealing: Dealing,
  { ephemeralPorts }: Pick<OsLimits, 'ephemeralPorts'>,
  isStormy = false,
): SourcePlan {
  const [first, last] = ephemeralPorts ?? DEFAULT_PORTS;
  const range = last - first + 1;
  const perDestination = Math.ceil(clients / urls.length);
  // In a storm a client leaves ports behind: in TIME_WAIT, or held by what its kernel still sends.
  const held = perDestination * (isStormy ? TURNS : 1);
  const addresses = addressesFor(urls, perDestination, distinct, range, held);
  const ranks = Math.ceil(perDestination / Math.max(1, addresses));
  const ports = process.platform === 'linux' && isMany(held, range) ? oursOf(range, ranks) : 0;
  const firstPort = first + range - ports;
  return { clients, destinations: urls.length, dealing, addresses, ranks, firstPort, ports };
}

/**
 * How the clients are spread that live at locations, client n at location n modulo `locations`.
 *
 * @throws WsscaleError `TARGET` where loopback has but one address
 */
export function planLocatedSources(
  locations: number,
  clients: number,
  { ephemeralPorts }: Pick<OsLimits, 'ephemeralPorts'>,
): SourcePlan {
  if (process.platform !== 'linux') {
    throw new WsscaleError('TARGET', 'Regions are told by their loopback addresses, which only Linux has.');
  }
  const [first, last] = ephemeralPorts ?? DEFAULT_PORTS;
  const range = last - first + 1;
  const perLocation = Math.ceil(clients / locations);
  const isCrowded = isMany(perLocation, range);
  const addresses = isCrowded ? Math.min(comfortable(perLocation, range), ADDRESSES_PER_HOME) : 1;
  const ranks = Math.ceil(perLocation / addresses);
  const ports = isCrowded ? oursOf(range, ranks) : 0;
  const firstPort = first + range - ports;
  return { clients, destinations: locations, dealing: 'one by one', addresses, ranks, firstPort, ports };
}

/** How many ports of a range are ours, from its end; 0 if there are too few for one each. */
function oursOf(range: number, ranks: number): number {
  const ours = range - Math.floor(range * SPARE_RATIO);
  if (ranks <= ours) return ours;
  return ranks <= range ? range : 0;
}

function isMany(perDestination: number, range: number): boolean {
  return perDestination > range * EASY_RATIO;
}

function addressesFor(
  urls: string[],
  perDestination: number,
  distinct: boolean,
  range: number,
  held = perDestination,
): number {
  const isLoopback = urls.every((url) => /^127\.\d+\.\d+\.\d+$/.test(new URL(url).hostname));
  if (!isLoopback || process.platform !== 'linux') return 0;
  if (!distinct && !isMany(held, range)) return 0;
  return Math.min(distinct ? perDestination : comfortable(perDestination, range), MAX_ADDRESSES);
}

/** Addresses with which each client has ports to take in turn. */
function comfortable(clients: number, range: number): number {
  return Math.ceil(clients / Math.max(1, Math.floor((range * (1 - SPARE_RATIO)) / TURNS)));
}

/** Which destination a client connects to, as an index. */
export function destinationOf({ clients, destinations, dealing }: SourcePlan, client: number): number {
  return dealing === 'one by one' ? client % destinations : Math.floor((client * destinations) / clients);
}

/** The client's number among those of its destination. */
function numberAmong(plan: SourcePlan, client: number): number {
  const { clients, destinations, dealing } = plan;
  if (dealing === 'one by one') return Math.floor(client / destinations);
  return client - Math.ceil((destinationOf(plan, client) * clients) / destinations);
}

/**
 * Where a client makes a connection from.
 *
 * @param client its number in the whole swarm
 * @param turn how many connections it has tried to make before
 */
export function sourceOf(plan: SourcePlan, client: number, turn: number): Source {
  const { address, port } = numberedSourceOf(plan, client, turn);
  return { address: plan.addresses === 0 ? null : `127.${1 + (address >> 8)}.${address & 255}.1`, port };
}

/**
 * Where a client connects from that is at a location, if only as a guest.
 *
 * @param plan one of located sources
 */
export function locatedSourceOf(plan: SourcePlan, client: number, turn: number, location: number): Source {
  const { address, port } = numberedSourceOf(plan, client, turn);
  return { address: clientAddress(location, destinationOf(plan, client), address), port };
}

/** The number of the address among those that there are, and the port on it. */
function numberedSourceOf(plan: SourcePlan, client: number, turn: number) {
  const { addresses, ranks, firstPort, ports } = plan;
  const i = numberAmong(plan, client);
  const address = addresses === 0 ? 0 : i % addresses;
  const rank = addresses === 0 ? i : Math.floor(i / addresses);
  const shift = ports === 0 ? 0 : (rank + (turn % Math.floor(ports / ranks)) * ranks + address) % ports;
  return { address, port: ports === 0 ? null : firstPort + shift };
}

/**
 * Connections that can be made from here to each of the destinations at once.
 *
 * @param ports that the system gives out from one address to one destination
 */
export function placesOf(urls: string[], clients: number, ports: number): number {
  return ports * Math.max(1, addressesFor(urls, Math.ceil(clients / urls.length), false, ports));
}
