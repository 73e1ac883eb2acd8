/**
 * The embedded balancer: layer 4, so that it neither reads nor changes what passes through. A client is given a
 * backend when it connects; one that refuses is passed over and asked again a second later, as nginx does.
 */

import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { Backend, Routing } from './balancer.ts';
import { createStateless, sticky } from './choose.ts';
import { relay, reset } from './relay.ts';

/** How long a backend that refused is passed over: nginx's `fail_timeout` in our configuration of it, too. */
const RETRY_MS = 1_000;

export interface ProxyOptions {
  routing: Routing;
  backends: readonly Backend[];
  /** Clients held at once. */
  maxClients: number;
}

export interface Proxy {
  server: Server;
  counts: ProxyCounts;
  /** Open connections to each backend, being opened or open. */
  perBackend: readonly number[];
  /** Opens no new connections to a backend. */
  drain(backend: number): void;
  /** Opens connections to it again. */
  restore(backend: number): void;
}

interface ProxyCounts {
  /** Clients that were given a backend, and those of them that have gone. */
  opened: number;
  closed: number;
  /** Clients for which there was no backend, or no room. */
  rejected: number;
}

/** A balancer that does not listen yet. */
export function createProxy({ routing, backends, maxClients }: ProxyOptions, clock: Clock): Proxy {
  const choose = routing === 'sticky' ? sticky : createStateless();
  const counts: ProxyCounts = { opened: 0, closed: 0, rejected: 0 };
  const perBackend = backends.map(() => 0);
  const retryAtMs = backends.map(() => Number.NEGATIVE_INFINITY);
  const draining = new Set<number>();

  // A client's bytes wait in the kernel until there is somebody to pass them to.
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    client.on('error', () => {});
    tryNext(client, candidates(client.remoteAddress ?? ''));
  });
  server.maxConnections = maxClients;
  server.on('drop', () => {
    counts.rejected++;
  });

  /** Where a client may go, in the order in which it is tried. What is known to be down is the last resort. */
  function candidates(address: string): number[] {
    const nowMs = clock.nowMs();
    const open = choose(address, perBackend).filter((i) => !draining.has(i));
    return [...open.filter((i) => retryAtMs[i] <= nowMs), ...open.filter((i) => retryAtMs[i] > nowMs)];
  }

  function tryNext(client: Socket, [chosen, ...others]: number[]): void {
    if (client.destroyed) return;
    if (chosen === undefined) {
      counts.rejected++;
      reset(client);
      return;
    }
    perBackend[chosen]++;
    const backend = connect({ ...backends[chosen], allowHalfOpen: true, noDelay: true });
    const leave = () => backend.destroy();
    client.once('close', leave);
    let isRefused = true;
    backend.once('connect', () => {
      isRefused = false;
      client.off('close', leave);
      counts.opened++;
      client.once('close', () => {
        counts.closed++;
      });
      relay(client, backend);
      client.resume();
    });
    backend.on('error', () => {
      if (!isRefused) return;
      client.off('close', leave);
      retryAtMs[chosen] = clock.nowMs() + RETRY_MS;
      tryNext(client, others);
    });
    backend.once('close', () => {
      perBackend[chosen]--;
    });
  }

  return {
    server,
    counts,
    perBackend,
    drain: (backend) => void draining.add(backend),
    restore(backend) {
      draining.delete(backend);
      // That it refused while it was away says nothing about it now.
      retryAtMs[backend] = Number.NEGATIVE_INFINITY;
    },
  };
}
