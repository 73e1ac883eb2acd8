import { describe, expect, it } from 'vitest';
import { connect, connectRaw, frame, handshake, until, withEachEngine } from './node-under-test.ts';

const BINARY = 0x82;
const CLOSE = 0x88;

/** The frame of a binary message as a server sends it. */
function unmasked(payload: Buffer): Buffer {
  const masked = frame(BINARY, payload);
  const start = masked.length - payload.length;
  return Buffer.concat([Buffer.from([BINARY, masked[1] & 0x7f]), masked.subarray(2, start - 4), payload]);
}

const page = (url: string, init?: RequestInit) => fetch(url.replace('ws:', 'http:'), init);

withEachEngine((startNode) => {
  describe('echo', () => {
    it.each(['', '/', '/echo', '/echo?token=x'])(
      'answers at "%s" with the same opcode and bytes',
      async (path) => {
        const node = await startNode();
        const { socket, next } = await connect(node.url + path);
        const messages = [
          '',
          'text',
          'üñï😀',
          Buffer.alloc(0),
          Buffer.from([0, 255, 1]),
          Buffer.alloc(65_536, 7),
        ];
        for (const message of messages) {
          socket.send(message);
          expect(await next()).toEqual(message);
        }
        expect(node.counts).toMatchObject({ received: 6, sent: 6, receivedBytes: 65_553, sentBytes: 65_553 });
      },
    );

    it('puts fragments together', async () => {
      const node = await startNode();
      const { socket, next } = await connect(node.url);
      socket.send('one ', { fin: false });
      socket.send('two', { fin: true });
      expect(await next()).toBe('one two');
    });

    it('comes back as it was where the peer reads late, whatever others are sent meanwhile', async () => {
      const node = await startNode({ maxBufferedBytes: 1000 });
      const { socket, untilClosed } = await connectRaw(node.port);
      socket.write(handshake('/'));
      socket.pause();
      const payloads = Array.from({ length: 4000 }, (_, i) => Buffer.alloc((i * 37) % 4000, i));
      socket.write(Buffer.concat([...payloads.map((payload) => frame(BINARY, payload)), frame(CLOSE, '')]));
      const other = await connect(node.url);
      let received = 0;
      // Once round without a message of the late one: then the system takes no more for it.
      while (node.counts.received > received) {
        received = node.counts.received + 1;
        other.socket.send('x'.repeat(4000));
        await other.next();
      }
      socket.resume();
      const all = await untilClosed;
      const expected = Buffer.concat([...payloads.map(unmasked), Buffer.from([CLOSE, 0])]);
      expect(all.subarray(all.indexOf('\r\n\r\n') + 4).equals(expected)).toBe(true);
    });

    it('does not compress, even if asked', async () => {
      const node = await startNode();
      const { socket } = await connect(node.url, { perMessageDeflate: true });
      expect(socket.extensions).toBe('');
    });
  });

  describe('rooms', () => {
    it('reach all members over real connections, and are forgotten with them', async () => {
      const node = await startNode();
      const ann = await connect(`${node.url}/rooms`);
      const bob = await connect(`${node.url}/rooms`);
      for (const { socket, next } of [ann, bob]) {
        socket.send('JOIN tea');
        expect(await next()).toBe('JOINED tea 0 7 0');
      }
      ann.socket.send(Buffer.from('PUB tea\n\xff', 'latin1'));
      bob.socket.send('PUB tea\nhello');
      for (const { next } of [ann, bob]) {
        const both = [await next(), await next()];
        expect(both).toContainEqual(expect.stringMatching(/^MSG tea [12] 7\nhello$/));
        expect(both.map(String).map((text) => text.slice(0, 9))).toEqual(['MSG tea 1', 'MSG tea 2']);
      }
      bob.socket.close(1000);
      await until(node, () => node.connections() === 1);
      const cat = await connect(`${node.url}/rooms`);
      cat.socket.send('JOIN tea 1');
      expect(await cat.next()).toBe('JOINED tea 1 7 2');
      expect(String(await cat.next())).toMatch(/^MSG tea 2 7\n/);
      expect(node.counts.closed['1000']).toBe(1);
    });
  });

  describe('pages', () => {
    it('tell the health', async () => {
      const node = await startNode();
      const response = await page(`${node.url}/health?verbose`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.json()).toMatchObject({
        server: 'node',
        status: 'ok',
        checks: {
          eventLoop: { ok: true },
          memory: { ok: true },
          descriptors: { ok: true },
          accepting: { ok: true },
        },
      });
    });

    it('tell the metrics', async () => {
      const node = await startNode();
      await connect(node.url);
      const response = await page(`${node.url}/metrics`);
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(await response.text()).toContain('\nwebsocket_connections_active{server="node"} 1\n');
      const again = await page(`${node.url}/metrics`);
      expect(await again.text()).toContain('\nwebsocket_connections_opened_total{server="node"} 1\n');
    });

    it.each([
      ['GET', '/nothing', 404],
      ['GET', '/__proto__', 404],
      ['GET', '/rooms', 426],
      ['GET', '/', 426],
      ['POST', '/health', 405],
      ['DELETE', '/metrics', 405],
    ])('answer %s %s with %i', async (method, path, status) => {
      const node = await startNode();
      expect((await page(node.url + path, { method })).status).toBe(status);
    });
  });

  describe('admission', () => {
    it.each(['/nothing', '/toString', '/health'])('refuses a WebSocket at %s', async (path) => {
      const node = await startNode();
      await expect(connect(node.url + path)).rejects.toThrow('404');
      expect(node.counts.rejected.path).toBe(1);
    });

    it('ends at the limit, and goes on when there is room again', async () => {
      const node = await startNode({ maxConnections: 1 });
      const first = await connect(node.url);
      await expect(connect(node.url)).rejects.toThrow('503');
      first.socket.close();
      await until(node, () => node.connections() === 0);
      await connect(node.url);
      expect(node.counts.rejected.limit).toBe(1);
      expect(node.counts.opened).toBe(2);
    });

    it('ends with draining, which leaves the connections alone and shows in the health', async () => {
      const node = await startNode();
      const { socket, next } = await connect(node.url);
      node.drain();
      await expect(connect(node.url)).rejects.toThrow('503');
      socket.send('still here');
      expect(await next()).toBe('still here');
      const health = await page(`${node.url}/health`);
      expect(health.status).toBe(503);
      expect(await health.json()).toMatchObject({
        status: 'failing',
        checks: { accepting: { ok: false, state: 'draining' } },
      });
      expect(node.counts.rejected.draining).toBe(1);
    });
  });

  describe('closing', () => {
    it('says goodbye to all and ends', async () => {
      const node = await startNode();
      const clients = await Promise.all([connect(node.url), connect(`${node.url}/rooms`)]);
      await node.close();
      for (const { closed } of clients)
        expect(await closed).toEqual({ code: 1001, reason: 'the server stops' });
      await expect(connect(node.url)).rejects.toThrow('ECONNREFUSED');
      expect(node.counts.closed['1001']).toBe(2);
      expect(node.connections()).toBe(0);
    });

    it('cuts those that do not answer', async () => {
      const node = await startNode({ closeTimeoutMs: 50 });
      const { socket } = await connect(node.url);
      socket.pause();
      await node.close();
      expect(node.connections()).toBe(0);
      expect(node.counts.closed['1006']).toBe(1);
    });
  });
});
