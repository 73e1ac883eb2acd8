/**
 * What each transport keeps of the contract in `transport.ts`: messages, and how connections end.
 */

import { describe, expect, test, vi } from 'vitest';
import { accept, closeFrame, frame, freePort, type Peer } from '../support/raw-server.ts';
import { SUBJECTS } from '../support/subjects.ts';
import { createHarness } from '../support/watched.ts';

/** What a client's frame of up to 125 bytes carries. */
function unmasked(bytes: Buffer): Buffer {
  const mask = bytes.subarray(2, 6);
  return Buffer.from(bytes.subarray(6).map((byte, i) => byte ^ mask[i % 4]));
}
describe.each(SUBJECTS)('$name', ({ transport, certificate }) => {
  const { listen, connect, opened, settled } = createHarness(transport, certificate);

  describe('messages', () => {
    test('that are received come whole, with their kind, even in the packet of the handshake', async () => {
      const { url } = await listen((peer) => {
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

    test('come, and then the end, when all of it is in the packet of the handshake', async () => {
      const { url } = await listen((peer) => {
        peer.socket.cork();
        accept(peer);
        peer.socket.end(Buffer.concat([frame(0x81, 'hello'), closeFrame(1001, 'bye'), frame(0x81, 'late')]));
        peer.socket.uncork();
      });
      const watched = connect({ url });
      for (let i = 0; i < 3; i++) await watched.next();
      await settled();
      expect(watched.events).toEqual([
        { type: 'opened' },
        { type: 'message', payload: 'hello', binary: false },
        { type: 'closed', code: 1001, reason: 'bye' },
      ]);
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
        expect(unmasked(bytes).toString()).toBe('hello');
      }
    });

    test('a ping asks, and the answer is no message but bytes that were read', async () => {
      const { watched, peer } = await opened();
      const before = watched.connection.bytesRead();
      expect(before).toBeGreaterThan(0);
      const heard = peer.heard();
      watched.connection.ping();
      expect([...(await heard).subarray(0, 2)]).toEqual([0x89, 0x80]);
      peer.socket.write(frame(0x8a, ''));
      await vi.waitFor(() => expect(watched.connection.bytesRead()).toBe(before + 2));
      await settled();
      expect(watched.events).toEqual([{ type: 'opened' }]);
    });

    test('a payload that is patched again after it was sent was sent as it was then', async () => {
      const { watched, peer } = await opened();
      const payload = Buffer.from('first');
      const bytes = peer.heard();
      watched.connection.send(payload, true);
      payload.write('later');
      expect(unmasked((await bytes).subarray(0, 11)).toString()).toBe('first');
    });

    test('of a server that pings are still only messages, and it is answered', async () => {
      const { watched, peer } = await opened();
      const pong = peer.heard();
      peer.socket.write(Buffer.concat([frame(0x89, 'are you there?'), frame(0x81, 'hello')]));
      expect(await watched.next()).toEqual({ type: 'message', payload: 'hello', binary: false });
      const bytes = await pong;
      expect(bytes[0]).toBe(0x8a);
      expect(unmasked(bytes).toString()).toBe('are you there?');
    });

    test('that the system does not take are buffered, and tell how much waits', async () => {
      const { watched, peer } = await opened();
      peer.socket.pause();
      expect(watched.connection.bufferedBytes()).toBe(0);
      for (let i = 0; i < 16; i++) watched.connection.send(Buffer.alloc(2 ** 20), true);
      expect(watched.connection.bufferedBytes()).toBeGreaterThan(2 ** 20);
    });
  });

  describe('a pause', () => {
    test('leaves what comes unread, until the client reads on; then it has lost nothing', async () => {
      const { watched, peer } = await opened();
      const before = watched.events.length;
      watched.connection.pause();
      // Messages of 20 MB in all: more than what two sockets hold, so that the server is the one that has to wait.
      const payload = Buffer.alloc(60_000, 'x');
      const message = Buffer.concat([
        Buffer.of(0x82, 126, payload.length >> 8, payload.length & 255),
        payload,
      ]);
      const count = 350;
      for (let i = 0; i < count; i++) peer.socket.write(message);
      // What comes back shows that time has passed, and that sending goes on.
      const heard = peer.heard();
      watched.connection.send(Buffer.from('hello'), true);
      await heard;
      expect(peer.socket.writableLength).toBeGreaterThan(0);
      // A read that was under way may still end.
      expect(watched.events.length - before).toBeLessThan(count / 2);
      watched.connection.resume();
      const all = [];
      while (all.length < count) all.push(await watched.next());
      expect(all.every((event) => event.type === 'message')).toBe(true);
    });
  });

  describe('an end by the server', () => {
    const end = async (act: (peer: Peer) => void) => {
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
      ['the end of the connection, within a frame', goodbye(frame(0x81, 'cut').subarray(0, 4)), 1006, ''],
      ['a reset', (peer) => peer.reset(), 1006, ''],
      [
        'a reset within a frame',
        (peer) => peer.socket.write(frame(0x81, 'cut').subarray(0, 4), () => peer.reset()),
        1006,
        '',
      ],
      [
        'a reason with a control character, which is passed on as it is',
        goodbye(closeFrame(1000, 'a\u0000b')),
        1000,
        'a\u0000b',
      ],
    ])('by %s is $2', async ([, act, code, reason]) => {
      expect(await end(act)).toEqual({ type: 'closed', code, reason });
    });

    test('with a close frame is answered with the same code', async () => {
      const { peer } = await opened();
      peer.socket.write(closeFrame(4001, 'kicked'));
      const answer = await peer.heard();
      expect(answer[0]).toBe(0x88);
      expect(unmasked(answer).readUInt16BE(0)).toBe(4001);
    });

    test.for<[string, Buffer, number]>([
      ['a masked frame', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61]), 1002],
      ['a reserved opcode', frame(0x83, 'x'), 1002],
      ['a reserved bit', frame(0xc1, 'x'), 1002],
      ['a code that may not be sent', closeFrame(1006, ''), 1002],
      ['a message that is too large, of 17 MB', Buffer.from([0x82, 127, 0, 0, 0, 0, 0x01, 0x10, 0, 0]), 1009],
      ['a ping in two parts', frame(0x09, 'x'), 1002],
    ])(
      'by breaking the protocol with %s is 1006, it hears $2, and no error is thrown',
      async ([, bytes, code]) => {
        const { watched, peer } = await opened();
        peer.socket.write(bytes);
        const gone = watched.next();
        expect(unmasked(await peer.heard()).readUInt16BE(0)).toBe(code);
        peer.socket.end();
        expect(await gone).toEqual({ type: 'closed', code: 1006, reason: '' });
        expect(watched.events).toHaveLength(2);
      },
    );

    test('is reported once', async () => {
      const { watched, peer } = await opened();
      peer.socket.write(closeFrame(1001, 'bye'));
      peer.socket.end(closeFrame(1002, 'bye again'));
      await watched.next();
      await settled();
      expect(watched.events.map(({ type }) => type)).toEqual(['opened', 'closed']);
    });
  });

  describe('an end by us', () => {
    test('with a goodbye of ours reports what still comes before the server’s own, and then the end', async () => {
      const { watched, peer } = await opened();
      const heard = peer.heard();
      watched.connection.part(1000);
      expect(unmasked(await heard).readUInt16BE(0)).toBe(1000);
      peer.socket.write(Buffer.concat([frame(0x81, 'still'), frame(0x82, 'on its way')]));
      peer.socket.end(closeFrame(1000, ''));

      const events = [await watched.next(), await watched.next(), await watched.next()];
      expect(events).toEqual([
        { type: 'message', payload: 'still', binary: false },
        { type: 'message', payload: 'on its way', binary: true },
        { type: 'closed', code: 1000, reason: '' },
      ]);
    });

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
      expect(bytes[0]).toBe(0x88);
      expect(unmasked(bytes).readUInt16BE(0)).toBe(1000);
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
        const { url } = await listen(asked);
        const watched = connect({ url });
        const peer = await asking;
        watched.connection[how](1000);
        await peer.gone;
        await settled();
        expect(watched.events).toEqual([]);
      },
    );

    test.for(['terminate', 'leave'] as const)(
      'by %s within the report of the opening is the end of the reports, whatever came with it',
      async (how) => {
        const { url } = await listen((peer) => {
          peer.socket.cork();
          accept(peer);
          peer.socket.end(Buffer.concat([frame(0x81, 'hello'), closeFrame(1001, 'bye')]));
          peer.socket.uncork();
        });
        const watched = connect({ url }, (_, connection) => connection[how](1000));
        await watched.next();
        await settled();
        expect(watched.events).toEqual([{ type: 'opened' }]);
      },
    );

    test.for(['terminate', 'leave'] as const)(
      'by %s within the report of a message is the end of the reports, whatever was read with it',
      async (how) => {
        const { url } = await listen((peer) => {
          peer.socket.cork();
          accept(peer);
          peer.socket.end(
            Buffer.concat([frame(0x81, 'first'), frame(0x81, 'second'), closeFrame(1001, 'bye')]),
          );
          peer.socket.uncork();
        });
        const watched = connect({ url }, ({ type }, connection) => {
          if (type === 'message') connection[how](1000);
        });
        await watched.next();
        expect(await watched.next()).toMatchObject({ payload: 'first' });
        await settled();
        expect(watched.events).toHaveLength(2);
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
});
