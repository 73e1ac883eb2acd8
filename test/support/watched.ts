/** Connections of a transport, and what they report, for tests to wait for. */

import { expect, onTestFinished } from 'vitest';
import type { Connection, ConnectOptions, Transport } from '../../src/transport/transport.ts';
import type { Certificate } from './certificate.ts';
import { accept, listenRaw, type Peer, type RawServer } from './raw-server.ts';

export type Event =
  | { type: 'opened' }
  | { type: 'message'; payload: string; binary: boolean }
  | { type: 'closed'; code: number; reason: string }
  | { type: 'failed'; key: string };

interface Watched {
  connection: Connection;
  /** All that was reported so far. */
  events: Event[];
  /** The next report, or one that has not been asked for yet. */
  next(): Promise<Event>;
}

/** How to connect; the rest is as plain as can be. */
type Said = Partial<ConnectOptions> & { url: string };

/** What is done within a report. */
type Act = (event: Event, connection: Connection) => void;

/** The number of the client; reports must bear it. */
const CLIENT = 17;

export interface Harness {
  listen(onRequest: (peer: Peer) => void): Promise<RawServer>;
  connect(said: Said, act?: Act): Watched;
  /** The first report of a connection to a server that does this with the request. */
  firstReport(onRequest: (peer: Peer) => void, said?: Partial<ConnectOptions>): Promise<Event>;
  /** An open connection and the server's end of it. */
  opened(said?: Partial<ConnectOptions>): Promise<{ watched: Watched; peer: Peer }>;
  /** When this has happened on a new connection, everything before it on others has, too. */
  settled(): Promise<void>;
}

/** @param certificate of the servers, which is trusted; null: without TLS */
export function createHarness(transport: Transport, certificate: Certificate | null = null): Harness {
  const ca = certificate?.cert ?? null;
  const listen: Harness['listen'] = (onRequest) => listenRaw(onRequest, certificate);
  const connect: Harness['connect'] = (said, act) => watch(transport, { ca, ...said }, act);
  return {
    listen,
    connect,
    async firstReport(onRequest, said) {
      const { url } = await listen(onRequest);
      return connect({ url, ...said }).next();
    },
    async opened(said) {
      let peer: Peer | undefined;
      const { url } = await listen((asking) => {
        peer = asking;
        accept(asking);
      });
      const watched = connect({ url, ...said });
      expect(await watched.next()).toEqual({ type: 'opened' });
      return { watched, peer: peer as Peer };
    },
    async settled() {
      const { url } = await listen(accept);
      await connect({ url }).next();
    },
  };
}

function watch(transport: Transport, said: Said, act: Act = () => {}): Watched {
  const events: Event[] = [];
  let read = 0;
  let wake = () => {};
  const report = (client: number, event: Event) => {
    expect(client).toBe(CLIENT);
    events.push(event);
    act(event, connection);
    wake();
  };
  const defaults = { headers: {}, subprotocol: null, ca: null, insecure: false };
  const options = { ...defaults, sourceAddress: null, sourcePort: null, ...said };
  const connection = transport.connect(CLIENT, options, {
    opened: (client) => report(client, { type: 'opened' }),
    message: (client, data, start, end, binary) =>
      report(client, { type: 'message', payload: data.toString('latin1', start, end), binary }),
    closed: (client, code, reason) => report(client, { type: 'closed', code, reason }),
    failed: (client, key) => report(client, { type: 'failed', key }),
  });
  onTestFinished(() => connection.terminate());
  return {
    connection,
    events,
    async next() {
      while (events.length === read) await new Promise<void>((resolve) => (wake = resolve));
      return events[read++];
    },
  };
}
