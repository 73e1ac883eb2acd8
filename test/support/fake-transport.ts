/**
 * A transport whose connections do what a test says. It keeps the contract of `Transport`: a connection that we
 * ended reports nothing, a message is gone when the call that hands it over returns, and what makes no sense (a message
 * on a connection that is not open) is an error of the test.
 */

import type {
  Connection,
  ConnectionEvents,
  ConnectOptions,
  Transport,
} from '../../src/transport/transport.ts';
import { amid } from './amid.ts';

export interface FakeConnection extends Connection {
  readonly client: number;
  readonly options: ConnectOptions;
  readonly state: 'connecting' | 'open' | 'gone';
  /** How we ended it, or null. */
  readonly endedBy: 'leave' | 'terminate' | null;
  /** Copies of what was sent: the swarm patches one buffer for all. */
  readonly sent: Buffer[];
  /** What `bufferedBytes` says. */
  buffered: number;
  /** What `bytesRead` says. */
  read: number;
  /** Whether we do not read. */
  readonly isPaused: boolean;
  open(): void;
  fail(key: string): void;
  close(code?: number, reason?: string): void;
  deliver(payload: Buffer): void;
}

export interface FakeTransport extends Transport {
  /** All that were ever made, in their order. */
  readonly connections: FakeConnection[];
  /** The newest connection of a client. */
  of(client: number): FakeConnection;
}

export interface FakeServer {
  /** A client connects. */
  connected?(connection: FakeConnection): void;
  /** A message has arrived. */
  received?(connection: FakeConnection, payload: Buffer): void;
}

export function createFakeTransport(server: FakeServer = {}): FakeTransport {
  const connections: FakeConnection[] = [];
  return {
    connections,
    of(client) {
      const found = connections.findLast((connection) => connection.client === client);
      if (found === undefined) throw new Error(`client ${client} has never connected`);
      return found;
    },
    connect(client, options, events) {
      const connection = createConnection(client, options, events, server);
      connections.push(connection);
      server.connected?.(connection);
      return connection;
    },
  };
}

function createConnection(
  client: number,
  options: ConnectOptions,
  events: ConnectionEvents,
  server: FakeServer,
): FakeConnection {
  let state: FakeConnection['state'] = 'connecting';
  let endedBy: FakeConnection['endedBy'] = null;
  let isPaused = false;
  const sent: Buffer[] = [];

  /** What the other side does; nothing is heard of it once we have ended the connection. */
  const hear = (expected: FakeConnection['state'], next: FakeConnection['state'], report: () => void) => {
    if (endedBy !== null) return;
    if (state !== expected)
      throw new Error(`the connection of client ${client} is ${state}, not ${expected}`);
    state = next;
    report();
  };

  const self: FakeConnection = {
    client,
    options,
    get state() {
      return state;
    },
    get endedBy() {
      return endedBy;
    },
    get isPaused() {
      return isPaused;
    },
    sent,
    buffered: 0,
    read: 0,
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
    },
    part() {
      sent.push(Buffer.from('part'));
    },
    open: () => hear('connecting', 'open', () => events.opened(client)),
    fail: (key) => hear('connecting', 'gone', () => events.failed(client, key)),
    close: (code = 1006, reason = '') => hear('open', 'gone', () => events.closed(client, code, reason)),
    deliver(payload) {
      const [data, start, end] = amid(payload);
      hear('open', 'open', () => events.message(client, data, start, end, true));
      data.fill('gone');
    },
    send(payload) {
      if (state !== 'open') throw new Error(`client ${client} sends on a connection that is ${state}`);
      const copy = Buffer.from(payload);
      sent.push(copy);
      server.received?.(self, copy);
    },
    leave: () => end('leave'),
    terminate: () => end('terminate'),
    ping() {
      sent.push(Buffer.from('ping'));
    },
    bytesRead: () => self.read,
    bufferedBytes: () => self.buffered,
  };
  return self;

  function end(how: 'leave' | 'terminate'): void {
    if (endedBy !== null) throw new Error(`the connection of client ${client} is ended twice`);
    endedBy = how;
    state = 'gone';
  }
}
