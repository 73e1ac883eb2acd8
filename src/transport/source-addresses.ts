/**
 * Connections from one address to one address and port are bounded by the ephemeral ports, and get dear long before:
 * the kernel hands out ports of one parity first and, once these are used up (14,116 of the default range), searches
 * them all again for each connect. Loopback has 16 million addresses, so the clients are spread over several.
 */
const CLIENTS_PER_ADDRESS = 12_000;

/** Addresses to connect from; empty leaves the choice to the system, as for any target that is not on 127.0.0.0/8. */
export function sourceAddresses(urls: string[], clients: number): string[] {
  const perTarget = clients / urls.length;
  const loopback = urls.every((url) => /^127\.\d+\.\d+\.\d+$/.test(new URL(url).hostname));
  if (!loopback || perTarget <= CLIENTS_PER_ADDRESS || process.platform !== 'linux') return [];
  const count = Math.ceil(perTarget / CLIENTS_PER_ADDRESS);
  return Array.from({ length: count }, (_, i) => `127.1.${Math.floor(i / 254)}.${1 + (i % 254)}`);
}
