import { createServer } from 'node:net';
import { readLimits } from '../base/limits.ts';
import { createRandom, freshSeed } from '../base/random.ts';
import { bind } from '../server/ports.ts';

/** The host as it stands in a URL that a client on this machine can connect to. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** The host to connect to where that one is listened on: an address that stands for all cannot be connected to everywhere. */
export function connectHost(host: string): string {
  return urlHost(host).replace(/^\[|\]$/g, '');
}

/**
 * A port that a program which cannot choose for itself can listen on: it was free a moment ago, and it is out of the
 * way of outgoing connections, so that it will be in another moment.
 *
 * @param port the one to look at; null: any
 * @throws WsscaleError `TARGET` that names the address and what to do
 */
export async function freePort(host: string, port: number | null): Promise<number> {
  const server = createServer();
  const free = await bind(server, { host, port }, readLimits(), createRandom(freshSeed(), 'port'));
  await new Promise((resolve) => server.close(resolve));
  return free;
}
