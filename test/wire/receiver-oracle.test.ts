/** The codec against that of the `ws` package, which is the oracle: the same bytes must mean the same to both. */

import type { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import * as ws from 'ws';
import { closePayload, copyMasked, createFrame, headerBytes, writeHeader } from '../../src/wire/frame.ts';
import {
  binary,
  chop,
  close,
  continuation,
  cutAt,
  ENDS,
  type Event,
  encode,
  type Frame,
  frame,
  messageEvent,
  readAll,
  text,
} from '../support/frames.ts';
import fc from '../support/properties.ts';

/** What the types of `ws` leave out. */
interface WsReceiver extends EventEmitter {
  _write(chunk: Buffer, encoding: 'buffer', done: (error?: Error) => void): void;
}

interface WsReceiverOptions {
  isServer: boolean;
  maxPayload: number;
  maxFragments?: number;
}

interface WsFrameOptions {
  opcode: number;
  fin: boolean;
  mask: boolean;
  readOnly: boolean;
  generateMask(key: Buffer): void;
}

const { Receiver, Sender } = ws as unknown as {
  Receiver: new (options: WsReceiverOptions) => WsReceiver;
  Sender: { frame(payload: Buffer, options: WsFrameOptions): Buffer[] };
};

const LIMIT = 1000;

/** What `ws` reads, until it closes or fails the connection. */
function readByWs(options: WsReceiverOptions, reads: Buffer[]): Event[] {
  const events: Event[] = [];
  const receiver = new Receiver(options);
  receiver.on('message', (payload: Buffer, isBinary: boolean) =>
    events.push(messageEvent(payload, isBinary)),
  );
  receiver.on('ping', (payload: Buffer) => events.push(['ping', payload.toString('latin1')]));
  receiver.on('pong', (payload: Buffer) => events.push(['pong', payload.toString('latin1')]));
  receiver.on('conclude', (code: number, reason: Buffer) => events.push(['close', code, reason.toString()]));
  for (const read of reads) {
    const last = events.at(-1)?.[0];
    if (last === 'close' || last === 'violation') break;
    receiver._write(Buffer.from(read), 'buffer', (error) => {
      if (error !== undefined) events.push(['violation', statusOf(error)]);
    });
  }
  return events;
}

/** The close code that `ws` attaches to an error. */
function statusOf(error: Error): number {
  const symbol = Object.getOwnPropertySymbols(error).find(({ description }) => description === 'status-code');
  return (error as unknown as Record<symbol, number>)[symbol!];
}

function expectSame(masked: boolean, reads: Buffer[], maxPayloadBytes = LIMIT): Event[] {
  const { events } = readAll(masked, reads, maxPayloadBytes);
  expect(events).toEqual(readByWs({ isServer: masked, maxPayload: maxPayloadBytes }, reads));
  return events;
}

/** The bytes cut at random places. */
function cutAtRandom(bytes: Buffer, places: number[]): Buffer[] {
  return cutAt(
    bytes,
    places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b),
  );
}

const places = fc.array(fc.nat(), { maxLength: 6 });
const someBytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const someText = fc.string({ unit: 'binary', maxLength: 60 }).map((string) => Buffer.from(string));
const someLength = fc.constantFrom(0, 1, 125, 126, 127, 400).map((length) => Buffer.alloc(length, 'a'));
const someKey = fc.oneof(
  fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
  fc.constantFrom<number[][]>([0, 0, 0, 0], [255, 255, 255, 255]),
);

const control = fc
  .record({ opcode: fc.constantFrom(9, 10), payload: fc.oneof(someBytes(20), someBytes(125)), key: someKey })
  .map((spec): Frame[] => [spec]);

/** Whole or in fragments, with control frames among them. */
const message = fc
  .record({
    form: fc.oneof(
      fc.record({ opcode: fc.constant(1), payload: fc.oneof(someText, someLength) }),
      fc.record({ opcode: fc.constant(2), payload: fc.oneof(someBytes(60), someLength) }),
    ),
    places: fc.array(fc.nat(), { maxLength: 4 }),
    between: fc.option(control, { nil: [] }),
    key: someKey,
  })
  .map(({ form, places, between, key }) =>
    cutAtRandom(form.payload, places).flatMap((part, i) => [
      { opcode: i === 0 ? form.opcode : 0, payload: part, fin: i === places.length, key },
      ...(i < places.length ? between : []),
    ]),
  );

const closing = fc
  .record({
    code: fc.constantFrom(1000, 1001, 1014, 3000, 4999),
    reason: fc.string({ unit: 'binary', maxLength: 30 }),
  })
  .map(({ code, reason }) => [close(code, reason)]);

/** What a frame becomes that was to be a good one. */
const defect: fc.Arbitrary<(good: Frame) => Frame[]> = fc.oneof(
  fc.integer({ min: 1, max: 7 }).map((rsv) => (good: Frame) => [{ ...good, rsv }]),
  fc.nat(15).map((opcode) => (good: Frame) => [{ ...good, opcode }]),
  someBytes(30).map((payload) => (good: Frame) => [{ ...good, payload }]),
  someBytes(3).map((payload) => (good: Frame) => [good, frame(8, payload)]),
  fc.nat(65_535).map((code) => (good: Frame) => [good, close(code)]),
  fc.constantFrom(16 as const, 64 as const).map((lengthBits) => (good: Frame) => [{ ...good, lengthBits }]),
  fc
    .oneof(fc.bigInt(0n, 30n), fc.bigInt(0n, 2n * BigInt(LIMIT)), fc.bigInt(0n, 2n ** 64n - 1n))
    .map((claimedBytes) => (good: Frame) => [{ ...good, claimedBytes }]),
  fc.constantFrom(
    (good: Frame) => [{ ...good, fin: !(good.fin ?? true) }],
    (good: Frame) => [{ ...good, wronglyMasked: true }],
    (good: Frame) => [{ ...good, payload: Buffer.alloc(126) }],
    (good: Frame) => [{ ...good, payload: Buffer.alloc(LIMIT + 1) }],
    (good: Frame) => [good, good],
    () => [],
  ),
);

const goodFrames = fc
  .record({
    frames: fc.array(fc.oneof(message, control), { maxLength: 5 }),
    end: fc.option(closing, { nil: [] }),
  })
  .map(({ frames, end }) => [...frames.flat(), ...end]);

const badFrames = fc
  .record({ frames: goodFrames, where: fc.nat(), defect })
  .map(({ frames, where, defect }) =>
    frames.flatMap((good, i) => (i === where % frames.length ? defect(good) : [good])),
  );

describe.each(ENDS)('at the end of a %s, the receiver reads as ws does', (_end, masked) => {
  const encoded = (frames: Frame[]) => Buffer.concat(frames.map((frame) => encode(frame, masked)));

  test('what is good, wherever it is cut', () => {
    fc.assert(
      fc.property(goodFrames, places, (frames, places) => {
        const events = expectSame(masked, cutAtRandom(encoded(frames), places));
        expect(events.map(([kind]) => kind)).not.toContain('violation');
      }),
      { numRuns: 1000 },
    );
  });

  test('what has a defect, wherever it is cut', () => {
    fc.assert(
      fc.property(badFrames, places, (frames, places) => {
        expectSame(masked, cutAtRandom(encoded(frames), places));
      }),
      { numRuns: 3000 },
    );
  });

  test('what was changed on the way, byte by byte', () => {
    fc.assert(
      fc.property(goodFrames, fc.nat(), fc.integer({ min: 1, max: 255 }), (frames, where, change) => {
        const bytes = encoded(frames);
        if (bytes.length > 0) bytes[where % bytes.length] ^= change;
        expectSame(masked, chop(bytes, 1));
      }),
      { numRuns: 1000 },
    );
  });

  test('each pair of first bytes, within a fragmented message and without', () => {
    for (const before of [[], [text('begun', { fin: false })]]) {
      for (let first = 0; first < 256; first++) {
        for (const length of [0, 1, 2, 125, 126, 127]) {
          for (const mask of [0, 0x80]) {
            const header = Buffer.from([first, mask | length]);
            expectSame(masked, [Buffer.concat([encoded(before), header, Buffer.alloc(200)])]);
          }
        }
      }
    }
  });

  test('each close code', () => {
    for (let code = 0; code <= 65_535; code += code < 6000 ? 1 : 997)
      expectSame(masked, [encoded([close(code, 'why')])]);
  });

  test('text that may be UTF-8 or not', () => {
    const nearlyText = fc.array(fc.constantFrom(0x61, 0x80, 0xa0, 0xbf, 0xc3, 0xe2, 0xed, 0xf0, 0xf4), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        nearlyText,
        fc.constantFrom(0, 1, 10, 250, 251, 252, 253, 254, 255, 256, 257),
        places,
        (tail, before, places) => {
          const bytes = encoded([text(Buffer.concat([Buffer.alloc(before, 'a'), Buffer.from(tail)]))]);
          expectSame(masked, cutAtRandom(bytes, places));
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('the receiver differs from ws', () => {
  const UNFINISHED = { fin: false };

  test('in that it does not count fragments, whose number costs it nothing', () => {
    const frames = [binary('a', UNFINISHED), continuation('b', UNFINISHED), continuation('c')];
    const bytes = Buffer.concat(frames.map((frame) => encode(frame, true)));
    expect(readByWs({ isServer: true, maxPayload: LIMIT, maxFragments: 2 }, [bytes])).toEqual([
      ['violation', 1008],
    ]);
    expect(readAll(true, [bytes], LIMIT).events).toEqual([['binary', 'abc']]);
  });

  test('in that a limit of nothing is a limit', () => {
    const bytes = encode(text('a'), true);
    expect(readByWs({ isServer: true, maxPayload: 0 }, [bytes])).toEqual([['text', 'a']]);
    expect(readAll(true, [bytes], 0).events).toEqual([['violation', 1009]]);
  });
});

const opcode = fc.constantFrom(1, 2, 9, 10);
const keyOrNone = fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
const anyPayload = fc
  .oneof(fc.nat(300), fc.constantFrom(65_535, 65_536, 100_000))
  .map((length) => Buffer.alloc(length, 'wsscale.'));

describe('our writers', () => {
  test('write what ws writes', () => {
    fc.assert(
      fc.property(opcode, anyPayload, keyOrNone, (opcode, payload, key) => {
        expect(createFrame(opcode, payload, key).equals(frameOfWs(opcode, payload, key))).toBe(true);
      }),
    );
  });

  test('write a message in place as ws writes it', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2), anyPayload, keyOrNone, (opcode, payload, key) => {
        const frame = Buffer.alloc(headerBytes(payload.length, key !== null) + payload.length, 0xee);
        const at = writeHeader(frame, opcode | 0x80, payload.length, key);
        copyMasked(payload, frame, at, key ?? 0);
        expect(frame.equals(frameOfWs(opcode, payload, key))).toBe(true);
      }),
    );
  });

  test('are read by ws', () => {
    const payload = someBytes(125);
    fc.assert(
      fc.property(opcode, payload, keyOrNone, places, (opcode, payload, key, places) => {
        fc.pre(opcode !== 1 || payload.every((byte) => byte < 0x80));
        const reads = cutAtRandom(createFrame(opcode, payload, key), places);
        const kind = { 1: 'text', 2: 'binary', 9: 'ping', 10: 'pong' }[opcode];
        expect(readByWs({ isServer: key !== null, maxPayload: LIMIT }, reads)).toEqual([
          [kind, payload.toString('latin1')],
        ]);
      }),
    );
  });

  test('say goodbye to ws', () => {
    const code = fc.constantFrom(1000, 1001, 1005, 1009, 3000, 4999);
    fc.assert(
      fc.property(code, fc.string({ unit: 'binary', maxLength: 200 }), keyOrNone, (code, reason, key) => {
        const read = createFrame(8, closePayload(code, reason), key);
        const events = readByWs({ isServer: key !== null, maxPayload: LIMIT }, [read]);
        expect(events).toEqual([['close', code, expect.any(String)]]);
        if (code !== 1005) expect(reason.startsWith(String(events[0][2]))).toBe(true);
      }),
    );
  });
});

test('frames of ws are read, wherever they are cut', () => {
  fc.assert(
    fc.property(opcode, anyPayload, keyOrNone, places, (opcode, whole, key, places) => {
      const payload = opcode >= 8 ? whole.subarray(0, 125) : whole;
      const kind = { 1: 'text', 2: 'binary', 9: 'ping', 10: 'pong' }[opcode];
      const reads = cutAtRandom(frameOfWs(opcode, payload, key), places);
      expect(readAll(key !== null, reads).events).toEqual([[kind, payload.toString('latin1')]]);
    }),
  );
});

function frameOfWs(opcode: number, payload: Buffer, key: number | null): Buffer {
  const generateMask = (bytes: Buffer) => void bytes.writeInt32BE(key ?? 0);
  return Buffer.concat(
    Sender.frame(payload, { opcode, fin: true, mask: key !== null, readOnly: true, generateMask }),
  );
}
