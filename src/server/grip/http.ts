/**
 * The HTTP end of WebSocket over HTTP: what a proxy asks and is answered.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { pathOf } from '../pages.ts';
import { EVENTS_TYPE } from './events.ts';

/** What an answer to a proxy says: the body, or why there is none. */
export type GripAnswer = { status: 200; isGrip: boolean; body: Buffer } | { status: 400 | 404 | 415 | 502 };

/**
 * A proxy that finds a kept connection closed connects anew, is refused, and asks again later: nothing is lost. One
 * that has just connected and is cut off believes that it was heard, and gives its client up. So the server closes its
 * door in a moment when nobody waits before it, and closes connections that are kept a while after that.
 */
const LAST_REQUESTS_MS = 50;
/** There may never be such a moment. */
const MAX_TURNS = 1_000;

/** @param connection by its name at the proxy */
export type GripService = (path: string, connection: string, body: Buffer) => Promise<GripAnswer>;

export interface GripServer {
  server: Server;
  /** Takes no new connections; answers what it was asked. Resolves when all of them are gone. */
  close(): Promise<void>;
}

export function createGripServer(service: GripService): GripServer {
  let isClosing = false;

  async function answerTo(request: IncomingMessage): Promise<GripAnswer> {
    const connection = request.headers['connection-id'];
    if (request.headers['content-type'] !== EVENTS_TYPE || typeof connection !== 'string') {
      return { status: 415 };
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    return service(pathOf(request.url ?? ''), connection, Buffer.concat(chunks));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await answerTo(request);
    const body = answer.status === 200 ? answer.body : Buffer.alloc(0);
    if (isClosing) response.setHeader('Connection', 'close');
    if (answer.status === 200) response.setHeader('Content-Type', EVENTS_TYPE);
    if (answer.status === 200 && answer.isGrip) response.setHeader('Sec-WebSocket-Extensions', 'grip');
    response.writeHead(answer.status, { 'Content-Length': body.length }).end(body);
  }

  const server = createServer((request, response) => {
    // A request that breaks off has nobody to be answered.
    serve(request, response).catch(() => response.destroy());
  });
  // The proxy decides how long it keeps a connection: it is the one that would send into one that is just closed.
  server.keepAliveTimeout = 0;

  /** Resolves in a turn of the event loop in which nobody connected, so that nobody waits to be accepted. */
  async function untilNobodyConnects(): Promise<void> {
    let hasConnected = true;
    server.on('connection', () => {
      hasConnected = true;
    });
    await nextTurn();
    for (let turn = 0; hasConnected && turn < MAX_TURNS; turn++) {
      hasConnected = false;
      await nextTurn();
    }
  }

  return {
    server,
    async close() {
      await untilNobodyConnects();
      // Without what HTTP's own does first: to close connections that are kept.
      const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
      await delay(LAST_REQUESTS_MS);
      isClosing = true;
      server.closeIdleConnections();
      await closed;
    },
  };
}
