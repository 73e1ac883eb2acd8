import { afterEach, describe, expect, test, vi } from 'vitest';
import { WsscaleError } from '../../src/base/errors.ts';
import { loadTransport } from '../../src/transport/index.ts';
import { probe } from '../../src/transport/probe.ts';
import type { ConnectOptions, Transport } from '../../src/transport/transport.ts';
import { createFakeTransport } from '../support/fake-transport.ts';
import { accept, freePort, listenRaw } from '../support/raw-server.ts';

const options = (url: string): ConnectOptions => ({
  url,
  headers: { Authorization: 'Bearer s3cret' },
  subprotocol: null,
  ca: null,
  insecure: false,
  sourceAddress: null,
  sourcePort: null,
});

/** The error of a probe that fails. */
async function faultOf(probing: Promise<void>): Promise<WsscaleError> {
  const fault = await probing.then(
    () => new Error('the probe has not failed'),
    (error: unknown) => error,
  );
  expect(fault).toBeInstanceOf(WsscaleError);
  return fault as WsscaleError;
}

/** What a probe says when the transport fails with this key. */
async function messageFor(key: string): Promise<string> {
  const transport = createFakeTransport();
  const fault = faultOf(probe(transport, options('wss://me:s3cret@host:8443/chat?token=s3cret'), 1000));
  transport.of(0).fail(key);
  return (await fault).message;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a probe', () => {
  test('of a server that answers is done, and says goodbye', async () => {
    const transport = createFakeTransport();
    const probing = probe(transport, options('ws://host'), 1000);
    transport.of(0).open();
    await probing;
    expect(transport.of(0).endedBy).toBe('leave');
  });

  test('of one that does not answer in time has failed with TIMEOUT, and ends the connection', async () => {
    vi.useFakeTimers();
    const transport = createFakeTransport();
    const fault = faultOf(probe(transport, options('ws://host'), 1000));
    await vi.advanceTimersByTimeAsync(999);
    expect(transport.of(0).endedBy).toBe(null);
    await vi.advanceTimersByTimeAsync(1);
    expect((await fault).message).toMatch(/TIMEOUT.*connect timeout/);
    expect(transport.of(0).endedBy).toBe('terminate');
  });

  test('leaves no timer behind, however it ends', async () => {
    vi.useFakeTimers();
    const transport = createFakeTransport();
    const good = probe(transport, options('ws://host'), 1000);
    transport.of(0).open();
    await good;
    const bad = faultOf(probe(transport, options('ws://host'), 1000));
    transport.of(0).fail('ECONNREFUSED');
    await bad;
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of what cannot even be tried fails at once, with what was wrong', async () => {
    vi.useFakeTimers();
    const refusing: Transport = {
      connect() {
        throw new Error('PEM routines::no start line');
      },
    };
    const { code, message } = await faultOf(probe(refusing, options('ws://host'), 1000));
    expect(code).toBe('TARGET');
    expect(message).toContain('no start line');
    await vi.advanceTimersByTimeAsync(5000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the error', () => {
  test.for([
    ['ECONNREFUSED', 'is the server running'],
    ['ENOTFOUND', 'does not resolve'],
    ['EAI_AGAIN', 'does not resolve'],
    ['BAD_HANDSHAKE', 'WebSocket handshake'],
    ['ECONNRESET', 'wss:// instead of ws://'],
    ['EPROTO', 'ws:// instead of wss://'],
    ['HTTP_401', '--header'],
    ['HTTP_403', 'Origin'],
    ['HTTP_404', 'that path'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', '--ca'],
    ['SELF_SIGNED_CERT_IN_CHAIN', '--ca'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', '--ca'],
    ['CERT_HAS_EXPIRED', '--insecure'],
  ])('for %s names the key and the remedy', async ([key, remedy]) => {
    const message = await messageFor(key);
    expect(message).toContain(key);
    expect(message).toContain(remedy);
  });

  test('of a kind that nobody thought of has the key alone', async () => {
    expect(await messageFor('EXDEV')).toMatch(/cannot be reached: EXDEV$/);
  });

  test('has the address, and no password, token or header', async () => {
    const message = await messageFor('ECONNREFUSED');
    expect(message).toContain('wss://<redacted>@host:8443/chat?token=<redacted>');
    expect(message).not.toContain('s3cret');
    expect(message).not.toContain('Bearer');
  });

  test('is one that decides the exit status: TARGET', async () => {
    const transport = createFakeTransport();
    const fault = faultOf(probe(transport, options('ws://host'), 1000));
    transport.of(0).fail('ECONNREFUSED');
    expect((await fault).code).toBe('TARGET');
  });
});

describe.each(['raw', 'ws'] as const)('over real connections of %s', async (name) => {
  const transport = await loadTransport(name);

  test('a server that speaks WebSocket is reached', async () => {
    const { url } = await listenRaw(accept);
    await expect(probe(transport, options(url), 10_000)).resolves.toBe(undefined);
  });

  test('a port on which nobody listens is not', async () => {
    const url = `ws://127.0.0.1:${await freePort()}/chat?token=s3cret`;
    const { message } = await faultOf(probe(transport, options(url), 10_000));
    expect(message).toContain('ECONNREFUSED');
    expect(message).toContain(url.replace('s3cret', '<redacted>'));
  });

  test('a server that wants a token says so', async () => {
    const { url } = await listenRaw((peer) => peer.socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'));
    expect((await faultOf(probe(transport, options(url), 10_000))).message).toMatch(/HTTP_401.*--header/);
  });
});
