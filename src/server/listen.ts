/**
 * A node of the reference server: HTTP for `/health` and `/metrics`, WebSocket at `/`, `/echo` and `/rooms`.
 *
 * It serves whoever comes, so it trusts nobody: everything that a client can make it keep is bounded by its options,
 * and nothing that arrives can end the process.
 */

import type { Clock } from '../base/clock.ts';
import { connectionsPerProcess, readLimits } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import { connectBroker } from './broker/connect.ts';
import { type Counts, createCounts } from './counts.ts';
import { echo } from './echo.ts';
import { createEngine } from './engine/index.ts';
import type { NodeFaults } from './faults/index.ts';
import { judge, watchLag } from './health.ts';
import { type NodeOptions, storeLimits } from './options.ts';
import { memoryLimitBytes, openDescriptors } from './own-process.ts';
import { createPages } from './pages.ts';
import { bind } from './ports.ts';
import { createRooms } from './rooms.ts';
import type { Service } from './service.ts';

/** Connections beyond those for WebSocket clients, so that a full node still answers, if only with 503. */
const SPARE_CONNECTIONS = 100;

/** A node that listens. */
export interface ListeningNode {
  /** Of the form `ws://host:port`. */
  url: string;
  port: number;
  counts: Counts;
  /** Null if it was asked for none. */
  faults: NodeFaults | null;
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
  const rooms = createRooms(options.rooms, counts, () => broker);
  const broker = await connectBroker(options.broker, storeLimits(options), clock, random, rooms.events);
  const faults = await loadFaults(options, clock);
  const echoes = faults?.ofEcho(echo) ?? echo;
  const services = new Map<string, Service>([
    ['/', echoes],
    ['/echo', echoes],
    ['/rooms', faults?.ofRooms(rooms.service) ?? rooms.service],
  ]);
  const lag = watchLag(clock);
  let isDraining = false;
  let closing: Promise<void> | undefined;

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
        connections: engine.connections,
        sendBufferBytes: engine.sendBufferBytes,
        legacyMetricNames: options.legacyMetricNames,
        faults: faults?.counts ?? null,
      });
    },
    isService: (path) => services.has(path),
  });
  const engine = await createEngine({
    ...{ options, clock, counts, services, maxConnections, pages },
    isDraining: () => isDraining,
    handshakes: faults?.handshakes ?? null,
  });
  const { server } = engine;
  const countFull = () => {
    counts.rejected.limit++;
  };
  server.maxConnections = maxConnections + SPARE_CONNECTIONS;
  server.on('drop', countFull);
  // Once the server listens, an error of its own is a connection that it could not accept.
  server.on('listening', () => server.on('error', countFull));
  const port = await bind(server, options, limits, random).catch(async (error) => {
    lag.stop();
    await broker.close();
    throw error;
  });

  return {
    url: `ws://${urlHost(options.host)}:${port}`,
    port,
    counts,
    faults,
    connections: engine.connections,
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
    await engine.close();
    await broker.close();
  }
}

/** Null where there are none: then nothing of them is loaded, either. */
async function loadFaults({ faults, role }: NodeOptions, { nowMs }: Clock): Promise<NodeFaults | null> {
  if (faults === null || faults.plans.length === 0) return null;
  const { createFaults } = await import('./faults/index.ts');
  return createFaults(faults, role, nowMs);
}

/** The host as it stands in a URL that a client on this machine can connect to. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
