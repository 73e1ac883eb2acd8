/**
 * A name that the system knows nothing of is looked up by whoever connects, with either transport.
 */

import type { LookupFunction } from 'node:net';
import { describe, expect, test } from 'vitest';
import { loadTransport } from '../../src/transport/index.ts';
import type { Connection } from '../../src/transport/transport.ts';
import { accept, listenRaw } from '../support/raw-server.ts';

const OPTIONS = {
  ...{
    headers: {},
    subprotocol: null,
    ca: null,
    insecure: false,
    sourceAddress: '127.0.0.1',
    sourcePort: null,
  },
};

describe.each(['raw', 'ws'] as const)('the transport %s', (kind) => {
  /** Connects by a name, and tells what became of it. */
  async function connect(lookup: LookupFunction) {
    const requests: string[] = [];
    const { port } = await listenRaw((peer) => {
      requests.push(peer.request);
      accept(peer);
    });
    const transport = await loadTransport(kind);
    let connection: Connection | null = null;
    const outcome = await new Promise<string>((resolve) => {
      connection = transport.connect(
        0,
        { ...OPTIONS, url: `ws://wsscale.test:${port}/`, lookup },
        {
          opened: () => resolve('opened'),
          failed: (_client, key) => resolve(key),
          message() {},
          closed() {},
        },
      );
    });
    (connection as Connection | null)?.terminate();
    return { outcome, requests, port };
  }

  test.each([
    ['at once', (act: () => void) => act()],
    ['later', (act: () => void) => void setImmediate(act)],
  ])('goes where an answer that comes %s says, and asks for the name', async (_, when) => {
    const { outcome, requests, port } = await connect((_name, _options, answer) =>
      when(() => answer(null, '127.0.0.1', 4)),
    );
    expect(outcome).toBe('opened');
    expect(requests[0]).toMatch(new RegExp(`^Host: wsscale\\.test:${port}\r$`, 'im'));
  });

  test('fails where there is no answer, by the name of that', async () => {
    const { outcome, requests } = await connect((_name, _options, answer) =>
      answer(Object.assign(new Error('no answer'), { code: 'EAI_AGAIN' }), '', 4),
    );
    expect(outcome).toBe('EAI_AGAIN');
    expect(requests).toEqual([]);
  });
});
