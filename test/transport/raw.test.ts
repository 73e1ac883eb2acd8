import { createServer } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { rawTransport } from '../../src/transport/raw.ts';
import { createReceiver, type Receiving } from '../../src/wire/receiver.ts';
import { createCertificate } from '../support/certificate.ts';
import { accept, closeFrame, frame, freePort, listenRaw, type Peer } from '../support/raw-server.ts';
import { createHarness } from '../support/watched.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;

const { connect, firstReport, opened, settled } = createHarness(rawTransport);

afterEach(() => {
  vi.useRealTimers();
});

/** The messages of a client as the server reads them from here on, until there are so many. */
function messagesTo({ socket }: Peer, count: number): Promise<Buffer[]> {
  const messages: Buffer[] = [];
  return new Promise((resolve, reject) => {
    const receive = createReceiver<Receiving>(
      { masked: true, maxPayloadBytes: MIB },
      {
        message(_, data, start, end) {
          if (messages.push(Buffer.from(data.subarray(start, end))) === count) resolve(messages);
        },
        ping() {},
        pong() {},
        close: () => reject(new Error('closed')),
        violation: (_, { text }) => reject(new Error(text)),
      },
    );
    const connection = { rest: null, deaf: false };
    socket.on('data', (data) => receive(connection, data));
  });
}

describe.each([
  ['in the clear', null],
  ['over TLS', createCertificate('IP:127.0.0.1')],
])('frames to a server that does not read for a while, %s', (_, certificate) => {
  test('arrive as they were sent, though they were written in the same buffer', async () => {
    const harness = createHarness(rawTransport, certificate);
    const { watched, peer } = await harness.opened();
    peer.socket.pause();
    const payloads = Array.from({ length: 128 }, (_, i) => Buffer.alloc(128 * KIB, i));
    const patched = Buffer.alloc(128 * KIB);
    for (const payload of payloads) {
      payload.copy(patched);
      watched.connection.send(patched, true);
    }
    expect(watched.connection.bufferedBytes()).toBeGreaterThan(MIB);
    const arrived = messagesTo(peer, payloads.length);
    peer.socket.resume();
    const messages = await arrived;
    expect(payloads.every((payload, i) => payload.equals(messages[i]))).toBe(true);
  });

  test('may be of any sizes, in any order', async () => {
    const harness = createHarness(rawTransport, certificate);
    const { watched, peer } = await harness.opened();
    const sizes = [0, 1, 125, 126, 1, 65_535, 65_536, 3, 65_535, 0, 300_000, 1];
    const payloads = sizes.map((size, i) => Buffer.alloc(size, i));
    const arrived = messagesTo(peer, sizes.length);
    for (const payload of payloads) watched.connection.send(payload, true);
    const messages = await arrived;
    expect(payloads.every((payload, i) => payload.equals(messages[i]))).toBe(true);
  });
});

test('frames are masked with another key each time', async () => {
  const { watched, peer } = await opened();
  const keys = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const heard = peer.heard();
    watched.connection.send(Buffer.from('hello'), true);
    keys.add((await heard).subarray(2, 6).toString('hex'));
  }
  expect(keys.size).toBe(3);
});

describe('a server that pings and does not read', () => {
  test('is not answered while much waits for it', async () => {
    const { watched, peer } = await opened();
    peer.socket.pause();
    for (let i = 0; i < 16; i++) watched.connection.send(Buffer.alloc(MIB), true);
    const before = watched.connection.bufferedBytes();
    peer.socket.write(Buffer.concat([frame(0x89, 'a'.repeat(125)), frame(0x81, 'done')]));
    expect(await watched.next()).toMatchObject({ payload: 'done' });
    expect(watched.connection.bufferedBytes()).toBe(before);
  });
});

describe('a server that sends text that is no UTF-8', () => {
  test('breaks the protocol', async () => {
    const { watched, peer } = await opened();
    peer.socket.end(frame(0x81, Buffer.from([0xff, 0xfe])));
    expect(await watched.next()).toEqual({ type: 'closed', code: 1006, reason: '' });
    const close = await peer.gone;
    expect(((close[6] ^ close[2]) << 8) | (close[7] ^ close[3])).toBe(1007);
  });
});

describe('a server that says goodbye and does not hang up', () => {
  test.for<[string, Buffer, number, string]>([
    ['a close frame', closeFrame(1001, 'bye'), 1001, 'bye'],
    ['a violation', frame(0x83), 1006, ''],
  ])('is given one second after %s', async ([, bytes, code, reason]) => {
    const { watched, peer } = await opened();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    peer.socket.allowHalfOpen = true;
    peer.socket.write(bytes);
    await peer.heard();
    vi.advanceTimersByTime(999);
    await settled();
    expect(watched.events).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(await watched.next()).toEqual({ type: 'closed', code, reason });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is given two seconds after our goodbye, whatever it sends meanwhile', async () => {
    const { watched, peer } = await opened();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    watched.connection.leave(1000);
    await peer.heard();
    let gone = false;
    void peer.gone.then(() => {
      gone = true;
    });
    vi.advanceTimersByTime(1999);
    peer.socket.write(frame(0x81, 'still here'));
    await settled();
    expect(gone).toBe(false);
    vi.advanceTimersByTime(1);
    await peer.gone;
    expect(watched.events.map(({ type }) => type)).toEqual(['opened']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('leaves no timer behind when it does hang up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { watched, peer } = await opened();
    peer.socket.end(closeFrame(1001, 'bye'));
    await watched.next();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('hears nothing more of us', async () => {
    const { watched, peer } = await opened();
    watched.connection.leave(1000);
    await peer.heard();
    watched.connection.send(Buffer.from('late'), true);
    peer.socket.write(frame(0x89, 'are you there?'));
    peer.socket.end();
    const close = await peer.gone;
    expect([close.length, close[0]]).toEqual([8, 0x88]);
  });

  test('is left without a report, if we leave between its close frame and its end', async () => {
    const { watched, peer } = await opened();
    peer.socket.allowHalfOpen = true;
    peer.socket.write(closeFrame(1001, 'bye'));
    await peer.heard();
    watched.connection.leave(1000);
    peer.socket.end();
    await peer.gone;
    await settled();
    expect(watched.events.map(({ type }) => type)).toEqual(['opened']);
  });
});

describe.runIf(process.platform === 'linux')('a port to connect from', () => {
  /** The port that a client comes from who asks for this one. */
  async function portOf(sourcePort: number, url?: string): Promise<number | undefined> {
    let from: number | undefined;
    const server = await listenRaw((peer) => {
      from = peer.socket.remotePort;
      accept(peer);
    });
    const watched = connect({ url: url ?? server.url, sourceAddress: '127.0.0.1', sourcePort });
    expect(await watched.next()).toEqual({ type: 'opened' });
    await settled();
    expect(watched.events).toHaveLength(1);
    return from;
  }

  test('is the one that was asked for', async () => {
    const port = await freePort();
    expect(await portOf(port)).toBe(port);
  });

  test('without an address, too', async () => {
    const port = await freePort();
    const event = await firstReport(
      (peer) => {
        if (peer.socket.remotePort === port) accept(peer);
        else peer.reset();
      },
      { sourcePort: port },
    );
    expect(event).toEqual({ type: 'opened' });
  });

  test('is another if somebody listens on that one', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await portOf(port)).not.toBe(port);
    await new Promise((resolve) => server.close(resolve));
  });

  test('is another if there is a connection from that one to the same place', async () => {
    const ports: (number | undefined)[] = [];
    const { url } = await listenRaw((peer) => {
      ports.push(peer.socket.remotePort);
      accept(peer);
    });
    const port = await freePort();
    for (let i = 0; i < 2; i++) {
      const watched = connect({ url, sourceAddress: '127.0.0.1', sourcePort: port });
      expect(await watched.next()).toEqual({ type: 'opened' });
    }
    expect(ports[0]).toBe(port);
    expect(ports[1]).not.toBe(port);
  });

  test('is one that opens if the last connection from there rests in TIME_WAIT', async () => {
    const { url } = await listenRaw(accept);
    const port = await freePort();
    for (let i = 0; i < 2; i++) {
      const watched = connect({ url, sourceAddress: '127.0.0.1', sourcePort: port });
      expect(await watched.next()).toEqual({ type: 'opened' });
      watched.connection.terminate();
      await settled();
    }
  });

  test('is of no use if nobody listens at the other end: one failure', async () => {
    const url = `ws://127.0.0.1:${await freePort()}`;
    const watched = connect({ url, sourceAddress: '127.0.0.1', sourcePort: await freePort() });
    expect(await watched.next()).toEqual({ type: 'failed', key: 'ECONNREFUSED' });
    await settled();
    expect(watched.events).toHaveLength(1);
  });

  test('that is taken, of a client that is ended meanwhile: no report', async () => {
    const { url, port } = await listenRaw(accept);
    const watched = connect({ url, sourceAddress: '127.0.0.1', sourcePort: port });
    watched.connection.terminate();
    await settled();
    expect(watched.events).toEqual([]);
  });

  test('cannot make up for an address that is not this machine’s', async () => {
    const { url } = await listenRaw(accept);
    const watched = connect({ url, sourceAddress: '192.0.2.1', sourcePort: await freePort() });
    expect(await watched.next()).toEqual({ type: 'failed', key: 'EADDRNOTAVAIL' });
  });
});
