/**
 * The engine `ws`: the package of that name, on Node's HTTP server.
 */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { admit, reject } from './admission.ts';
import { type Engine, type Hosting, partAll } from './engine.ts';
import { heartbeatsOf } from './heartbeat.ts';
import { createHttpServer } from './http.ts';
import { type Shared, WsConnection } from './ws-connection.ts';

export function createWsEngine(hosting: Hosting): Engine {
  const { options, clock, counts } = hosting;
  const connections = new Set<WsConnection>();
  const { maxBufferedBytes } = options;
  const shared: Shared = {
    ...{ clock, counts, connections, maxBufferedBytes },
    heartbeats: heartbeatsOf(hosting),
    onGone: new Set(),
  };
  const upgrader = new WebSocketServer({
    noServer: true,
    WebSocket: WsConnection,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maxPayloadBytes,
    // Not in the types yet. `ws` cuts connections that have not answered its close frame by then.
    ...{ closeTimeout: options.closeTimeoutMs },
  });

  const server = createHttpServer(hosting);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (hosting.handshakes === null) answer(request, socket, head);
    else
      hosting.handshakes.meet(
        socket,
        () => answer(request, socket, head),
        (status) => reject(counts, socket, status, 'fault'),
      );
  });

  function answer(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const service = admit(hosting, connections.size, request.url ?? '', socket);
    if (service === null) return;
    const open = (take?: (connection: WsConnection) => void) => {
      const { opened } = counts;
      upgrader.handleUpgrade(request, socket, head, (connection) => {
        connection.begin(shared, service, socket);
        take?.(connection);
      });
      // To a handshake that is none, ws has said by now what is wrong with it.
      if (counts.opened === opened) counts.rejected.handshake++;
    };
    if (hosting.doorman === null) open();
    else
      hosting.doorman.meet(socket as Socket, request.url ?? '', open, (status) =>
        reject(counts, socket, status, 'backend'),
      );
  }

  return {
    server,
    connections: () => connections.size,
    sendBufferBytes() {
      let bytes = 0;
      for (const connection of connections) bytes += connection.bufferedAmount;
      return bytes;
    },
    part: (ending) => partAll(shared, ending),
    async close(goodbye) {
      server.close();
      await partAll(shared, goodbye);
      shared.heartbeats?.stop();
      server.closeAllConnections();
    },
  };
}
