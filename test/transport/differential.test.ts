/**
 * The transport of our own against that of `ws`: what a server sends, well-formed or broken off, both report alike.
 */

import { expect, test } from 'vitest';
import { rawTransport } from '../../src/transport/raw.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { wsTransport } from '../../src/transport/ws.ts';
import { binary, cutAt, encode, type Frame, ping, pong, text } from '../support/frames.ts';
import fc from '../support/properties.ts';
import { accept, closeFrame, type Peer } from '../support/raw-server.ts';
import { createHarness, type Event } from '../support/watched.ts';

interface Message {
  kind: 'text' | 'binary';
  bytes: number;
  letter: string;
  /** Where it is cut into frames, as shares of it. */
  cuts: number[];
  /** What stands between its frames. */
  control: { kind: 'ping' | 'pong'; bytes: number };
}

const message: fc.Arbitrary<Message> = fc.record({
  kind: fc.constantFrom('text', 'binary'),
  // Around the places where the form of the length changes.
  bytes: fc.oneof(
    { weight: 20, arbitrary: fc.nat(200) },
    { weight: 4, arbitrary: fc.constantFrom(0, 125, 126, 127, 65_535, 65_536) },
    { weight: 1, arbitrary: fc.integer({ min: 65_500, max: 65_600 }) },
  ),
  letter: fc.constantFrom(...'abcdef'),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
  control: fc.record({ kind: fc.constantFrom('ping', 'pong'), bytes: fc.nat(125) }),
});

const messages = fc.array(message, { minLength: 40, maxLength: 60 });

/** Sizes of the pieces that the bytes are sent in, in turn; the last is large, or it would take long. */
const pieces = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 20 }),
    fc.integer({ min: 30_000, max: 200_000 }),
  )
  .map(([small, large]) => [...small, large]);

const ENDINGS = {
  goodbye: closeFrame(1001, 'bye'),
  nothing: Buffer.alloc(0),
  'half a frame': Buffer.from([0x81, 0x7f]),
  'an opcode that is not known': Buffer.from([0x83, 0]),
};

const ending = fc.constantFrom(...(Object.keys(ENDINGS) as (keyof typeof ENDINGS)[]));

test('any messages, cut anywhere, are the same to both', async () => {
  await fc.assert(
    fc.asyncProperty(messages, pieces, ending, async (messages, pieces, ending) => {
      const frames = messages.flatMap(framesOf).map((frame) => encode(frame, false));
      const bytes = Buffer.concat([...frames, ENDINGS[ending]]);
      const [raw, ws] = await Promise.all([
        reports(rawTransport, bytes, pieces),
        reports(wsTransport, bytes, pieces),
      ]);
      expect(raw.length).toBe(messages.length + 2);
      expect(raw).toEqual(ws);
    }),
    { numRuns: 10, interruptAfterTimeLimit: 10_000 },
  );
});

function framesOf({ kind, bytes, letter, cuts, control }: Message): Frame[] {
  const places = cuts.map((share) => Math.floor(share * bytes)).sort((a, b) => a - b);
  const parts = cutAt(Buffer.alloc(bytes, letter), places);
  const between = (control.kind === 'ping' ? ping : pong)('?'.repeat(control.bytes));
  return parts.flatMap((part, i) => {
    const whole = (kind === 'text' ? text : binary)(part, { fin: i === parts.length - 1 });
    return i === 0 ? [whole] : [between, { ...whole, opcode: 0 }];
  });
}

/** All that a transport reports of a server that sends these bytes and hangs up. */
async function reports(transport: Transport, bytes: Buffer, pieces: number[]): Promise<Event[]> {
  const { listen, connect } = createHarness(transport);
  const { url } = await listen((peer) => {
    accept(peer);
    void sendInPieces(peer, bytes, pieces);
  });
  const watched = connect({ url });
  while ((await watched.next()).type !== 'closed');
  return watched.events;
}

async function sendInPieces({ socket }: Peer, bytes: Buffer, pieces: number[]): Promise<void> {
  for (let at = 0, i = 0; at < bytes.length; at += pieces[i++ % pieces.length]) {
    const piece = bytes.subarray(at, at + pieces[i % pieces.length]);
    await new Promise((resolve) => socket.write(piece, resolve));
  }
  socket.end();
}
