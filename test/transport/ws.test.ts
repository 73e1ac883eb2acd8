import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { wsDeflateTransport, wsTransport } from '../../src/transport/ws.ts';
import { accept, frame, listenRaw } from '../support/raw-server.ts';
import { createHarness } from '../support/watched.ts';

test('text that is no UTF-8 comes as it is, to be told from ours', async () => {
  const { opened } = createHarness(wsTransport);
  const { watched, peer } = await opened();
  peer.socket.write(frame(0x81, Buffer.from([0xff, 0xfe])));
  expect(await watched.next()).toEqual({ type: 'message', payload: '\xff\xfe', binary: false });
});

describe('compression', () => {
  const { connect } = createHarness(wsDeflateTransport);

  /** A server that sends back what it gets, and tells what it gets. */
  async function listenEcho(): Promise<{ url: string; extensions: () => string | undefined }> {
    let extensions: string | undefined;
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0 } });
    await new Promise((resolve) => server.on('listening', resolve));
    onTestFinished(() => server.close());
    server.on('connection', (socket) => {
      extensions = socket.extensions;
      socket.on('message', (data, binary) => socket.send(data as Buffer, { binary }));
    });
    const { port } = server.address() as AddressInfo;
    return { url: `ws://127.0.0.1:${port}`, extensions: () => extensions };
  }

  test('is offered, and used where the server agrees', async () => {
    const { url, extensions } = await listenEcho();
    const watched = connect({ url });
    expect(await watched.next()).toEqual({ type: 'opened' });
    expect(extensions()).toBe('permessage-deflate');
    const payload = 'compress me '.repeat(1000);
    watched.connection.send(Buffer.from(payload), false);
    expect(await watched.next()).toEqual({ type: 'message', payload, binary: false });
  });

  test('is done without where the server does not', async () => {
    const { url } = await listenRaw(accept);
    expect(await connect({ url }).next()).toEqual({ type: 'opened' });
  });

  test('is of the payload as it was when it was sent, though it is patched while it waits', async () => {
    const { url } = await listenEcho();
    const watched = connect({ url });
    await watched.next();
    const payload = Buffer.alloc(2000);
    for (const letter of 'abc') {
      payload.fill(letter);
      watched.connection.send(payload, true);
    }
    for (const letter of 'abc') expect(await watched.next()).toMatchObject({ payload: letter.repeat(2000) });
  });
});
