/**
 * Where regions and clients are, on a host that is but one: each place is a block of loopback addresses, so that who
 * sees an address knows the place. All nodes listen on the same port, as servers behind one name do.
 *
 *     127.0.(10 + region).(1 + node)         a node of the region
 *     127.(64 + location).x.y                clients that live where the region of that number is
 */

const REGION_OCTET = 10;
const LOCATION_OCTET = 64;

/** Regions that there may be, and so the places where clients live. */
export const MAX_PLACES = 16;

/** Addresses in a sixteenth of a location's block, of which no octet is 0 or 255. */
const PER_ROW = 250;
const ROWS = 15;
export const ADDRESSES_PER_HOME = ROWS * PER_ROW;

/** The name behind which all regions are; its top-level domain is reserved for tests (RFC 6761). */
export const REGIONS_NAME = 'wsscale.test';

export function nodeAddress(region: number, node: number): string {
  return `127.0.${REGION_OCTET + region}.${1 + node}`;
}

/** The region that has this address; null if none has. */
export function regionOfAddress(address: string): number | null {
  return placeIn(/^127\.0\.(\d+)\.\d+$/, address, REGION_OCTET);
}

/**
 * An address of a client.
 *
 * @param location where it is now
 * @param home where it is at home: a guest's address is none of those that live there
 * @param i which of the addresses
 */
export function clientAddress(location: number, home: number, i: number): string {
  const row = home * ROWS + Math.floor(i / PER_ROW);
  return `127.${LOCATION_OCTET + location}.${1 + row}.${1 + (i % PER_ROW)}`;
}

/** Where the resolver is that the clients of a location ask: none of them has its address. */
export function resolverAddress(location: number): string {
  return `127.${LOCATION_OCTET + location}.0.53`;
}

/** Where the client, or the resolver, with this address is; null if it has no such place. */
export function locationOfAddress(address: string): number | null {
  return placeIn(/^127\.(\d+)\.\d+\.\d+$/, address, LOCATION_OCTET);
}

function placeIn(pattern: RegExp, address: string, first: number): number | null {
  const octet = pattern.exec(address)?.[1];
  if (octet === undefined) return null;
  const place = Number(octet) - first;
  return place >= 0 && place < MAX_PLACES ? place : null;
}
