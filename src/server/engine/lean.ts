/**
 * The engine `lean`: plain TCP sockets with as little beside them as can be, for nodes that hold tens of thousands of
 * connections. It reads the one request that is a handshake, in one piece and in order; everything else that a
 * connection may begin with is given to Node's HTTP server, which does not listen itself.
 *
 *     accepted ── a handshake ──────────────→ LeanConnection
 *         │  └─── anything else → HTTP server ──↗ upgrade
 *         └────── nothing in time: 408
 *
 * What an idle connection takes was measured with 15,000 of them, in a process of its own, after a collection: 1,700
 * bytes (of the engine `ws` 3,300), of which 1,220 are the JavaScript heap's: the socket of `node:net`. Nothing public
 * makes that smaller. Taking away its listener for 'end' adds 100 bytes (`_events` is made anew); `allowHalfOpen`,
 * `pauseOnConnect`, 'readable' in place of 'data', and a smaller `highWaterMark` change nothing that can be measured.
 */

import type { IncomingMessage } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { createReceiver } from '../../wire/receiver.ts';
import { judgeRequest, type Request, readUpgradeRequest } from '../../wire/upgrade.ts';
import { admit, reject } from './admission.ts';
import { createDeadlines } from './deadlines.ts';
import { type Engine, type Hosting, partAll } from './engine.ts';
import { heartbeatsOf } from './heartbeat.ts';
import { createHttpServer } from './http.ts';
import { LeanConnection, type Shared } from './lean-connection.ts';

/** A socket that the engine listens to; until its handshake it has no connection. */
interface HeldSocket extends Socket {
  connection?: LeanConnection;
}

export function createLeanEngine(hosting: Hosting): Engine {
  const { options, clock, counts } = hosting;
  const connections = new Set<LeanConnection>();
  const arrivals = createDeadlines<HeldSocket>(clock, options.handshakeTimeoutMs, (socket) => {
    letGo(socket);
    reject(counts, socket, 408, 'timeout');
  });
  const shared: Shared = {
    ...{ clock, counts, connections, maxBufferedBytes: options.maxBufferedBytes },
    closing: createDeadlines(clock, options.closeTimeoutMs, ({ socket }) => socket.destroy()),
    heartbeats: heartbeatsOf(hosting),
    onGone: new Set(),
  };
  const receive = createReceiver(
    { masked: true, maxPayloadBytes: options.maxPayloadBytes },
    LeanConnection.events,
  );
  const http = createHttpServer(hosting);
  http.on('upgrade', takeBack);
  const server = createServer({ noDelay: true }, (socket) => {
    arrivals.add(socket);
    hold(socket);
  });

  // With this event it begins to look for requests that take too long.
  server.on('listening', () => http.emit('listening'));

  /** Three listeners that all sockets share. An error is followed by 'close', which says all that is needed. */
  function hold(socket: HeldSocket): void {
    socket.on('data', onData);
    socket.on('error', onError);
    socket.on('close', onClose);
  }

  function letGo(socket: HeldSocket): void {
    arrivals.delete(socket);
    socket.off('data', onData);
    socket.off('error', onError);
    socket.off('close', onClose);
  }

  function onData(this: HeldSocket, data: Buffer): void {
    if (this.connection === undefined) meet(this, data);
    else receive(this.connection, data);
  }

  function onError(): void {}

  function onClose(this: HeldSocket): void {
    if (this.connection === undefined) arrivals.delete(this);
    else this.connection.conclude();
  }

  /** The first that a peer says. */
  function meet(socket: HeldSocket, data: Buffer): void {
    const request = readUpgradeRequest(data);
    if (request === null) {
      handOver(socket, data);
    } else {
      arrivals.delete(socket);
      shakeHands(socket, request, data.subarray(request.headBytes));
    }
  }

  function handOver(socket: HeldSocket, data: Buffer): void {
    letGo(socket);
    socket.unshift(data);
    http.emit('connection', socket);
  }

  /** What the HTTP server takes for a request to upgrade: one in pieces, say, or behind others. */
  function takeBack(request: IncomingMessage, socket: HeldSocket, rest: Buffer): void {
    socket.setTimeout(0);
    hold(socket);
    shakeHands(socket, request, rest);
  }

  /** @param rest what came after the request */
  function shakeHands(socket: HeldSocket, request: Request, rest: Buffer): void {
    if (hosting.handshakes === null) answer(socket, request, rest);
    else
      hosting.handshakes.meet(
        socket,
        () => answer(socket, request, rest),
        (status) => {
          letGo(socket);
          reject(counts, socket, status, 'fault');
        },
      );
  }

  function answer(socket: HeldSocket, request: Request, rest: Buffer): void {
    const service = admit(hosting, connections.size, request.url ?? '', socket);
    if (service === null) {
      letGo(socket);
      return;
    }
    const judgement = judgeRequest(request);
    if (judgement.type === 'refused') {
      letGo(socket);
      reject(counts, socket, judgement.status, 'handshake', judgement.headers);
      return;
    }
    const open = (take?: (connection: LeanConnection) => void) => {
      socket.write(judgement.response, 'latin1');
      socket.connection = new LeanConnection(shared, socket, service);
      take?.(socket.connection);
      if (rest.length > 0) receive(socket.connection, rest);
    };
    if (hosting.doorman === null) open();
    else
      hosting.doorman.meet(socket, request.url ?? '', open, (status) => {
        letGo(socket);
        reject(counts, socket, status, 'backend');
      });
  }

  return {
    server,
    connections: () => connections.size,
    sendBufferBytes() {
      let bytes = 0;
      for (const { socket } of connections) bytes += socket.writableLength;
      return bytes;
    },
    part: (ending) => partAll(shared, ending),
    async close(goodbye) {
      server.close();
      await partAll(shared, goodbye);
      shared.heartbeats?.stop();
      for (const socket of arrivals.items()) socket.destroy();
      http.closeAllConnections();
      http.close();
    },
  };
}
