/**
 * Backends of a test's own: real HTTP servers that a test can make wait, fail and end.
 */

import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach } from 'vitest';
import type { GatewayOptions } from '../../../src/server/gateway/options.ts';
import { DEFAULT_GATEWAY_LIMITS } from '../../../src/server/gateway/options.ts';
import type { ListeningNode } from '../../../src/server/listen.ts';
import type { NodeOptions } from '../../../src/server/options.ts';
import { startNode } from '../node-under-test.ts';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** An event as it came over HTTP. */
export interface SeenEvent {
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever is there
  requestContext: any;
  body?: string;
  isBase64Encoded: boolean;
}

/** A backend, and all that it was told. */
export interface TestBackend {
  host: string;
  port: number;
  events: SeenEvent[];
  /** Requests that were under way at once, at the most. */
  peak: number;
  /** Connections that are open to it. */
  connections(): number;
  /** Goes as a crash would: nobody listens, and all connections are reset. */
  crash(): Promise<void>;
}

type Respond = (event: SeenEvent, response: ServerResponse) => void | Promise<void>;

/** Answers what an event asks for, as the bundled backend does. */
export const obey: Respond = ({ requestContext, body, isBase64Encoded }, response) => {
  const isMessage = requestContext.eventType === 'MESSAGE';
  response.end(JSON.stringify({ statusCode: 200, ...(isMessage ? { body, isBase64Encoded } : {}) }));
};

/** @param port 0: any */
export async function startBackend(respond: Respond = obey, port = 0): Promise<TestBackend> {
  const sockets = new Set<Socket>();
  let underWay = 0;
  const server: Server = createServer(async (request, response) => {
    backend.peak = Math.max(backend.peak, ++underWay);
    response.on('close', () => underWay--);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const event: SeenEvent = JSON.parse(Buffer.concat(chunks).toString());
    backend.events.push(event);
    await respond(event, response);
  });
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const backend: TestBackend = {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    events: [],
    peak: 0,
    connections: () => sockets.size,
    async crash() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return backend;
}

/** The gateway of a node, which has one. */
export type GatewayNode = ListeningNode & { gateway: NonNullable<ListeningNode['gateway']> };

/** Starts a gateway in front of the backends. */
export async function startGateway(
  backends: readonly { host: string; port: number }[],
  limits: Partial<GatewayOptions> = {},
  node: Partial<NodeOptions> = {},
): Promise<GatewayNode> {
  const gateway = { ...DEFAULT_GATEWAY_LIMITS, index: 0, backends, ...limits };
  const started = (await startNode({ ...node, gateway })) as GatewayNode;
  // Before its backends, which it tells of its last connections.
  cleanups.push(() => started.close());
  return started;
}

/** Resolves when the condition holds; what makes time pass is the event loop. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
