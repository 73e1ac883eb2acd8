/**
 * A TCP server, with or without TLS, that says what a test tells it to, byte by byte, and on which nothing waits for
 * time to pass.
 */

import { createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Certificate } from './certificate.ts';

/** One connection, from the server's end. */
export interface Peer {
  socket: Socket;
  /** Resets the TCP connection. */
  reset(): void;
  /** The request's head, once it is complete. */
  request: string;
  /** Resolves when the client's end is gone, with all that it sent after the request. */
  gone: Promise<Buffer>;
  /** The next bytes of the client after the request, as many as there are. */
  heard(): Promise<Buffer>;
}

export interface RawServer {
  port: number;
  url: string;
}

/**
 * Listens on a port of the system's choice until the test is over.
 * @param certificate null: without TLS
 */
export async function listenRaw(
  onRequest: (peer: Peer) => void,
  certificate: Certificate | null = null,
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (tcp) => {
    sockets.add(tcp);
    tcp.on('error', () => {});
    const socket = certificate === null ? tcp : new TLSSocket(tcp, { isServer: true, ...certificate });
    socket.on('error', () => {});
    void serve(socket, () => tcp.resetAndDestroy(), onRequest);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, url: `${certificate === null ? 'ws' : 'wss'}://127.0.0.1:${port}` };
}

/** A port on which nobody listens: one that the system has just given and taken back. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function serve(socket: Socket, reset: () => void, onRequest: (peer: Peer) => void): Promise<void> {
  let received = Buffer.alloc(0);
  let asked = false;
  let waiting: ((bytes: Buffer) => void) | null = null;
  const after: Buffer[] = [];
  const gone = new Promise<Buffer>((resolve) => socket.on('close', () => resolve(Buffer.concat(after))));
  socket.on('data', (bytes) => {
    if (asked) {
      after.push(bytes);
      waiting?.(bytes);
      waiting = null;
      return;
    }
    received = Buffer.concat([received, bytes]);
    // The first byte of a TLS handshake; it has no head to wait for.
    if (!received.includes('\r\n\r\n') && received[0] !== 0x16) return;
    asked = true;
    onRequest({
      socket,
      reset,
      request: received.toString('latin1'),
      gone,
      heard: () => new Promise((resolve) => (waiting = resolve)),
    });
  });
}

/** The 101 that completes the request's handshake; the headers may replace or add to its own. */
export function accept(peer: Peer, headers: Record<string, string> = {}): void {
  const key = /^Sec-WebSocket-Key: (.+)$/im.exec(peer.request)?.[1].trim() ?? '';
  const digest = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const all = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': digest, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  peer.socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
}

/** A frame of a server, which is not masked, with up to 125 bytes. */
export function frame(firstByte: number, payload: Buffer | string = ''): Buffer {
  const body = Buffer.from(payload as string);
  return Buffer.concat([Buffer.from([firstByte, body.length]), body]);
}

/** A close frame. */
export function closeFrame(code: number, reason: string): Buffer {
  return frame(0x88, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));
}
