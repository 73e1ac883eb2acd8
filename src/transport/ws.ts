/** The transport over the `ws` package. */

import { WebSocket } from 'ws';
import type { Connection, ConnectionEvents, Transport } from './transport.ts';

/** Larger messages close the connection with 1009. */
const MAX_PAYLOAD_BYTES = 16 * 2 ** 20;

export const wsTransport: Transport = {
  connect(client, options, events) {
    const socket = new WebSocket(options.url, options.subprotocol ?? [], {
      headers: options.headers,
      perMessageDeflate: false,
      skipUTF8Validation: true,
      followRedirects: false,
      maxPayload: MAX_PAYLOAD_BYTES,
      rejectUnauthorized: !options.insecure,
      ...(options.ca === null ? {} : { ca: options.ca }),
      ...(options.sourceAddress === null ? {} : { localAddress: options.sourceAddress }),
    });
    listen(socket, client, events);
    return toConnection(socket);
  },
};

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
  socket.on('message', (data, binary) => events.message(client, data as Buffer, binary));
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

function toConnection(socket: WebSocket): Connection {
  return {
    send: (payload, binary) => socket.send(payload, { binary }),
    leave(code) {
      silence(socket);
      socket.close(code);
    },
    terminate() {
      silence(socket);
      socket.terminate();
    },
    bufferedBytes: () => socket.bufferedAmount,
  };
}

function silence(socket: WebSocket): void {
  socket.removeAllListeners();
  // Ending a connection that is still being made is an error to `ws`, and an error without a listener is thrown.
  socket.on('error', () => {});
}
