/**
 * Backends and clients for the tests of balancers: a handshake like that of a WebSocket, and then whatever bytes.
 * They fit balancers of layer 4 and of layer 7, and each client is told which backend it came to.
 */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { readLimits } from '../../src/base/limits.ts';
import { createRandom, freshSeed } from '../../src/base/random.ts';
import { bind } from '../../src/server/ports.ts';
import type { Backend } from '../../src/topology/balancer/balancer.ts';

/** A backend that echoes. */
export interface TestBackend extends Backend {
  sockets: Set<Socket>;
  /** What the handshakes said, the last first. */
  headers: NodeJS.Dict<string | string[]>[];
  /** Stops listening and resets all connections. */
  die(): Promise<void>;
  /** Listens again. */
  revive(): Promise<void>;
}

export async function startBackend(name: string): Promise<TestBackend> {
  const sockets = new Set<Socket>();
  const headers: TestBackend['headers'] = [];
  let server: Server;

  async function listen(port: number | null): Promise<number> {
    server = createServer((_request, response) => void response.end(`${name} is well`));
    server.on('upgrade', (request, stream) => {
      const socket = stream as Socket;
      headers.unshift(request.headers);
      sockets.add(socket);
      socket.allowHalfOpen = true;
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Backend: ${name}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
    return bind(server, { host: '127.0.0.1', port }, readLimits(), createRandom(freshSeed(), 'port'));
  }

  const port = await listen(null);
  return {
    host: '127.0.0.1',
    port,
    sockets,
    headers,
    async die() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
    async revive() {
      await listen(port);
    },
  };
}

/** A client after its handshake. */
export interface TestClient {
  socket: Socket;
  /** The backend that it came to. */
  backend: string;
}

/** @throws Error if the connection ends before it is answered with a 101 */
export async function openClient(url: string, localAddress?: string): Promise<TestClient> {
  const { hostname, port } = new URL(url);
  const local = localAddress === undefined ? {} : { localAddress };
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true, ...local });
  socket.write(
    'GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  let head = '';
  while (!head.includes('\r\n\r\n')) {
    const [chunk] = await Promise.race([
      once(socket, 'data'),
      once(socket, 'end').then(() => Promise.reject(new Error(`ended after "${head}"`))),
    ]);
    head += chunk;
  }
  const [, backend] = /^HTTP\/1\.1 101[\s\S]*\r\nX-Backend: (.*)\r\n/.exec(head) ?? [];
  if (backend === undefined) throw new Error(`not a 101: ${head.slice(0, 80)}`);
  socket.removeAllListeners('end');
  socket.on('error', () => {});
  return { socket, backend };
}

/** Resolves with the echo of a text. */
export async function echo({ socket }: TestClient, text: string): Promise<string> {
  socket.write(text);
  let got = '';
  while (got.length < text.length) got += (await once(socket, 'data'))[0];
  return got;
}

export function countBy(values: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
