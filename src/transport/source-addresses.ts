/**
 * Connections from one address to one address and port are bounded by the ephemeral ports, and get dear long before:
 * the kernel hands out ports of one parity first and, once these are used up (14,116 of the default range), searches
 * them all again for each connect. Loopback has 16 million addresses, so the clients are spread over several.
 */
const CLIENTS_PER_ADDRESS = 12_000;

/** Addresses that differ in their first three octets: 127.1.0.1 to 127.254.255.1. */
const MAX_ADDRESSES = 254 * 256;

/**
 * Over how many addresses the clients are spread; 0 leaves the choice to the system, as for any target that is not on
 * 127.0.0.0/8.
 *
 * @param distinct each client is to have an address of its own, as far as there are any: a balancer that goes by the
 *   address would send them all to the same node otherwise
 */
export function sourceSpread(urls: string[], clients: number, distinct: boolean): number {
  const loopback = urls.every((url) => /^127\.\d+\.\d+\.\d+$/.test(new URL(url).hostname));
  if (!loopback || process.platform !== 'linux') return 0;
  if (distinct) return Math.min(clients, MAX_ADDRESSES);
  const perTarget = clients / urls.length;
  return perTarget <= CLIENTS_PER_ADDRESS ? 0 : Math.ceil(perTarget / CLIENTS_PER_ADDRESS);
}

/** The address that a client connects from; null: the system's choice. */
export function sourceAddress(client: number, spread: number): string | null {
  if (spread === 0) return null;
  const n = client % spread;
  return `127.${1 + (n >> 8)}.${n & 255}.1`;
}
