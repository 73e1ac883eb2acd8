import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { connect, connectRaw, frame, handshake, until, withEachEngine } from './node-under-test.ts';

const BINARY = 0x82;
const CLOSE = 0x88;

withEachEngine((startNode) => {
  describe('a node', () => {
    it.each([
      ['with a code and a reason', Buffer.from('\x0f\xa1why', 'latin1'), '4xxx'],
      ['without any', Buffer.alloc(0), '1005'],
    ])('answers a goodbye %s by the same', async (_case, payload, label) => {
      const node = await startNode({ closeTimeoutMs: 60_000 });
      const { socket, untilClosed } = await connectRaw(node.port);
      socket.write(handshake('/'));
      socket.write(Buffer.concat([frame(CLOSE, payload), frame(BINARY, 'too late')]));
      const received = await untilClosed;
      const answer = Buffer.concat([Buffer.from([CLOSE, payload.length]), payload]);
      expect(received.subarray(received.indexOf('\r\n\r\n') + 4)).toEqual(answer);
      await until(node, () => node.connections() === 0);
      expect(node.counts).toMatchObject({ received: 0, sent: 0, closed: { [label]: 1 } });
    });

    it('cuts a connection whose client says goodbye and does not hang up', async () => {
      const node = await startNode({ closeTimeoutMs: 50 });
      const { socket } = await connectRaw(node.port);
      socket.removeAllListeners('end');
      socket.write(handshake('/'));
      socket.write(frame(CLOSE, Buffer.from('03e8', 'hex')));
      await until(node, () => node.counts.opened === 1 && node.connections() === 0);
      expect(node.counts.closed['1000']).toBe(1);
    });

    it.each([
      ['hangs up', (socket: Socket) => socket.end()],
      ['breaks down', (socket: Socket) => socket.resetAndDestroy()],
    ])('counts a client that %s without a word', async (_case, leave) => {
      const node = await startNode();
      const { socket } = await connectRaw(node.port);
      socket.write(handshake('/rooms'));
      await until(node, () => node.connections() === 1);
      leave(socket);
      await until(node, () => node.connections() === 0);
      expect(node.counts.closed['1006']).toBe(1);
    });

    it('answers pings until then', async () => {
      const node = await startNode();
      const { socket } = await connect(node.url);
      for (const payload of ['', 'are you there?', 'x'.repeat(125)]) {
        const answer = once(socket, 'pong');
        socket.ping(payload);
        expect(String((await answer)[0])).toBe(payload);
      }
      expect(node.counts).toMatchObject({ received: 0, sent: 0 });
    });

    it('leaves nobody who has not said a word', async () => {
      const node = await startNode();
      const { untilClosed } = await connectRaw(node.port);
      const asking = await connectRaw(node.port);
      asking.socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n');
      await once(asking.socket, 'data');
      await node.close();
      expect(await untilClosed).toHaveLength(0);
      await asking.untilClosed;
    });
  });
});
