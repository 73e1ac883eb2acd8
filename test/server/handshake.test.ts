import { Agent, get, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { connect, connectRaw, frame, handshake, withEachEngine } from './node-under-test.ts';

const BINARY = 0x82;
const CLOSE = 0x88;

withEachEngine((startNode) => {
  describe('pages and WebSockets share a port', () => {
    /** The status of a page, and the port of the connection on which it came. */
    const fetchOver = (agent: Agent, url: string) =>
      new Promise<[status: number | undefined, localPort: number | undefined]>((resolve, reject) => {
        const onResponse = (response: IncomingMessage) => {
          const { localPort } = response.socket;
          response.resume().on('end', () => resolve([response.statusCode, localPort]));
        };
        get(url.replace('ws:', 'http:'), { agent }, onResponse).on('error', reject);
      });

    it('and pages come over one connection, as long as it is kept alive', async () => {
      const node = await startNode();
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const { socket, next } = await connect(node.url);
      const paths = ['/health', '/metrics', '/nothing', '/rooms', '/metrics', '/health'];
      const answers: Awaited<ReturnType<typeof fetchOver>>[] = [];
      for (const path of paths) {
        answers.push(await fetchOver(agent, node.url + path));
        socket.send(path);
        expect(await next()).toBe(path);
      }
      agent.destroy();
      expect(answers.map(([status]) => status)).toEqual([200, 200, 404, 426, 200, 200]);
      expect(new Set(answers.map(([, port]) => port)).size).toBe(1);
    });

    it('and a page is sent whole to a client that has said all that it will', async () => {
      const node = await startNode();
      const { socket, untilClosed } = await connectRaw(node.port);
      socket.end('GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      const [head, page] = (await untilClosed).toString().split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1\.1 200 /);
      const namesOf = (text: string) => text.split('\n').filter((line) => line.startsWith('# TYPE'));
      const whole = await (await fetch(`http://127.0.0.1:${node.port}/metrics`)).text();
      expect(namesOf(page).length).toBeGreaterThan(5);
      expect(namesOf(page)).toEqual(namesOf(whole));
      expect(page.split('\n')).toHaveLength(whole.split('\n').length);
    });

    it('and a connection that asked for a page may become a WebSocket', async () => {
      const node = await startNode();
      const { socket, untilClosed } = await connectRaw(node.port);
      socket.write(`GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n${handshake('/')}`);
      socket.write(Buffer.concat([frame(BINARY, 'one'), frame(CLOSE, '')]));
      const received = (await untilClosed).toString('latin1');
      expect(received).toMatch(/^HTTP\/1\.1 200 /);
      expect(received).toContain('\nHTTP/1.1 101 ');
      expect(received.endsWith('\r\n\r\n\x82\x03one\x88\0')).toBe(true);
      expect(node.counts).toMatchObject({ opened: 1, received: 1, sent: 1 });
    });
  });

  describe('a handshake', () => {
    it.each([
      ['with its first messages behind it', [handshake('/').length + 12]],
      ['byte by byte', Array.from({ length: handshake('/').length }, (_, i) => i + 1)],
      ['in two halves', [100]],
    ])('may come %s', async (_case, cuts) => {
      const node = await startNode();
      const { socket, untilClosed } = await connectRaw(node.port);
      const frames = Buffer.concat([frame(BINARY, 'one'), frame(BINARY, 'two'), frame(CLOSE, '')]);
      const bytes = Buffer.concat([Buffer.from(handshake('/')), frames]);
      for (const [i, cut] of cuts.entries()) {
        const part = bytes.subarray(i === 0 ? 0 : cuts[i - 1], cut);
        await new Promise((resolve) => socket.write(part, resolve));
        await new Promise(setImmediate);
      }
      socket.write(bytes.subarray(cuts.at(-1)));
      const received = (await untilClosed).toString('latin1');
      expect(received).toMatch(/^HTTP\/1\.1 101 /);
      expect(received.endsWith('\r\n\r\n\x82\x03one\x82\x03two\x88\0')).toBe(true);
      expect(node.counts).toMatchObject({ opened: 1, received: 2, sent: 2 });
    });

    it('gets the first subprotocol that it offers, or none', async () => {
      const node = await startNode();
      const headOf = async (headers: string) => {
        const { socket, untilClosed } = await connectRaw(node.port);
        socket.write(handshake('/', headers));
        socket.write(frame(CLOSE, ''));
        return (await untilClosed).toString('latin1');
      };
      expect(await headOf('Sec-WebSocket-Protocol: b, a\r\n')).toMatch(/\r\nSec-WebSocket-Protocol: b\r\n/);
      expect(await headOf('')).not.toMatch(/Sec-WebSocket-Protocol/);
    });
  });
});
