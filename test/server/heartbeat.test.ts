/**
 * Heartbeats against clients that are there, and against such as are not, over real sockets.
 */

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { ListeningNode } from '../../src/server/listen.ts';
import { lintMetrics } from './metric-lint.ts';
import { connect, connectRaw, frame, handshake, until, withEachEngine } from './node-under-test.ts';

const HEARTBEAT_MS = 200;
/** The bound itself is tested without real time; here a busy machine may make all of it late. */
const SLACK_MS = 500;

const PING = Buffer.from([0x89, 0x00]);
const BINARY = 0x82;
const PONG = 0x8a;

/** A client that shakes hands, and then is not there any more: it reads nothing and answers nothing. */
async function connectHalfOpen(node: ListeningNode): Promise<{ goneAtMs: number }> {
  const { socket } = await connectRaw(node.port);
  socket.write(handshake('/'));
  await once(socket, 'data');
  socket.pause();
  return { goneAtMs: systemClock.nowMs() };
}

withEachEngine((startNode) => {
  describe('a node with heartbeats', () => {
    it('ends the connections of those that are gone, each once, and no others', async () => {
      const node = await startNode({ heartbeatMs: HEARTBEAT_MS });
      const living = await Promise.all(Array.from({ length: 10 }, () => connect(node.url)));
      await Promise.all(Array.from({ length: 7 }, () => connectHalfOpen(node)));
      await until(node, () => node.counts.heartbeat?.dead === 7);
      const { pings } = node.counts.heartbeat ?? { pings: 0 };
      // Another three rounds, in which nobody else is ended.
      await until(node, () => (node.counts.heartbeat?.pings ?? 0) >= pings + 30);
      expect(node.counts.heartbeat?.dead).toBe(7);
      expect(node.counts.closed.dead).toBe(7);
      expect(node.connections()).toBe(10);
      for (const { socket, next } of living) {
        socket.send('still here');
        expect(await next()).toBe('still here');
      }
    });

    it('notices one that is gone within two heartbeats', async () => {
      const heartbeatMs = 500;
      const node = await startNode({ heartbeatMs });
      for (let i = 0; i < 3; i++) {
        const { goneAtMs } = await connectHalfOpen(node);
        await until(node, () => node.connections() === 0);
        expect(systemClock.nowMs() - goneAtMs).toBeLessThan(2 * heartbeatMs + SLACK_MS);
      }
      expect(node.counts.heartbeat?.dead).toBe(3);
    });

    it('pings clients that answer, and counts each answer', async () => {
      const node = await startNode({ heartbeatMs: 50 });
      const { socket } = await connect(node.url);
      let heard = 0;
      socket.on('ping', () => heard++);
      await until(node, () => heard >= 5);
      await until(node, () => node.counts.heartbeat?.pongs === node.counts.heartbeat?.pings);
      expect(node.counts.heartbeat?.pings).toBe(heard);
      expect(node.counts).toMatchObject({ received: 0, sent: 0, closed: { dead: 0 } });
    });

    it('takes a message for a sign of life as well as a pong', async () => {
      const node = await startNode({ heartbeatMs: HEARTBEAT_MS });
      const { socket } = await connectRaw(node.port);
      socket.write(handshake('/'));
      await once(socket, 'data');
      const startMs = systemClock.nowMs();
      const talking = setInterval(() => socket.write(frame(BINARY, 'I never answer pings')), 50);
      await until(node, () => systemClock.nowMs() > startMs + 5 * HEARTBEAT_MS);
      clearInterval(talking);
      expect(node.counts.heartbeat).toMatchObject({ pongs: 0, dead: 0 });
      await until(node, () => node.counts.heartbeat?.dead === 1);
    });

    it('sends a ping without a payload, and takes a pong that nobody asked for, too', async () => {
      const node = await startNode({ heartbeatMs: 50 });
      const { socket } = await connectRaw(node.port);
      socket.write(Buffer.concat([Buffer.from(handshake('/')), frame(PONG, 'unasked')]));
      let received = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
      });
      await until(node, () => node.counts.heartbeat?.dead === 1);
      const frames = received.subarray(received.indexOf('\r\n\r\n') + 4);
      expect(frames).toEqual(PING);
      expect(node.counts.heartbeat).toEqual({ pings: 1, pongs: 1, dead: 1 });
    });

    it('leaves one alone to which it has said goodbye: that has another deadline', async () => {
      const node = await startNode({ heartbeatMs: 50, closeTimeoutMs: 300 });
      await connectHalfOpen(node);
      await node.part({ how: 'close', code: 1001, reason: '' });
      expect(node.counts.closed).toMatchObject({ '1006': 1, dead: 0 });
    });
  });

  it('a node without heartbeats pings nobody and ends nobody', async () => {
    const node = await startNode();
    const { socket } = await connectRaw(node.port);
    socket.write(handshake('/'));
    await until(node, () => node.connections() === 1);
    socket.write(frame(PONG, ''));
    expect(node.counts.heartbeat).toBe(null);
    const metrics = await fetch(`http://127.0.0.1:${node.port}/metrics`);
    expect(await metrics.text()).not.toContain('heartbeat');
  });

  it('/metrics tells of pings, pongs and the dead', async () => {
    const node = await startNode({ heartbeatMs: 50 });
    await connectHalfOpen(node);
    await until(node, () => node.connections() === 0 && node.counts.opened === 1);
    const text = await (await fetch(`http://127.0.0.1:${node.port}/metrics`)).text();
    expect(lintMetrics(text)).toEqual([]);
    expect(text).toMatch(/^websocket_heartbeat_pings_total(\{.*\})? 1$/m);
    expect(text).toMatch(/^websocket_heartbeat_pongs_total(\{.*\})? 0$/m);
    expect(text).toMatch(/^websocket_heartbeat_dead_total(\{.*\})? 1$/m);
    expect(text).toMatch(/^websocket_connections_closed_total\{.*code="dead".*\} 1$/m);
  });
});

describe('parting', () => {
  withEachEngine((startNode) => {
    it.each([1001, 1012])('says %i to all that are there, and stays', async (code) => {
      const node = await startNode();
      const clients = await Promise.all(Array.from({ length: 5 }, () => connect(node.url)));
      await node.part({ how: 'close', code, reason: 'because' });
      expect(node.connections()).toBe(0);
      for (const { closed } of clients) expect(await closed).toEqual({ code, reason: 'because' });
      expect(node.counts.closed[String(code) as '1001']).toBe(5);
      const { socket, next } = await connect(node.url);
      socket.send('again');
      expect(await next()).toBe('again');
    });

    it('resets all that are there, and stays', async () => {
      const node = await startNode();
      const clients = await Promise.all(Array.from({ length: 5 }, () => connect(node.url)));
      await node.part({ how: 'reset' });
      for (const { closed } of clients) expect((await closed).code).toBe(1006);
      expect(node.counts.closed['1006']).toBe(5);
      await connect(node.url);
    });

    it('is done at once where nobody is there', async () => {
      const node = await startNode();
      await node.part({ how: 'reset' });
      await node.part({ how: 'close', code: 1001, reason: '' });
    });

    it('does not wait for those that come meanwhile', async () => {
      const node = await startNode({ closeTimeoutMs: 100 });
      await connectHalfOpen(node);
      const parting = node.part({ how: 'close', code: 1001, reason: '' });
      const { socket } = await connect(node.url);
      await parting;
      expect(node.connections()).toBe(1);
      expect(socket.readyState).toBe(socket.OPEN);
    });
  });
});
