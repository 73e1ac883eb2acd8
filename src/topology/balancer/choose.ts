/**
 * Which backend a client goes to: policies of the embedded balancer. Each puts the backends into the order in which
 * they are tried; what is known to be down or is draining is then passed over.
 */

/** Gives the order in which backends are tried for a client, by their indices: the first is where it belongs. */
export type Choose = (address: string, connections: readonly number[]) => number[];

/**
 * By rendezvous hashing (Thaler and Ravishankar, 1996): each pair of client and backend has a weight, and the client
 * goes to the backend of the highest one. So the clients of a backend that is down are dealt out evenly over the
 * others, nobody else moves, and they return when it does.
 */
export const sticky: Choose = (address, connections) => {
  const client = hash(address);
  const weights = connections.map((_, backend) => mix(client ^ mix(backend + 1)));
  return order(weights.map((weight) => -weight));
};

/** The backend with the fewest connections; among equals, one after the other. */
export function createStateless(): Choose {
  let first = 0;
  return (_address, connections) => {
    const n = connections.length;
    first = (first + 1) % n;
    return order(connections.map((count, i) => count + ((i - first + n) % n) / n));
  };
}

/** Indices, the smallest value first. */
function order(values: number[]): number[] {
  return values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
}

/** FNV-1a, 32 bits, of an address; an IPv4 address is the same however it is written. */
function hash(address: string): number {
  const text = address.startsWith('::ffff:') ? address.slice(7) : address;
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}

/** The finalizer of MurmurHash3, which spreads each bit of its input over all 32 of its output. */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
