/**
 * Clients that mean harm or know no better. Each test ends with the proof that the node still serves.
 */

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { ListeningNode } from '../../src/server/listen.ts';
import { connect, connectRaw, frame, handshake, until, withEachEngine } from './node-under-test.ts';

async function expectServing(node: ListeningNode): Promise<void> {
  const { socket, next } = await connect(node.url);
  socket.send('alive?');
  expect(await next()).toBe('alive?');
}

const TEXT = 0x81;
const BINARY = 0x82;
const CLOSE = 0x88;
const PING = 0x89;

/** The close code that a server's answer ends with, after the head of its handshake. */
function closeCodeIn(received: Buffer): number {
  const at = received.indexOf(Buffer.from([CLOSE]), received.indexOf('\r\n\r\n'));
  return received.readUInt16BE(at + 2);
}

withEachEngine((startNode) => {
  describe('frames', () => {
    it.each<[string, Buffer, number]>([
      ['a message longer than allowed', frame(BINARY, Buffer.alloc(1025)), 1009],
      ['a length of 2^63 - 1', Buffer.from('82ff7fffffffffffffff00000000', 'hex'), 1009],
      ['a length of 2^53 - 1', Buffer.from('82ff001fffffffffffff00000000', 'hex'), 1009],
      [
        'fragments that are too long together',
        Buffer.concat(Array(3).fill(frame(0x02, Buffer.alloc(600)))),
        1002,
      ],
      [
        'a fragment that makes the message too long',
        Buffer.concat([frame(0x02, Buffer.alloc(600)), frame(0x80, Buffer.alloc(600))]),
        1009,
      ],
      ['text that is no UTF-8', frame(TEXT, Buffer.from([0xc3, 0x28])), 1007],
      ['a close reason that is no UTF-8', frame(CLOSE, Buffer.from([0x03, 0xe8, 0xff])), 1007],
      ['a close code that must not be sent', frame(CLOSE, Buffer.from([0x03, 0xed])), 1002],
      ['a reserved opcode', frame(0x83, 'x'), 1002],
      ['a reserved bit', frame(0xc1, 'x'), 1002],
      ['a frame without a mask', Buffer.from('8101ff', 'hex'), 1002],
      ['a ping that is too long', frame(PING, Buffer.alloc(126)), 1002],
      ['a continuation of nothing', frame(0x80, 'x'), 1002],
      ['bytes without sense', Buffer.alloc(200, 0xff), 1002],
    ])('%s', async (_case, bytes, code) => {
      const node = await startNode({ maxPayloadBytes: 1024, closeTimeoutMs: 60_000 });
      const { socket, untilClosed } = await connectRaw(node.port);
      socket.write(handshake('/'));
      socket.write(bytes);
      expect(closeCodeIn(await untilClosed)).toBe(code);
      await expectServing(node);
      await node.close();
      expect(node.counts.closed).toMatchObject({ [code]: 1 });
    });

    it('a reset in the middle of a message', async () => {
      const node = await startNode();
      const { socket } = await connectRaw(node.port);
      socket.write(handshake('/rooms'));
      await once(socket, 'data');
      socket.write(frame(BINARY, Buffer.alloc(1000)).subarray(0, 500));
      socket.resetAndDestroy();
      await expectServing(node);
      await node.close();
      expect(node.counts.closed['1006']).toBe(1);
    });

    it('rooms that are asked for without sense', async () => {
      const node = await startNode();
      const { socket, next, closed } = await connect(`${node.url}/rooms`);
      for (let i = 0; i < 20; i++) socket.send(`JOIN ${' '.repeat(i)}`);
      for (let i = 0; i < 10; i++) expect(await next()).toMatch(/^ERR bad-room /);
      expect(await closed).toEqual({ code: 1008, reason: 'too many bad requests' });
      await expectServing(node);
      await node.close();
      expect(node.counts.closed['1008']).toBe(1);
    });
  });

  describe('requests', () => {
    it.each([
      ['that are no HTTP', 'GARBAGE\r\n\r\n', 400, 'malformed'],
      ['in TLS', '\x16\x03\x01\x02\x00\x01\x00', 400, 'malformed'],
      [
        'with a head that is too long',
        `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
        431,
        'malformed',
      ],
      [
        'to upgrade to something else',
        'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
        400,
        'handshake',
      ],
      ['for a WebSocket by POST', handshake('/').replace('GET', 'POST'), 405, 'handshake'],
      [
        'for a WebSocket without a key',
        handshake('/').replace(/Sec-WebSocket-Key.*\r\n/, ''),
        400,
        'handshake',
      ],
      [
        'for a WebSocket of another version',
        handshake('/').replace('Version: 13', 'Version: 99'),
        // Section 4.4 of RFC 6455 wants 426; `ws` says 400.
        '4(26|00)',
        'handshake',
      ],
      ['for a path that is none', handshake('/../../etc/passwd'), 404, 'path'],
    ])('%s', async (_case, text, status, reason) => {
      const node = await startNode();
      const { socket, untilClosed } = await connectRaw(node.port);
      socket.write(text, 'latin1');
      expect((await untilClosed).toString('latin1')).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(node.counts.rejected).toMatchObject({ [reason]: 1 });
      await expectServing(node);
    });

    it.each([
      ['that never begin', ''],
      ['that never end', 'GET / HTTP/1.1\r\nHost: localhost\r\n'],
    ])('%s', async (_case, text) => {
      const node = await startNode({ handshakeTimeoutMs: 100 });
      const { socket, untilClosed } = await connectRaw(node.port);
      socket.write(text);
      expect((await untilClosed).toString()).toMatch(/^HTTP\/1.1 408 /);
      expect(node.counts.rejected.timeout).toBe(1);
      await expectServing(node);
    });

    it('that are late are those of connections that are still there and have not said anything', async () => {
      const node = await startNode({ handshakeTimeoutMs: 50 });
      const early = await connect(node.url);
      const gone = await connectRaw(node.port);
      gone.socket.destroy();
      const silent = await connectRaw(node.port);
      await silent.untilClosed;
      early.socket.send('still here');
      expect(await early.next()).toBe('still here');
      expect(node.counts.rejected.timeout).toBe(1);
    });

    it('that come in one piece, a handshake behind others', async () => {
      const node = await startNode();
      const { socket, untilClosed } = await connectRaw(node.port);
      const pages = ['/health', '/metrics', '/nothing'].map(
        (path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      );
      socket.write(pages.join('').repeat(50) + handshake('/'));
      socket.write(frame(CLOSE, ''));
      await untilClosed;
      await expectServing(node);
    });

    it('that are refused to a client that resets', async () => {
      const node = await startNode();
      for (let i = 0; i < 20; i++) {
        const { socket } = await connectRaw(node.port);
        socket.write(handshake('/nothing'));
        socket.resetAndDestroy();
      }
      await expectServing(node);
    });
  });

  describe('a client that does not read', () => {
    it('is not read from either, until it does: what is held for it is bounded, and nothing is lost', async () => {
      const node = await startNode({ maxBufferedBytes: 100_000 });
      const { socket } = await connectRaw(node.port);
      socket.write(handshake('/echo'));
      await once(socket, 'data');
      socket.pause();
      const message = frame(BINARY, Buffer.alloc(10_000));
      const count = 3_000;
      for (let i = 0; i < count; i++) socket.write(message);
      // A connection beside it shows that time has passed in the node, and what it holds by now.
      let held = '';
      for (let i = 0; i < 20; i++) {
        await expectServing(node);
        const metrics = await fetch(`http://127.0.0.1:${node.port}/metrics`);
        held = /^websocket_send_buffer_bytes\S* (\d+)$/m.exec(await metrics.text())?.[1] ?? '';
      }
      expect(node.counts.received).toBeLessThan(count);
      expect(Number(held)).toBeGreaterThan(0);
      expect(Number(held)).toBeLessThan(100_000 + 2 * 10_004);

      let bytes = 0;
      const expected = count * (10_000 + 4);
      const all = new Promise<void>((resolve) => {
        socket.on('data', (chunk) => {
          bytes += chunk.length;
          if (bytes === expected) resolve();
        });
      });
      socket.resume();
      await all;
      expect(node.counts.sent - 20).toBe(count);
    });

    it('cannot have a room replayed to it again and again', async () => {
      const node = await startNode({ maxBufferedBytes: 100_000 });
      const publisher = await connect(`${node.url}/rooms`);
      publisher.socket.send('JOIN tea');
      for (let i = 0; i < 100; i++) publisher.socket.send(`PUB tea\n${'x'.repeat(30_000)}`);
      for (let i = 0; i < 101; i++) await publisher.next();
      const { socket } = await connectRaw(node.port);
      socket.write(handshake('/rooms'));
      await once(socket, 'data');
      socket.pause();
      socket.write(Buffer.concat(Array(4_000).fill(frame(TEXT, 'JOIN tea 0'))));
      await until(node, () => node.counts.received > 101);
      await expectServing(node);
      expect(node.counts.sent).toBeLessThan(101 + 20 * 101);
      socket.destroy();
      await expectServing(node);
      expect(node.counts.sent).toBeLessThan(101 + 20 * 101);
    });

    it('is sent all that it asked for when it reads again, however often that fills it', async () => {
      const node = await startNode({ maxBufferedBytes: 100_000 });
      const publisher = await connect(`${node.url}/rooms`);
      for (let i = 0; i < 100; i++) publisher.socket.send(`PUB tea\n${'x'.repeat(30_000)}`);
      await until(node, () => node.counts.rooms.published === 100);
      const { socket, untilClosed } = await connectRaw(node.port);
      socket.write(handshake('/rooms'));
      socket.pause();
      const joins = Array.from({ length: 8 }, () => frame(TEXT, 'JOIN tea 0'));
      socket.write(Buffer.concat([...joins, frame(TEXT, 'JOIN end'), frame(TEXT, 'nonsense')]));
      await until(node, () => node.counts.received > 100);
      expect(node.counts.received).toBeLessThan(109);
      socket.resume();
      await until(node, () => node.counts.received === 110);
      socket.end(frame(CLOSE, ''));
      const text = (await untilClosed).toString('latin1');
      expect(text.match(/JOINED tea 0/g)).toHaveLength(8);
      expect(text.match(/MSG tea \d+/g)).toHaveLength(800);
      expect(text).toMatch(/JOINED end .*ERR bad-request/);
    });
  });
});
