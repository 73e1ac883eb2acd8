import { describe, expect, onTestFinished, test } from 'vitest';
import type { Connection, ConnectOptions } from '../../src/transport/transport.ts';
import { wsTransport } from '../../src/transport/ws.ts';
import { accept, closeFrame, frame, freePort, listenRaw, type Peer } from '../support/raw-server.ts';

type Event =
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

const CLIENT = 17;

function options(said: Partial<ConnectOptions> & { url: string }): ConnectOptions {
  return { headers: {}, subprotocol: null, ca: null, insecure: false, sourceAddress: null, ...said };
}

function connect(said: Partial<ConnectOptions> & { url: string }): Watched {
  const events: Event[] = [];
  let read = 0;
  let wake = () => {};
  const report = (client: number, event: Event) => {
    expect(client).toBe(CLIENT);
    events.push(event);
    wake();
  };
  const connection = wsTransport.connect(CLIENT, options(said), {
    opened: (client) => report(client, { type: 'opened' }),
    message: (client, payload, binary) =>
      report(client, { type: 'message', payload: payload.toString(), binary }),
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

/** The first report of a connection to a server that does this with the request. */
async function firstReport(
  onRequest: (peer: Peer) => void,
  said: Partial<ConnectOptions> = {},
): Promise<Event> {
  const { url } = await listenRaw(onRequest);
  return connect({ url, ...said }).next();
}

/** An open connection and the server's end of it. */
async function opened(said: Partial<ConnectOptions> = {}): Promise<{ watched: Watched; peer: Peer }> {
  let peer: Peer | undefined;
  const { url } = await listenRaw((asking) => {
    peer = asking;
    accept(asking);
  });
  const watched = connect({ url, ...said });
  expect(await watched.next()).toEqual({ type: 'opened' });
  return { watched, peer: peer as Peer };
}

/** When this has happened on a new connection, everything before it on others has, too. */
async function settled(): Promise<void> {
  const { url } = await listenRaw(accept);
  await connect({ url }).next();
}

describe('a handshake that fails', () => {
  const status = (line: string) => (peer: Peer) =>
    peer.socket.end(`HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`);

  test.for<[string, (peer: Peer) => void, string]>([
    ['503', status('503 Service Unavailable'), 'HTTP_503'],
    ['401', status('401 Unauthorized'), 'HTTP_401'],
    ['200, from a server that knows no WebSocket', status('200 OK'), 'HTTP_200'],
    ['302, which is not followed', status('302 Found\r\nLocation: ws://127.0.0.1:1'), 'HTTP_302'],
    [
      'an accept key that is not the request’s',
      (peer) => accept(peer, { 'Sec-WebSocket-Accept': 'AAAA' }),
      'BAD_HANDSHAKE',
    ],
    ['101 for another protocol', (peer) => accept(peer, { Upgrade: 'h2c' }), 'BAD_HANDSHAKE'],
    [
      'a subprotocol that nobody asked for',
      (peer) => accept(peer, { 'Sec-WebSocket-Protocol': 'chat' }),
      'BAD_HANDSHAKE',
    ],
    [
      'an extension that nobody asked for',
      (peer) => accept(peer, { 'Sec-WebSocket-Extensions': 'permessage-deflate' }),
      'BAD_HANDSHAKE',
    ],
    ['garbage', (peer) => peer.socket.end('\u0000\u0001garbage\r\n\r\n'), 'BAD_HANDSHAKE'],
    ['another protocol', (peer) => peer.socket.end('SSH-2.0-OpenSSH_9.6\r\n'), 'BAD_HANDSHAKE'],
    ['half an answer', (peer) => peer.socket.end('HTTP/1.1 101 Switching Pro'), 'ECONNRESET'],
    ['nothing', (peer) => peer.socket.end(), 'ECONNRESET'],
    ['a reset', (peer) => peer.socket.resetAndDestroy(), 'ECONNRESET'],
  ])('with %s has the key $2', async ([, onRequest, key]) => {
    expect(await firstReport(onRequest)).toEqual({ type: 'failed', key });
  });

  test('because nobody listens has the errno', async () => {
    const watched = connect({ url: `ws://127.0.0.1:${await freePort()}` });
    expect(await watched.next()).toEqual({ type: 'failed', key: 'ECONNREFUSED' });
  });

  test('because nobody speaks TLS there has a key that tells so', async () => {
    const { port } = await listenRaw((peer) => peer.socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await connect({ url: `wss://127.0.0.1:${port}` }).next()).toEqual({
      type: 'failed',
      key: 'EPROTO',
    });
  });

  test('because no subprotocol was chosen although one was asked for', async () => {
    expect(await firstReport(accept, { subprotocol: 'chat' })).toEqual({
      type: 'failed',
      key: 'BAD_HANDSHAKE',
    });
  });

  test('reports that once, and nothing else', async () => {
    for (const onRequest of [
      status('503 Service Unavailable'),
      (peer: Peer) => peer.socket.resetAndDestroy(),
    ]) {
      const { url } = await listenRaw(onRequest);
      const watched = connect({ url });
      await watched.next();
      await settled();
      expect(watched.events).toHaveLength(1);
    }
  });
});

describe('the request', () => {
  test('has the headers, the subprotocol, the path and the query that were asked for, and no compression', async () => {
    let request = '';
    const { port } = await listenRaw((peer) => {
      request = peer.request;
      accept(peer, { 'Sec-WebSocket-Protocol': 'chat.v2' });
    });
    const watched = connect({
      url: `ws://127.0.0.1:${port}/path?room=1`,
      headers: { Authorization: 'Bearer t0ken', Origin: 'https://app' },
      subprotocol: 'chat.v2',
    });
    expect(await watched.next()).toEqual({ type: 'opened' });
    expect(request).toMatch(/^GET \/path\?room=1 HTTP\/1\.1\r\n/);
    expect(request).toMatch(/^Authorization: Bearer t0ken\r$/m);
    expect(request).toMatch(/^Origin: https:\/\/app\r$/m);
    expect(request).toMatch(/^Sec-WebSocket-Protocol: chat\.v2\r$/m);
    expect(request).not.toMatch(/permessage-deflate/i);
  });

  test.runIf(process.platform === 'linux')('comes from the address that was asked for', async () => {
    let from: string | undefined;
    const event = await firstReport(
      (peer) => {
        from = peer.socket.remoteAddress;
        accept(peer);
      },
      { sourceAddress: '127.1.0.7' },
    );
    expect(event).toEqual({ type: 'opened' });
    expect(from).toBe('127.1.0.7');
  });
});

describe('messages', () => {
  test('that are received come whole, with their kind, even in the packet of the handshake', async () => {
    const { url } = await listenRaw((peer) => {
      peer.socket.cork();
      accept(peer);
      peer.socket.write(Buffer.concat([frame(0x81, 'text'), frame(0x82, 'binary')]));
      peer.socket.write(Buffer.concat([frame(0x01, 'in '), frame(0x00, 'two '), frame(0x80, 'or three')]));
      peer.socket.uncork();
    });
    const watched = connect({ url });
    const events = [await watched.next(), await watched.next(), await watched.next(), await watched.next()];
    expect(events).toEqual([
      { type: 'opened' },
      { type: 'message', payload: 'text', binary: false },
      { type: 'message', payload: 'binary', binary: true },
      { type: 'message', payload: 'in two or three', binary: false },
    ]);
  });

  test('that claim to be text and are not come as they are, to be told from ours', async () => {
    const { watched, peer } = await opened();
    peer.socket.write(frame(0x81, Buffer.from([0xff, 0xfe])));
    expect(await watched.next()).toMatchObject({ type: 'message', binary: false });
  });

  test('that are sent are masked frames of the kind that was asked for', async () => {
    const { watched, peer } = await opened();
    for (const [binary, firstByte] of [
      [true, 0x82],
      [false, 0x81],
    ] as const) {
      const heard = peer.heard();
      watched.connection.send(Buffer.from('hello'), binary);
      const bytes = await heard;
      expect([...bytes.subarray(0, 2)]).toEqual([firstByte, 0x80 | 5]);
      const mask = bytes.subarray(2, 6);
      expect(Buffer.from(bytes.subarray(6).map((byte, i) => byte ^ mask[i % 4])).toString()).toBe('hello');
    }
  });

  test('a payload that is patched again after it was sent was sent as it was then', async () => {
    const { watched, peer } = await opened();
    const payload = Buffer.from('first');
    const bytes = peer.heard();
    watched.connection.send(payload, true);
    payload.write('later');
    const sent = await bytes;
    const mask = sent.subarray(2, 6);
    expect(Buffer.from(sent.subarray(6, 11).map((byte, i) => byte ^ mask[i % 4])).toString()).toBe('first');
  });

  test('of a server that pings are still only messages, and it is answered', async () => {
    const { watched, peer } = await opened();
    const pong = peer.heard();
    peer.socket.write(Buffer.concat([frame(0x89, 'are you there?'), frame(0x81, 'hello')]));
    expect(await watched.next()).toEqual({ type: 'message', payload: 'hello', binary: false });
    expect((await pong)[0]).toBe(0x8a);
  });

  test('that the system does not take are buffered, and tell how much waits', async () => {
    const { watched, peer } = await opened();
    peer.socket.pause();
    expect(watched.connection.bufferedBytes()).toBe(0);
    for (let i = 0; i < 64; i++) watched.connection.send(Buffer.alloc(2 ** 20), true);
    expect(watched.connection.bufferedBytes()).toBeGreaterThan(2 ** 20);
  });
});

describe('an end by the server', () => {
  const end = async (act: (peer: Peer) => void): Promise<Event> => {
    const { watched, peer } = await opened();
    act(peer);
    return watched.next();
  };
  const goodbye = (bytes: Buffer) => (peer: Peer) => {
    peer.socket.write(bytes);
    peer.socket.end();
  };

  test.for<[string, (peer: Peer) => void, number, string]>([
    [
      'a close frame with code and reason',
      goodbye(closeFrame(1012, 'service restart')),
      1012,
      'service restart',
    ],
    ['a code of its own', goodbye(closeFrame(4001, 'kicked — bye')), 4001, 'kicked — bye'],
    ['a close frame without a code', goodbye(frame(0x88)), 1005, ''],
    ['the end of the connection, without a close frame', (peer) => peer.socket.end(), 1006, ''],
    ['a reset', (peer) => peer.socket.resetAndDestroy(), 1006, ''],
    [
      'a reason with a control character, which is passed on as it is',
      goodbye(closeFrame(1000, 'a\u0000b')),
      1000,
      'a\u0000b',
    ],
  ])('by %s is $2', async ([, act, code, reason]) => {
    expect(await end(act)).toEqual({ type: 'closed', code, reason });
  });

  test.for<[string, Buffer]>([
    ['a masked frame', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61])],
    ['a reserved opcode', frame(0x83, 'x')],
    ['a reserved bit', frame(0xc1, 'x')],
    ['a code that may not be sent', closeFrame(1006, '')],
    ['a message that is too large, of 17 MB', Buffer.from([0x82, 127, 0, 0, 0, 0, 0x01, 0x10, 0, 0])],
    ['a ping in two parts', frame(0x09, 'x')],
  ])('by breaking the protocol with %s is 1006, and no error is thrown', async ([, bytes]) => {
    const { watched, peer } = await opened();
    peer.socket.write(bytes);
    const gone = watched.next();
    await peer.heard();
    peer.socket.end();
    expect(await gone).toEqual({ type: 'closed', code: 1006, reason: '' });
    expect(watched.events).toHaveLength(2);
  });

  test('is reported once', async () => {
    const { watched, peer } = await opened();
    peer.socket.write(closeFrame(1001, 'bye'));
    peer.socket.end();
    await watched.next();
    await settled();
    expect(watched.events.map(({ type }) => type)).toEqual(['opened', 'closed']);
  });
});

describe('an end by us', () => {
  test('at once reports nothing, and leaves the server without a close frame', async () => {
    const { watched, peer } = await opened();
    watched.connection.terminate();
    expect(await peer.gone).toHaveLength(0);
    await settled();
    expect(watched.events.map(({ type }) => type)).toEqual(['opened']);
  });

  test('with a goodbye reports nothing, and the server hears the code', async () => {
    const { watched, peer } = await opened();
    watched.connection.leave(1000);
    const bytes = await peer.heard();
    const mask = bytes.subarray(2, 6);
    expect(bytes[0]).toBe(0x88);
    expect(((bytes[6] ^ mask[0]) << 8) | (bytes[7] ^ mask[1])).toBe(1000);
    peer.socket.write(Buffer.concat([frame(0x81, 'one more thing'), closeFrame(1000, '')]));
    peer.socket.end();
    await peer.gone;
    await settled();
    expect(watched.events.map(({ type }) => type)).toEqual(['opened']);
  });

  test.for(['terminate', 'leave'] as const)(
    'by %s during the handshake reports nothing either',
    async (how) => {
      let asked: (peer: Peer) => void = () => {};
      const asking = new Promise<Peer>((resolve) => {
        asked = resolve;
      });
      const { url } = await listenRaw(asked);
      const watched = connect({ url });
      const peer = await asking;
      if (how === 'terminate') watched.connection.terminate();
      else watched.connection.leave(1000);
      await peer.gone;
      await settled();
      expect(watched.events).toEqual([]);
    },
  );

  test('before the connect has even begun reports nothing', async () => {
    const watched = connect({ url: `ws://127.0.0.1:${await freePort()}` });
    watched.connection.terminate();
    await settled();
    expect(watched.events).toEqual([]);
  });

  test('after the server has ended it, or twice, does no harm', async () => {
    const { watched, peer } = await opened();
    peer.socket.end();
    await watched.next();
    watched.connection.terminate();
    watched.connection.leave(1000);
    watched.connection.terminate();
    await settled();
    expect(watched.events.map(({ type }) => type)).toEqual(['opened', 'closed']);
  });
});
