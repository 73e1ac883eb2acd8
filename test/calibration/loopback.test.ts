import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../dist/base/clock.js';
import { openLoopback } from '../../dist/calibration/loopback.js';
import { readLimits } from '../../src/base/limits.ts';
import { createEchoServer } from '../../src/calibration/echo.ts';
import { quantileMs, totalCount } from '../../src/stats/histogram.ts';
import { rawTransport } from '../../src/transport/raw.ts';
import { createHarness } from '../support/watched.ts';

describe('the loopback', () => {
  test('connects all, sends at the asked rate, and has all of it back, one load after another', async () => {
    const loopback = await openLoopback({ clock: systemClock, limits: readLimits(), mostMessagesPerS: 1000 });
    onTestFinished(() => loopback.close());
    expect(await loopback.connectAll()).toBeGreaterThan(0);
    for (const [load, least, most] of [
      [1000, 600, 1400],
      [200, 60, 340],
    ]) {
      const { messagesPerS, answeredRatio, lateness, service } = await loopback.attempt(load, 400);
      expect(messagesPerS).toBeGreaterThan(least);
      expect(messagesPerS).toBeLessThan(most);
      expect(answeredRatio).toBe(1);
      expect(totalCount(service)).toBe(totalCount(lateness));
      expect(quantileMs(service, 0.5)).toBeGreaterThan(0);
    }
  });
});

describe('the echo server', () => {
  async function listen() {
    const server = createEchoServer();
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  }

  test.for([
    ['text', 'grüße', false],
    ['binary', 'x'.repeat(70), true],
    ['a long message', 'y'.repeat(5000), false],
  ] as const)('sends %s back as it came', async ([, payload, binary]) => {
    const { connect: open } = createHarness(rawTransport);
    const { connection, next } = open({ url: `ws://127.0.0.1:${await listen()}/` });
    expect(await next()).toEqual({ type: 'opened' });
    connection.send(Buffer.from(payload), binary);
    const back = Buffer.from(payload).toString('latin1');
    expect(await next()).toEqual({ type: 'message', payload: back, binary });
  });

  test('hangs up on whoever asks for something else', async () => {
    const socket = connect(await listen(), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n');
    await once(socket, 'close');
    expect(socket.bytesRead).toBe(0);
  });
});
