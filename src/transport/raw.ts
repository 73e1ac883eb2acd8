/**
 * The transport of our own: RFC 6455's client on Node's sockets. A load generator holds as many connections as it has
 * memory for, so a connection is its socket, one small object, and nothing made per connection besides: the listeners
 * are the same functions for all, all sockets are read into the same buffer, and frames are written in the same one.
 *
 *     connecting ──101──> open ──close frame or violation──> closing ──TCP ends, or CLOSING_MS──> ended: reports `closed`
 *          │               ├───part──> parting ──TCP ends, or LEAVING_MS──> ended: reports `closed`
 *          │               └───leave──> leaving ──TCP ends, or LEAVING_MS──> ended
 *          └──any error──> ended: reports `failed`           (terminate: ended, from anywhere)
 */

import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { secretBase64 } from '../base/random.ts';
import { closePayload, OPCODE } from '../wire/frame.ts';
import { judgeResponse, KEY_BYTES, requestText } from '../wire/handshake.ts';
import { createReceiver, type Receiving } from '../wire/receiver.ts';
import { sendControl, sendMessage } from './send-frame.ts';
import { type Target, targetOf } from './target.ts';
import type { Connection, ConnectionEvents, ConnectOptions, Transport } from './transport.ts';

/** Larger messages close the connection with 1009. */
const MAX_PAYLOAD_BYTES = 16 * 2 ** 20;

/** A server that has said goodbye is given so long to end the TCP connection, */
const CLOSING_MS = 1000;
/** and one that we have said goodbye to. */
const LEAVING_MS = 2000;

/** Pings are not answered while so much waits: it would be for a server that does not read. */
const PONG_BACKLOG_BYTES = 2 ** 16;

type Phase =
  | { type: 'connecting'; target: Target; source: Source; key: string; head: Buffer | null }
  | { type: 'open' }
  | { type: 'closing'; code: number; reason: string; deadline: NodeJS.Timeout }
  | { type: 'parting'; code: number; deadline: NodeJS.Timeout }
  | { type: 'leaving'; deadline: NodeJS.Timeout }
  | { type: 'ended' };

type Source = Pick<ConnectOptions, 'sourceAddress' | 'sourcePort' | 'lookup'>;

const NOTHING = Buffer.alloc(0);
const OPEN: Phase = { type: 'open' };
const ENDED: Phase = { type: 'ended' };

/** A socket knows its connection, since the listeners are shared. */
type ClientSocket = Socket & { connection: RawConnection };

export const rawTransport: Transport = {
  connect(client, options, events) {
    const target = targetOf(options);
    const { sourceAddress, sourcePort, lookup } = options;
    return new RawConnection(client, events, target, { sourceAddress, sourcePort, lookup });
  },
};

/** A class, and not an object with closures: its methods are on the prototype, so a connection is six fields. */
class RawConnection implements Connection, Receiving {
  rest: Receiving['rest'] = null;
  deaf = false;
  phase: Phase;
  socket: ClientSocket;
  readonly client: number;
  readonly events: ConnectionEvents;

  constructor(client: number, events: ConnectionEvents, target: Target, source: Source) {
    this.client = client;
    this.events = events;
    this.phase = { type: 'connecting', target, source, key: secretBase64(KEY_BYTES), head: null };
    this.socket = dial(this, target, source);
  }

  send(payload: Buffer, binary: boolean): void {
    if (this.phase === OPEN) sendMessage(this.socket, payload, binary);
  }

  part(code: number): void {
    if (this.phase !== OPEN) return;
    sendControl(this.socket, OPCODE.close, closePayload(code, ''));
    this.phase = { type: 'parting', code, deadline: setTimeout(destroySocket, LEAVING_MS, this.socket) };
  }

  leave(code: number): void {
    if (this.phase === OPEN) {
      sendControl(this.socket, OPCODE.close, closePayload(code, ''));
      this.phase = { type: 'leaving', deadline: setTimeout(destroySocket, LEAVING_MS, this.socket) };
    } else if (this.phase.type === 'closing' || this.phase.type === 'parting') {
      this.phase = { type: 'leaving', deadline: this.phase.deadline };
    } else if (this.phase.type === 'connecting') {
      this.terminate();
    }
  }

  terminate(): void {
    silence(this);
    this.socket.destroy();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  ping(): void {
    if (this.phase === OPEN) sendControl(this.socket, OPCODE.ping, NOTHING);
  }

  bytesRead(): number {
    return this.socket.bytesRead;
  }

  bufferedBytes(): number {
    return this.socket.writableLength;
  }
}

/** Begins the TCP connection; nothing is heard of it before this returns. */
function dial(
  connection: RawConnection,
  target: Target,
  { sourceAddress, sourcePort, lookup }: Source,
): ClientSocket {
  const place = {
    host: target.host,
    port: target.port,
    localAddress: sourceAddress ?? undefined,
    localPort: sourcePort ?? undefined,
    onread: ON_READ,
    lookup,
  };
  const socket = (
    target.tls === null ? connectTcp(place) : connectTls({ ...place, ...target.tls })
  ) as ClientSocket;
  socket.connection = connection;
  socket.on(target.tls === null ? 'connect' : 'secureConnect', onConnected);
  socket.on('error', onError);
  socket.on('close', onClose);
  return socket;
}

function onConnected(this: Socket): void {
  const { phase } = (this as ClientSocket).connection;
  if (phase.type !== 'connecting') return;
  this.setNoDelay(true);
  this.write(requestText(phase.target.request, phase.key), 'latin1');
}

/**
 * All sockets read into one buffer, since what was read is dealt with before anything else is. Node calls this as a
 * method of the socket that was read, which its documentation does not promise; no test would pass if it ceased to.
 */
const ON_READ = {
  buffer: Buffer.allocUnsafeSlow(2 ** 16),
  callback(this: unknown, bytes: number): boolean {
    const { connection } = this as ClientSocket;
    const data = ON_READ.buffer.subarray(0, bytes);
    if (connection.phase.type === 'connecting') takeResponse(connection, connection.phase, data);
    else receive(connection, data);
    return true;
  },
};

function takeResponse(
  connection: RawConnection,
  phase: Extract<Phase, { type: 'connecting' }>,
  data: Buffer,
): void {
  const bytes = phase.head === null ? data : Buffer.concat([phase.head, data]);
  const verdict = judgeResponse(bytes, phase.key, phase.target.request.subprotocol);
  if (verdict.type === 'incomplete') {
    phase.head = bytes === data ? Buffer.from(data) : bytes;
  } else if (verdict.type === 'refused') {
    fail(connection, verdict.key);
  } else {
    connection.phase = OPEN;
    connection.events.opened(connection.client);
    receive(connection, bytes.subarray(verdict.headBytes));
  }
}

function onError(this: Socket, error: NodeJS.ErrnoException): void {
  const { connection } = this as ClientSocket;
  const { phase } = connection;
  // Of a connection that was open, 'close' tells.
  if (phase.type !== 'connecting') return;
  if (phase.source.sourcePort !== null && (error.code === 'EADDRINUSE' || error.code === 'EADDRNOTAVAIL')) {
    // Another socket has the port, or its last connection from there to the same place rests in TIME_WAIT.
    phase.source.sourcePort = null;
    connection.socket = dial(connection, phase.target, phase.source);
  } else {
    fail(connection, keyOf(error));
  }
}

/** The errno, or the code of what TLS objects to; that the server does not speak it has many. */
function keyOf({ code = 'BAD_HANDSHAKE' }: NodeJS.ErrnoException): string {
  return code.startsWith('ERR_SSL_') ? 'EPROTO' : code;
}

function onClose(this: Socket): void {
  const { connection } = this as ClientSocket;
  // A first socket, whose port was taken.
  if (connection.socket !== this) return;
  const { phase, events, client } = connection;
  silence(connection);
  if (phase.type === 'connecting') events.failed(client, 'ECONNRESET');
  else if (phase.type === 'open') events.closed(client, 1006, '');
  else if (phase.type === 'closing') events.closed(client, phase.code, phase.reason);
  else if (phase.type === 'parting') events.closed(client, phase.code, '');
}

const receive = createReceiver<RawConnection>(
  { masked: false, maxPayloadBytes: MAX_PAYLOAD_BYTES },
  {
    message(connection, data, start, end, binary) {
      if (connection.phase === OPEN || connection.phase.type === 'parting')
        connection.events.message(connection.client, data, start, end, binary);
    },
    ping(connection, payload) {
      if (connection.phase !== OPEN || connection.socket.writableLength > PONG_BACKLOG_BYTES) return;
      sendControl(connection.socket, OPCODE.pong, payload);
    },
    pong() {},
    close(connection, code, reason) {
      if (connection.phase === OPEN) sayGoodbye(connection, code, '', { code, reason });
      connection.socket.end();
    },
    violation(connection, { code, text }) {
      if (connection.phase === OPEN) sayGoodbye(connection, code, text, { code: 1006, reason: '' });
      connection.socket.end();
    },
  },
);

/** The last frame that the server gets; what is reported when the TCP connection has ended is another thing. */
function sayGoodbye(
  connection: RawConnection,
  code: number,
  text: string,
  report: { code: number; reason: string },
): void {
  sendControl(connection.socket, OPCODE.close, closePayload(code, text));
  const deadline = setTimeout(destroySocket, CLOSING_MS, connection.socket);
  connection.phase = { type: 'closing', ...report, deadline };
}

function destroySocket(socket: Socket): void {
  socket.destroy();
}

function fail(connection: RawConnection, key: string): void {
  connection.terminate();
  connection.events.failed(connection.client, key);
}

/** From here on, nothing is reported. */
function silence(connection: RawConnection): void {
  if ('deadline' in connection.phase) clearTimeout(connection.phase.deadline);
  connection.phase = ENDED;
  connection.deaf = true;
}
