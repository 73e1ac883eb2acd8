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
import type { Ending, Goodbye, ServerSample } from './control.ts';
import { type Counts, createCounts } from './counts.ts';
import type { Direct } from './direct/index.ts';
import { echo } from './echo.ts';
import { GOODBYE } from './engine/engine.ts';
import { createEngine } from './engine/index.ts';
import type { NodeFaults } from './faults/index.ts';
import type { Stage } from './gateway/events.ts';
import type { Gateway } from './gateway/gateway.ts';
import { judge, watchProcess } from './health.ts';
import { type NodeOptions, storeLimits } from './options.ts';
import { createPages, type Labels } from './pages.ts';
import { bind } from './ports.ts';
import { createRooms } from './rooms.ts';
import type { Service } from './service.ts';
import type { NodeStore } from './store/connect.ts';
import type { NodeWan } from './wan/index.ts';

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
  /** Null of a node that answers its clients itself. */
  gateway: Gateway | null;
  /** Null of a node that was asked for no direct messages. */
  direct: Pick<Direct, 'sample'> | null;
  /** Open WebSocket connections. */
  connections(): number;
  /** What its broker and its store did for it. */
  carriage(): Pick<ServerSample, 'broker' | 'store'>;
  /** Keeps the connections and takes no new ones. */
  drain(): void;
  /** Ends all connections that there are now, and stays. Resolves when they have gone. */
  part(ending: Ending): Promise<void>;
  /**
   * Closes all connections, with 1001 unless something else is to be said; those that do not answer in time are cut.
   * Resolves when none is left.
   */
  close(goodbye?: Goodbye): Promise<void>;
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
  const rooms = createRooms(options.rooms, counts, () => broker, {
    options,
    nowMs: clock.nowMs,
    after: (ms, then) => void setTimeout(then, ms).unref(),
  });
  const store = await loadStore(options, clock, random);
  const publisher = await connectBroker(options.broker, storeLimits(options), clock, random, rooms.events);
  const broker = store?.before(publisher) ?? publisher;
  const faults = await loadFaults(options, clock);
  const wan = await loadWan(options, clock);
  const direct = await loadDirect(options, clock, random);
  const gateway = await loadGateway(options, maxConnections, clock, random);
  const behind = (service: Service, stage: Stage) => gateway?.behind(service, stage) ?? service;
  const echoes = behind(faults?.ofEcho(echo) ?? echo, 'echo');
  const services = new Map<string, Service>([
    ['/', echoes],
    ['/echo', echoes],
    ['/rooms', behind(faults?.ofRooms(rooms.service) ?? rooms.service, 'rooms')],
  ]);
  if (direct !== null) services.set('/direct', direct.service);
  const watch = watchProcess(clock);
  let isDraining = false;
  let closing: Promise<void> | undefined;

  const labels = labelsOf(options);
  const health = () =>
    judge({ ...watch.reading(), isDraining, isBrokerLost: broker.isLost }, gateway?.checks());
  const pages = createPages({
    labels,
    health,
    loadMetrics: async () => {
      const { createMetrics } = await import('./metrics.ts');
      return createMetrics({
        labels,
        process: { reading: watch.reading, health },
        counts,
        connections: engine.connections,
        sendBufferBytes: engine.sendBufferBytes,
        legacyMetricNames: options.legacyMetricNames,
        faults: faults?.counts ?? null,
        gateway: gateway?.counts ?? null,
        store,
        direct: direct?.sample ?? null,
      });
    },
    isService: (path) => services.has(path),
  });
  const ofFaults = faults?.handshakes ?? null;
  const engine = await createEngine({
    ...{ options, clock, counts, services, maxConnections },
    pages: gateway?.manage(pages) ?? pages,
    doorman: gateway?.doorman ?? null,
    isDraining: () => isDraining,
    handshakes: wan === null ? ofFaults : wan.before(ofFaults),
    wan,
  });
  const { server } = engine;
  const countFull = () => {
    counts.rejected.limit++;
  };
  server.maxConnections = maxConnections + SPARE_CONNECTIONS;
  server.on('drop', countFull);
  // Once the server listens, an error of its own is a connection that it could not accept.
  server.on('listening', () => server.on('error', countFull));
  const pace = faults?.acceptPace ?? null;
  if (pace !== null) server.on('connection', pace.accepted);
  const port = await bind(server, options, limits, random, pace?.backlog).catch(async (error) => {
    watch.stop();
    await direct?.close();
    await broker.close();
    throw error;
  });

  return {
    url: `ws://${urlHost(options.host)}:${port}`,
    port,
    counts,
    faults,
    gateway,
    direct,
    connections: engine.connections,
    carriage: () => ({
      ...(options.broker.kind === 'local' ? {} : { broker: { received: broker.received } }),
      ...(store && { store: store.counters }),
    }),
    drain() {
      isDraining = true;
    },
    part: engine.part,
    close(goodbye = GOODBYE) {
      closing ??= close(goodbye);
      return closing;
    },
  };

  async function close(goodbye: Goodbye): Promise<void> {
    isDraining = true;
    watch.stop();
    await engine.close(goodbye);
    await gateway?.close(options.closeTimeoutMs);
    await direct?.close();
    await broker.close();
  }
}

/** Null where messages are published without being stored: then nothing of it is loaded, either. */
async function loadStore(
  { store, role }: NodeOptions,
  clock: Clock,
  random: Random,
): Promise<NodeStore | null> {
  if (store.kind === 'none') return null;
  const { connectStore } = await import('./store/connect.ts');
  return connectStore(store, role, clock, random);
}

/** Null where there are none: then nothing of them is loaded, either. */
async function loadFaults({ faults, role }: NodeOptions, { nowMs }: Clock): Promise<NodeFaults | null> {
  if (faults === null || faults.plans.length === 0) return null;
  const { createFaults } = await import('./faults/index.ts');
  return createFaults(faults, role, nowMs);
}

/** Null of a node that answers its clients itself: then nothing of it is loaded, either. */
async function loadGateway(
  { gateway }: NodeOptions,
  maxConnections: number,
  clock: Clock,
  random: Random,
): Promise<Gateway | null> {
  if (gateway === null) return null;
  const { createGateway } = await import('./gateway/gateway.ts');
  return createGateway(gateway, maxConnections, clock, random);
}

/** Null of a node that is asked for no direct messages: then nothing of them is loaded, either. */
async function loadDirect(
  { direct, region }: NodeOptions,
  clock: Clock,
  random: Random,
): Promise<Direct | null> {
  if (direct === null) return null;
  const { createDirect } = await import('./direct/index.ts');
  return createDirect(direct, region, clock, random);
}

/** Null of a node that stands in no region: then nothing of it is loaded, either. */
async function loadWan({ region, role }: NodeOptions, { nowMs }: Clock): Promise<NodeWan | null> {
  if (region === null) return null;
  const { createNodeWan } = await import('./wan/index.ts');
  return createNodeWan(region, role, nowMs);
}

/** What tells a node from the others, to whoever asks it. */
function labelsOf({ role, region }: NodeOptions): Labels {
  return region === null ? { server: role } : { server: role, region: region.name };
}

/** The host as it stands in a URL that a client on this machine can connect to. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
