import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { connect, withEachEngine } from './node-under-test.ts';

withEachEngine((startNode) => {
  it('is spoken as its documentation says, byte by byte', async () => {
    const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
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
});
