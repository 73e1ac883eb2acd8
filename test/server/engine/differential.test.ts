/**
 * The two engines against each other: whatever a client sends, it gets the same bytes back, and the node counts the
 * same. Only the words of a close frame may differ.
 */

import { beforeEach, describe, expect, it } from 'vitest';
import { ENGINE_KINDS } from '../../../src/model/scenario.ts';
import type { Counts } from '../../../src/server/counts.ts';
import type { ListeningNode } from '../../../src/server/listen.ts';
import {
  binary,
  chop,
  close,
  continuation,
  encode,
  type Frame,
  fragments,
  frame,
  ping,
  pong,
  text,
} from '../../support/frames.ts';
import fc from '../../support/properties.ts';
import { connectRaw, handshake, startNode, until } from '../node-under-test.ts';

const MAX_PAYLOAD_BYTES = 1024;

let nodes: ListeningNode[];

beforeEach(async () => {
  const options = { maxPayloadBytes: MAX_PAYLOAD_BYTES, closeTimeoutMs: 50 };
  nodes = await Promise.all(ENGINE_KINDS.map((engine) => startNode({ engine, ...options })));
});

/** What a client gets that sends these pieces and hangs up. */
async function answerOf(node: ListeningNode, pieces: readonly Buffer[]): Promise<string> {
  const { socket, untilClosed } = await connectRaw(node.port);
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, resolve));
    await new Promise(setImmediate);
  }
  socket.end();
  return (await untilClosed).toString('latin1');
}

/** The status of an answer, and what follows its head, a close frame without its words. */
function essence(answer: string): [status: string, frames: string] {
  const end = answer.indexOf('\r\n\r\n') + 4;
  const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? '';
  return [status, status === '101' ? withoutWords(Buffer.from(answer.slice(end), 'latin1')) : ''];
}

function withoutWords(frames: Buffer): string {
  let at = 0;
  while (at < frames.length && frames[at] !== 0x88) {
    at += frames[at + 1] < 126 ? 2 + frames[at + 1] : 4 + frames.readUInt16BE(at + 2);
  }
  if (at >= frames.length) return frames.toString('hex');
  return Buffer.concat([frames.subarray(0, at + 1), frames.subarray(at + 2, at + 4)]).toString('hex');
}

/** What is counted, but for how long it took. */
function counted({ handling: _handling, duration, ...counts }: Counts) {
  return { ...counts, ended: duration.counts.reduce((sum, count) => sum + count, 0) };
}

async function expectSame(pieces: readonly Buffer[]): Promise<void> {
  const answers = await Promise.all(nodes.map((node) => answerOf(node, pieces)));
  expect(essence(answers[0])).toEqual(essence(answers[1]));
  await Promise.all(nodes.map((node) => until(node, () => node.connections() === 0)));
  expect(counted(nodes[0].counts)).toEqual(counted(nodes[1].counts));
}

/** A frame, right or wrong. */
const frames: fc.Arbitrary<Frame[]> = (() => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom('', 'hello', 'grüße', 'x'.repeat(125)).map((said) => Buffer.from(said)),
    fc.integer({ min: 100, max: MAX_PAYLOAD_BYTES + 10 }).map((bytes) => Buffer.alloc(bytes, 'ab')),
  );
  const traits = fc.record(
    {
      fin: fc.constantFrom(true, true, true, false),
      rsv: fc.constantFrom(0, 0, 0, 0, 4),
      wronglyMasked: fc.constantFrom(false, false, false, false, true),
      lengthBits: fc.constantFrom<16 | 64>(16, 64),
    },
    { requiredKeys: [] },
  );
  const anything = fc
    .tuple(fc.constantFrom(0, 1, 1, 2, 2, 2, 3, 8, 9, 9, 10, 11), payload, traits)
    .map(([opcode, bytes, said]) => [frame(opcode, bytes, said)]);
  const fragmented = fc
    .tuple(fc.constantFrom(text, binary), payload, fc.integer({ min: 1, max: 400 }))
    .map(([kind, bytes, size]) => fragments(kind(bytes), size));
  const good = fc.tuple(fc.constantFrom(text, binary, ping, pong)).map(([kind]) => [kind('hello')]);
  const list = fc.array(fc.oneof(good, good, good, fragmented, anything), { maxLength: 8 });
  return list.map((lists) => lists.flat());
})();

describe('both engines answer and count the same', () => {
  it('of frames, whatever they are, in whatever pieces they come', async () => {
    const size = fc.oneof(fc.constant(100_000), fc.integer({ min: 20, max: 300 }));
    await fc.assert(
      fc.asyncProperty(frames, size, async (list, pieceBytes) => {
        const bytes = Buffer.concat(list.map((one) => encode(one, true)));
        await expectSame(chop(Buffer.concat([Buffer.from(handshake('/')), bytes]), pieceBytes));
      }),
      { numRuns: 150 },
    );
  });

  it.each<[string, Frame[]]>([
    ['a goodbye', [text('a'), close(1000, 'bye')]],
    ['a goodbye without a code', [frame(8, '')]],
    ['a goodbye with half a code', [frame(8, 'x')]],
    ['nothing', []],
    ['a message behind a goodbye', [close(4000), text('late')]],
    [
      'a message that comes in fragments, and a ping between them',
      [text('a', { fin: false }), ping('b'), continuation('c')],
    ],
  ])('%s', async (_case, list) => {
    const bytes = list.map((one) => encode(one, true));
    await expectSame([Buffer.concat([Buffer.from(handshake('/echo')), ...bytes])]);
  });

  it.each([999, 1000, 1003, 1004, 1005, 1006, 1007, 1010, 1011, 1014, 1015, 1016, 2999, 3000, 4999, 5000])(
    'the close code %i',
    async (code) => {
      await expectSame([Buffer.from(handshake('/')), encode(close(code, 'why'), true)]);
    },
  );

  it('requests in rooms, some of them bad', async () => {
    const said = [
      'JOIN a',
      'PUB a\nx',
      'PUB',
      'JOIN b 7',
      'LEAVE a',
      'PUB b\ny',
      ...Array(12).fill('JOIN ?'),
    ];
    const bytes = said.map((request) => encode(text(request), true));
    await expectSame([Buffer.concat([Buffer.from(handshake('/rooms')), ...bytes])]);
  });

  it.each([
    ['no HTTP', 'GARBAGE\r\n\r\n'],
    ['nothing', ''],
    ['the first half of a request', 'GET / HTTP/1.1\r\nHost: a'],
    ['too much', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['a header that is none', handshake('/', 'X A: b\r\n')],
    ['lines that end otherwise', handshake('/').replaceAll('\r\n', '\n')],
    ['no host', handshake('/').replace('Host: localhost\r\n', '')],
    ['a page without a host', 'GET /health HTTP/1.1\r\n\r\n'],
    ['another method', handshake('/').replace('GET', 'DELETE')],
    ['a tunnel', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n'],
    ['an upgrade to something else', handshake('/').replace('websocket', 'h2c')],
    ['an upgrade that the connection does not name', handshake('/').replace(': Upgrade', ': close')],
    ['an upgrade with a body', handshake('/', 'Content-Length: 3\r\n')],
    ['no key', handshake('/').replace(/Sec-WebSocket-Key.*\r\n/, '')],
    ['a short key', handshake('/').replace('dGhl', '')],
    ['two keys', handshake('/', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n')],
    ['subprotocols that are no list', handshake('/', 'Sec-WebSocket-Protocol: a,,b\r\n')],
    ['subprotocols', handshake('/', 'Sec-WebSocket-Protocol: b, a\r\n')],
    ['extensions', handshake('/', 'Sec-WebSocket-Extensions: permessage-deflate\r\n')],
    ['a path that is none', handshake('/nothing')],
    ['a path with a host', handshake('http://localhost/echo')],
    ['a path with a query', handshake('/echo?a=b')],
  ])('a request of %s', async (_case, request) => {
    await expectSame([Buffer.from(request, 'latin1')]);
  });
});
