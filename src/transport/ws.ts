/**
 * The transports over the `ws` package: what others wrote, to hold our own against, and to compress. The port to
 * connect from is left to the system.
 */

import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Connection, ConnectionEvents, Transport } from './transport.ts';

/** Larger messages close the connection with 1009. */
const MAX_PAYLOAD_BYTES = 16 * 2 ** 20;

export const wsTransport = createWsTransport({ deflate: false });

/** Offers permessage-deflate (RFC 7692): messages from 1 KiB on are compressed, if the server agrees. */
export const wsDeflateTransport = createWsTransport({ deflate: true });

function createWsTransport({ deflate }: { deflate: boolean }): Transport {
  return {
    connect(client, options, events) {
      const socket = new WebSocket(options.url, options.subprotocol ?? [], {
        headers: options.headers,
        perMessageDeflate: deflate,
        skipUTF8Validation: true,
        followRedirects: false,
        maxPayload: MAX_PAYLOAD_BYTES,
        rejectUnauthorized: !options.insecure,
        ...(options.ca === null ? {} : { ca: options.ca }),
        ...(options.sourceAddress === null ? {} : { localAddress: options.sourceAddress }),
        ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
      });
      listen(socket, client, events);
      return toConnection(socket, deflate);
    },
  };
}

function listen(socket: WebSocket, client: number, events: ConnectionEvents): void {
  let opened = false;
  let failed = false;
  const fail = (key: string) => {
    if (opened || failed) return;
    failed = true;
    events.failed(client, key);
  };
  socket.on('open', () => {
    opened = true;
    events.opened(client);
  });
  socket.on('message', (data, binary) => {
    const payload = data as Buffer;
    events.message(client, payload, 0, payload.length, binary);
  });
  socket.on('unexpected-response', (_request, response) => {
    fail(`HTTP_${response.statusCode}`);
    socket.terminate();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => fail(failureKey(error)));
  socket.on('close', (code, reason) => {
    if (opened) events.closed(client, code, reason.toString());
    else fail('BAD_HANDSHAKE');
  });
}

/** Errors of the system have an errno; what `ws` itself objects to in an answer has none, or one of its own. */
function failureKey(error: NodeJS.ErrnoException): string {
  const code = error.code ?? '';
  return code === '' || code.startsWith('WS_ERR') || code.startsWith('HPE_') ? 'BAD_HANDSHAKE' : code;
}

/** What the package keeps to itself. */
type WithSocket = { _socket?: Socket | null } & WebSocket;

function toConnection(socket: WebSocket, deflate: boolean): Connection {
  return {
    // What is to be compressed waits for a thread, and the payload may be another by then.
    send: (payload, binary) => socket.send(deflate ? Buffer.from(payload) : payload, { binary }),
    part: (code) => socket.close(code),
    leave(code) {
      silence(socket);
      socket.close(code);
    },
    terminate() {
      silence(socket);
      socket.terminate();
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    ping: () => socket.ping(),
    bytesRead: () => (socket as WithSocket)._socket?.bytesRead ?? 0,
    bufferedBytes: () => socket.bufferedAmount,
  };
}

function silence(socket: WebSocket): void {
  socket.removeAllListeners();
  // Ending a connection that is still being made is an error to `ws`, and an error without a listener is thrown.
  socket.on('error', () => {});
}
