import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEFAULT_NODE_OPTIONS } from '../../src/server/options.ts';
import { connect, withEachEngine } from './node-under-test.ts';

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

withEachEngine((startNode) => {
  it('is spoken as its documentation says, byte by byte', async () => {
    const lines = [...page.matchAll(/^([→←]) (text|binary) +([0-9a-f]+)(…?)/gm)];
    expect(lines).toHaveLength(14);
    const node = await startNode();
    const { socket, next } = await connect(`${node.url}/rooms`);
    for (const [, direction, opcode, hex, more] of lines) {
      const bytes = Buffer.from(hex, 'hex');
      if (direction === '→') {
        socket.send(bytes, { binary: opcode === 'binary' });
      } else {
        const message = await next();
        expect(typeof message).toBe(opcode === 'text' ? 'string' : 'object');
        const received = Buffer.from(message as string);
        expect(more === '' ? received : received.subarray(0, bytes.length)).toEqual(bytes);
      }
    }
  });

  it('puts messages into a batch as its documentation says, byte by byte', async () => {
    const section = page.slice(page.indexOf('### Batches'), page.indexOf('### Errors'));
    const documented = [...section.matchAll(/^([0-9a-f]+) {2,}/gm)].map(([, hex]) => hex);
    expect(documented).toHaveLength(5);
    const node = await startNode({
      delivery: {
        ...DEFAULT_NODE_OPTIONS.delivery,
        batch: { intervalMs: 60_000, timer: 'first', maxBytes: 30 },
      },
    });
    const { socket, next } = await connect(`${node.url}/rooms`);
    socket.send('JOIN tea');
    await next();
    socket.send('PUB tea\nhi');
    socket.send(Buffer.from('PUB tea\n\x00\xff', 'latin1'));
    expect(await next()).toEqual(Buffer.from(documented.join(''), 'hex'));
  });
});
