/**
 * What each transport keeps of the contract in `transport.ts`: how connections are made.
 */

import type { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { createCertificate } from '../support/certificate.ts';
import { accept, freePort, listenRaw, type Peer } from '../support/raw-server.ts';
import { CONTRACTORS, certificate, SUBJECTS } from '../support/subjects.ts';
import { createHarness } from '../support/watched.ts';

const status = (line: string) => (peer: Peer) =>
  peer.socket.end(`HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`);

describe.each(SUBJECTS)('$name', ({ transport, certificate }) => {
  const { listen, connect, firstReport, settled } = createHarness(transport, certificate);
  const isTls = certificate !== null;

  describe('a handshake that fails', () => {
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
      ['a reset', (peer) => peer.reset(), 'ECONNRESET'],
      ['a head without an end', sendEndlessHead, 'BAD_HANDSHAKE'],
    ])('with %s has the key $2', async ([, onRequest, key]) => {
      expect(await firstReport(onRequest)).toEqual({ type: 'failed', key });
    });

    test('because nobody listens has the errno', async () => {
      const watched = connect({ url: `${isTls ? 'wss' : 'ws'}://127.0.0.1:${await freePort()}` });
      expect(await watched.next()).toEqual({ type: 'failed', key: 'ECONNREFUSED' });
    });

    test('because nobody listens at any address of a name has the errno', async () => {
      const watched = connect({ url: `${isTls ? 'wss' : 'ws'}://localhost:${await freePort()}` });
      expect(await watched.next()).toEqual({ type: 'failed', key: 'ECONNREFUSED' });
    });

    test('because no subprotocol was chosen although one was asked for', async () => {
      expect(await firstReport(accept, { subprotocol: 'chat' })).toEqual({
        type: 'failed',
        key: 'BAD_HANDSHAKE',
      });
    });

    test('reports that once, and nothing else', async () => {
      for (const onRequest of [status('503 Service Unavailable'), (peer: Peer) => peer.reset()]) {
        const { url } = await listen(onRequest);
        const watched = connect({ url });
        await watched.next();
        await settled();
        expect(watched.events).toHaveLength(1);
      }
    });

    test('may be tried again from within the report', async () => {
      let answer: (peer: Peer) => void = (peer) => peer.reset();
      const { url } = await listen((peer) => answer(peer));
      const again = new Promise((resolve) => {
        connect({ url }, () => {
          answer = accept;
          resolve(connect({ url }).next());
        });
      });
      expect(await again).toEqual({ type: 'opened' });
    });
  });

  describe('the request', () => {
    test('has the headers, the subprotocol, the path and the query that were asked for, and no compression', async () => {
      let request = '';
      const { url } = await listen((peer) => {
        request = peer.request;
        accept(peer, { 'Sec-WebSocket-Protocol': 'chat.v2' });
      });
      const watched = connect({
        url: `${url}/path?room=1`,
        headers: { Authorization: 'Bearer t0ken', Origin: 'https://app', host: 'shop.example' },
        subprotocol: 'chat.v2',
      });
      expect(await watched.next()).toEqual({ type: 'opened' });
      expect(request).toMatch(/^GET \/path\?room=1 HTTP\/1\.1\r\n/);
      expect(request).toMatch(/^Authorization: Bearer t0ken\r$/m);
      expect(request).toMatch(/^Origin: https:\/\/app\r$/m);
      expect(request).toMatch(/^Sec-WebSocket-Protocol: chat\.v2\r$/m);
      expect(request).toMatch(/^Sec-WebSocket-Version: 13\r$/m);
      expect(request.match(/^host: .*/gim)).toEqual(['host: shop.example']);
      expect(request).not.toMatch(/permessage-deflate/i);
    });

    test('has the credentials of the URL', async () => {
      let request = '';
      const { url } = await listen((peer) => {
        request = peer.request;
        accept(peer);
      });
      await connect({ url: url.replace('//', '//me:s%3Acret@') }).next();
      const credentials = Buffer.from('me:s:cret').toString('base64');
      expect(request).toMatch(new RegExp(`^Authorization: Basic ${credentials}\r$`, 'm'));
    });

    test('has another key each time', async () => {
      const keys: string[] = [];
      const { url } = await listen((peer) => {
        keys.push(/^Sec-WebSocket-Key: (.*)\r$/m.exec(peer.request)?.[1] ?? '');
        accept(peer);
      });
      for (let i = 0; i < 3; i++) await connect({ url }).next();
      expect(keys.map((key) => Buffer.from(key, 'base64').length)).toEqual([16, 16, 16]);
      expect(new Set(keys).size).toBe(3);
    });

    test.runIf(process.platform === 'linux')('comes from the address that was asked for', async () => {
      let from: string | undefined;
      const { url } = await listen((peer) => {
        from = peer.socket.remoteAddress;
        accept(peer);
      });
      expect(await connect({ url, sourceAddress: '127.1.0.7' }).next()).toEqual({ type: 'opened' });
      expect(from).toBe('127.1.0.7');
    });

    test('goes to a host that has a name', async () => {
      const { url } = await listen(accept);
      const watched = connect({ url: url.replace('127.0.0.1', 'localhost') });
      expect(await watched.next()).toEqual({ type: 'opened' });
    });

    test('to an address that is none, or with a header of two lines, is an error', async () => {
      expect(() => connect({ url: 'no address' })).toThrow(/Invalid URL/);
      expect(() => connect({ url: 'ftp://host' })).toThrow(/ws:/);
      expect(() => connect({ url: 'ws://host/#fragment' })).toThrow(/fragment/);
      expect(() => connect({ url: 'ws://host', headers: { 'X-A': 'a\r\nX-B: b' } })).toThrow(/X-A/);
    });
  });

  describe('an answer', () => {
    test('that comes byte by byte is an answer', async () => {
      expect(await firstReport((peer) => accept(sendingSingleBytes(peer)))).toEqual({ type: 'opened' });
    });

    test('may be preceded by hints', async () => {
      const event = await firstReport((peer) => {
        peer.socket.write('HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n');
        accept(peer);
      });
      expect(event).toEqual({ type: 'opened' });
    });
  });
});

describe.each(CONTRACTORS)('$name, given a certificate', ({ transport }) => {
  const { listen, connect } = createHarness(transport, certificate);

  test('that nobody vouches for, fails with a key that tells so', async () => {
    const { url } = await listen(accept);
    expect(await connect({ url, ca: null }).next()).toEqual({
      type: 'failed',
      key: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
  });

  test('that nobody vouches for, opens if any will do', async () => {
    const { url } = await listen(accept);
    expect(await connect({ url, ca: null, insecure: true }).next()).toEqual({ type: 'opened' });
  });

  test('of another name, fails with a key that tells so', async () => {
    const other = createCertificate('DNS:other.example');
    const { url } = await listenRaw(accept, other);
    expect(await connect({ url, ca: other.cert }).next()).toEqual({
      type: 'failed',
      key: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  test('has asked for it by the host’s name, but not by its address', async () => {
    const names: unknown[] = [];
    const { url } = await listen((peer) => {
      names.push((peer.socket as TLSSocket).servername);
      accept(peer);
    });
    await connect({ url: url.replace('127.0.0.1', 'localhost') }).next();
    await connect({ url }).next();
    expect(names).toEqual(['localhost', false]);
  });

  test.for(['HTTP/1.1 400 Bad Request\r\n\r\n', 'SSH-2.0-OpenSSH_9.6\r\n', '\u0000\u0001garbage'])(
    'or rather %j, fails with a key that tells so',
    async (answer) => {
      const { port } = await listenRaw((peer) => peer.socket.end(answer));
      expect(await connect({ url: `wss://127.0.0.1:${port}` }).next()).toEqual({
        type: 'failed',
        key: 'EPROTO',
      });
    },
  );
});

/** A response that goes on for as long as somebody listens. */
function sendEndlessHead({ socket }: Peer): void {
  socket.write('HTTP/1.1 101 Switching Protocols\r\n');
  const more = () => {
    if (!socket.writable) return;
    socket.write(`X-More: ${'a'.repeat(1000)}\r\n`, more);
  };
  more();
}

/** The peer, with every byte in a packet of its own. */
function sendingSingleBytes(peer: Peer): Peer {
  const socket = Object.create(peer.socket, {
    write: {
      value(text: string) {
        peer.socket.setNoDelay(true);
        const [first, ...rest] = text;
        const send = (byte: string) =>
          peer.socket.write(byte, () => {
            const next = rest.shift();
            if (next !== undefined) setImmediate(send, next);
          });
        send(first);
      },
    },
  });
  return { ...peer, socket };
}
