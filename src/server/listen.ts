/**
 * A node of the reference server: HTTP for `/health` and `/metrics`, WebSocket at `/`, `/echo` and `/rooms`.
 *
 * It serves whoever comes, so it trusts nobody: everything that a client can make it keep is bounded by its options,
 * and nothing that arrives can end the process.
 */

import { createServer } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { connectionsPerProcess, readLimits } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import { admit } from './admission.ts';
import { connectBroker } from './broker/connect.ts';
import type { Connection, Shared } from './connection.ts';
import { type Counts, createCounts } from './counts.ts';
import { echo } from './echo.ts';
import { judge, watchLag } from './health.ts';
import type { NodeOptions } from './options.ts';
import { memoryLimitBytes, openDescriptors } from './own-process.ts';
import { createPages } from './pages.ts';
import { bind } from './ports.ts';
import { createRooms } from './rooms.ts';
import type { Service } from './service.ts';

/** Connections beyond those for WebSocket clients, so that a full node still answers, if only with 503. */
const SPARE_CONNECTIONS = 100;

const GOING_AWAY = 1001;

/** A node that listens. */
export interface ListeningNode {
  /** Of the form `ws://host:port`. */
  url: string;
  port: number;
  counts: Counts;
  /** Open WebSocket connections. */
  connections(): number;
  /** Keeps the connections and takes no new ones. */
  drain(): void;
  /** Closes all connections with 1001; those that do not answer in time are cut. Resolves when none is left. */
  close(): Promise<void>;
}

/**
 * Starts a node in this process.
 *
 * @param random chooses the port where the options name none, and how long to wait for a broker that was lost
 * @throws WsscaleError `TARGET` if it cannot listen, or cannot reach its broker
 */
export async function listen(options: NodeOptions, clock: Clock, random: Random): Promise<ListeningNode> {
  const limits = readLimits();
  const maxConnections = options.maxConnections ?? connectionsPerProcess(limits);
  const counts = createCounts();
  const connections = new Set<Connection>();
  const rooms = createRooms(options.rooms, counts, () => broker);
  const broker = await connectBroker(options.broker, options.rooms, clock, random, rooms.events);
  const services = new Map<string, Service>([
    ['/', echo],
    ['/echo', echo],
    ['/rooms', rooms.service],
  ]);
  const lag = watchLag(clock);
  let isDraining = false;
  let closing: Promise<void> | undefined;
  const { maxBufferedBytes } = options;
  const shared: Shared = { clock, counts, connections, maxBufferedBytes, onEmpty: () => {} };

  const pages = createPages({
    health: () =>
      judge({
        eventLoopLagMs: lag.lagMs(),
        memoryBytes: process.memoryUsage.rss(),
        memoryLimitBytes: memoryLimitBytes(),
        descriptors: openDescriptors(),
        descriptorLimit: limits.nofileSoft,
        isDraining,
        isBrokerLost: broker.isLost,
      }),
    loadMetrics: async () => {
      const { createMetrics } = await import('./metrics.ts');
      return createMetrics({
        counts,
        connections: () => connections.size,
        sendBufferBytes: () => sendBufferBytes(connections),
        legacyMetricNames: options.legacyMetricNames,
      });
    },
    isService: (path) => services.has(path),
  });
  const timeouts = {
    headersTimeout: options.handshakeTimeoutMs,
    requestTimeout: options.handshakeTimeoutMs,
    connectionsCheckingInterval: options.handshakeTimeoutMs / 2,
  };
  const server = createServer(timeouts, pages);
  server.maxConnections = maxConnections + SPARE_CONNECTIONS;
  admit(server, { options, shared, services, maxConnections, isDraining: () => isDraining });
  const port = await bind(server, options, limits, random).catch(async (error) => {
    lag.stop();
    await broker.close();
    throw error;
  });

  return {
    url: `ws://${urlHost(options.host)}:${port}`,
    port,
    counts,
    connections: () => connections.size,
    drain() {
      isDraining = true;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };

  async function close(): Promise<void> {
    isDraining = true;
    lag.stop();
    server.close();
    await closeAll(shared);
    await broker.close();
    server.closeAllConnections();
  }
}

/** Says goodbye to all connections. `ws` cuts those that have not answered within its close timeout. */
async function closeAll(shared: Shared): Promise<void> {
  const { connections } = shared;
  if (connections.size === 0) return;
  const emptied = new Promise<void>((resolve) => {
    shared.onEmpty = resolve;
  });
  for (const connection of connections) connection.close(GOING_AWAY, 'the server stops');
  await emptied;
}

function sendBufferBytes(connections: Set<Connection>): number {
  let bytes = 0;
  for (const connection of connections) bytes += connection.bufferedAmount;
  return bytes;
}

/** The host as it stands in a URL that a client on this machine can connect to. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
