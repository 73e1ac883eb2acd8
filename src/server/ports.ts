/**
 * Where a node listens. A port from the range of outgoing connections could be taken by one of them in the moment
 * between a node's death and its restart, so a node that may choose takes one from below.
 */

import { once } from 'node:events';
import type { Server } from 'node:net';
import { messageOf, WsscaleError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';

/** Below are ports that well-known services use. */
const LOWEST_PORT = 10_000;

/** How many are tried before the reason must be another than bad luck. */
const TRIALS = 100;

const BACKLOG = 4096;

/** An address to listen on. */
export interface Address {
  host: string;
  /** null: a free one is chosen; 0: the system chooses. */
  port: number | null;
}

/** What listening depends on in this system. */
export interface PortLimits {
  ephemeralPorts: [number, number] | null;
  somaxconn: number | null;
}

/** Ports to try, at random from below the range of outgoing connections; only 0 where there is no room below. */
export function candidatePorts(ephemeralPorts: [number, number] | null, random: Random): number[] {
  const end = ephemeralPorts?.[0] ?? 0;
  if (end <= LOWEST_PORT) return [0];
  return Array.from({ length: TRIALS }, () => LOWEST_PORT + Math.floor(random() * (end - LOWEST_PORT)));
}

/**
 * Lets a server listen.
 *
 * @param backlog connections that may wait to be accepted, unless the system's own bound is lower
 * @returns the port
 * @throws WsscaleError `TARGET` that names the address and what to do
 */
export async function bind(
  server: Server,
  address: Address,
  limits: PortLimits,
  random: Random,
  backlog: number = BACKLOG,
): Promise<number> {
  const ports = address.port === null ? candidatePorts(limits.ephemeralPorts, random) : [address.port];
  const queue = Math.min(backlog, limits.somaxconn ?? backlog);
  for (const [i, port] of ports.entries()) {
    try {
      server.listen({ host: address.host, port, backlog: queue });
      await once(server, 'listening');
      return portOf(server);
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || i === ports.length - 1) throw explained(error, address.host, port);
    }
  }
  throw new Error('there is always a port to try');
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return address.port;
}

function explained(error: unknown, host: string, port: number): WsscaleError {
  const where = `The reference server cannot listen on ${host}:${port}`;
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new WsscaleError(
        'TARGET',
        `${where}: port ${port} is already in use. Stop what listens there, or choose another port.`,
      );
    case 'EACCES':
      return new WsscaleError('TARGET', `${where}: this port needs privileges. Choose one above 1023.`);
    case 'EADDRNOTAVAIL':
      return new WsscaleError('TARGET', `${where}: this machine does not have that address.`);
    default:
      return new WsscaleError('TARGET', `${where}: ${messageOf(error)}`);
  }
}
