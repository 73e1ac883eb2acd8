import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { clientAddress } from '../../../src/model/places.ts';
import { connect, until, withEachEngine } from '../node-under-test.ts';

const RTT_MS = 200;
/** What the test's own process may add. */
const SLACK_MS = 150;

const region = {
  ...{ name: 'here', index: 0, names: ['here', 'there'], seed: 1 },
  wan: {
    rttMs: [
      [0, RTT_MS],
      [RTT_MS, 0],
    ],
    jitterRatio: 0,
    lossRatio: 0,
  },
};
const NEAR = { localAddress: clientAddress(0, 0, 0) };
const FAR = { localAddress: clientAddress(1, 1, 0) };

async function timed<T>(task: () => Promise<T>): Promise<{ result: T; tookMs: number }> {
  const startMs = systemClock.nowMs();
  const result = await task();
  return { result, tookMs: systemClock.nowMs() - startMs };
}

describe.runIf(process.platform === 'linux')('a node in a region', () => {
  withEachEngine((start) => {
    test('is two round trips away from a far client when it connects, and one for each answer', async () => {
      const node = await start({ region });
      const { result: client, tookMs } = await timed(() => connect(node.url, FAR));
      expect(tookMs).toBeGreaterThanOrEqual(2 * RTT_MS);
      expect(tookMs).toBeLessThan(2 * RTT_MS + SLACK_MS);
      client.socket.send('hello');
      const echo = await timed(client.next);
      expect(echo.result).toBe('hello');
      expect(echo.tookMs).toBeGreaterThanOrEqual(RTT_MS - 1);
      expect(echo.tookMs).toBeLessThan(RTT_MS + SLACK_MS);
    });

    test('is next to a near one, and to one of whom nobody knows where it is', async () => {
      const node = await start({ region });
      for (const from of [NEAR, {}]) {
        const { result: client, tookMs } = await timed(() => connect(node.url, from));
        client.socket.send('hello');
        const echo = await timed(client.next);
        expect(tookMs).toBeLessThan(SLACK_MS);
        expect(echo.tookMs).toBeLessThan(SLACK_MS);
      }
    });

    test('keeps the order of a burst, and of what came before the end of the connection', async () => {
      const node = await start({ region });
      const { socket, next, closed } = await connect(node.url, FAR);
      for (let i = 0; i < 100; i++) socket.send(String(i));
      const heard: unknown[] = [];
      for (let i = 0; i < 100; i++) heard.push(await next());
      expect(heard).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
      socket.send('too late for an answer');
      socket.close();
      await closed;
      await until(node, () => node.counts.received === 101);
    });

    test('has rooms for near and far members, each in its time', async () => {
      const node = await start({ region });
      const [near, far] = [await connect(`${node.url}/rooms`, NEAR), await connect(`${node.url}/rooms`, FAR)];
      for (const { socket, next } of [near, far]) {
        socket.send('JOIN a');
        expect(await next()).toMatch(/^JOINED a 0 /);
      }
      const sentMs = systemClock.nowMs();
      near.socket.send('PUB a\nhello');
      expect(await near.next()).toMatch(/^MSG a 1 .*\nhello$/s);
      expect(systemClock.nowMs() - sentMs).toBeLessThan(RTT_MS / 2);
      expect(await far.next()).toMatch(/^MSG a 1 .*\nhello$/s);
      expect(systemClock.nowMs() - sentMs).toBeGreaterThanOrEqual(RTT_MS / 2 - 1);
    });

    test('ends a far client that sends more than the network holds', async () => {
      const node = await start({ region });
      const { socket, closed } = await connect(node.url, FAR);
      const most = Buffer.alloc(60 * 1024);
      for (let i = 0; i < 100; i++) socket.send(most);
      expect((await closed).code).toBe(1008);
    });

    test('says at its pages which region and which server it is', async () => {
      const node = await start({ region, role: 'here/node-0' });
      const health = await fetch(`http://127.0.0.1:${node.port}/health`);
      expect(await health.json()).toMatchObject({ status: 'ok', server: 'here/node-0', region: 'here' });
      const metrics = await fetch(`http://127.0.0.1:${node.port}/metrics`);
      expect(await metrics.text()).toContain(
        '\nwebsocket_connections_active{server="here/node-0",region="here"} 0\n',
      );
    });
  });
});
