/**
 * Who gets a connection, and what those are told who do not. Every refusal is counted by its reason.
 */

import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Connection, type Shared } from './connection.ts';
import type { RejectReason } from './counts.ts';
import type { NodeOptions } from './options.ts';
import { pathOf } from './pages.ts';
import type { Service } from './service.ts';

export interface Admission {
  options: NodeOptions;
  shared: Shared;
  /** By path. */
  services: ReadonlyMap<string, Service>;
  maxConnections: number;
  isDraining(): boolean;
}

/** Lets a server take WebSocket connections. */
export function admit(server: Server, admission: Admission): void {
  const { options, shared, services, maxConnections, isDraining } = admission;
  const { counts, connections } = shared;
  const upgraderOptions = {
    noServer: true,
    WebSocket: Connection,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maxPayloadBytes,
    closeTimeout: options.closeTimeoutMs,
  };
  const upgrader = new WebSocketServer(upgraderOptions);

  function reject(socket: Duplex, status: number, reason: RejectReason): void {
    counts.rejected[reason]++;
    refuse(socket, status);
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const service = services.get(pathOf(request.url ?? ''));
    if (service === undefined) return reject(socket, 404, 'path');
    if (isDraining()) return reject(socket, 503, 'draining');
    if (connections.size >= maxConnections) return reject(socket, 503, 'limit');
    const { opened } = counts;
    upgrader.handleUpgrade(request, socket, head, (connection) => connection.begin(shared, service, socket));
    // To a handshake that is none, ws has said by now what is wrong with it.
    if (counts.opened === opened) counts.rejected.handshake++;
  });

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) socket.destroy();
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') reject(socket, 408, 'timeout');
    else if (error.code === 'HPE_HEADER_OVERFLOW') reject(socket, 431, 'malformed');
    else if (error.code?.startsWith('HPE_')) reject(socket, 400, 'malformed');
    else socket.destroy();
  });

  const countFull = () => {
    counts.rejected.limit++;
  };
  server.on('drop', countFull);
  // Once the server listens, an error of its own is a connection that it could not accept.
  server.on('listening', () => server.on('error', countFull));
}

/** Answers a request on a bare socket with an error, and closes it. */
function refuse(socket: Duplex, status: number): void {
  const text = STATUS_CODES[status] ?? 'Error';
  // A peer that resets the connection meanwhile is no error of ours.
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\n` +
      'Connection: close\r\n' +
      'Content-Type: text/plain\r\n' +
      `Content-Length: ${text.length}\r\n` +
      `\r\n${text}`,
  );
}
