import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchFrame,
  errorFrame,
  isLowPriority,
  joinedFrame,
  messageFrame,
  messageStart,
  parseRequest,
  skipFrame,
} from '../../src/server/room-frames.ts';
import { type BatchPart, type RoomHeader, readBatchPart, readRoomHeader } from '../../src/wire/rooms.ts';

const parse = (text: string) => parseRequest(Buffer.from(text, 'latin1'));

describe('a request', () => {
  it.each([
    ['JOIN lobby', { verb: 'JOIN', room: 'lobby', after: null }],
    ['JOIN lobby\n', { verb: 'JOIN', room: 'lobby', after: null }],
    ['JOIN lobby 0', { verb: 'JOIN', room: 'lobby', after: { seq: 0, epoch: null } }],
    ['JOIN a.b_c:d-E9 17', { verb: 'JOIN', room: 'a.b_c:d-E9', after: { seq: 17, epoch: null } }],
    ['JOIN r 999999999999999', { verb: 'JOIN', room: 'r', after: { seq: 999_999_999_999_999, epoch: null } }],
    ['JOIN r 17 1795000000000', { verb: 'JOIN', room: 'r', after: { seq: 17, epoch: 1_795_000_000_000 } }],
    ['LEAVE lobby', { verb: 'LEAVE', room: 'lobby' }],
    ['PUB lobby\n', { verb: 'PUB', room: 'lobby', payload: Buffer.from('') }],
    ['PUB lobby\nhi', { verb: 'PUB', room: 'lobby', payload: Buffer.from('hi') }],
    ['PUB lobby low\nhi', { verb: 'PUB', room: 'lobby', payload: Buffer.from(' low\nhi') }],
    ['PUB lobby high\nhi', { verb: 'PUB', room: 'lobby', payload: Buffer.from('hi') }],
    [
      'PUB lobby\n\nPUB x\n\xff\x00',
      { verb: 'PUB', room: 'lobby', payload: Buffer.from('\nPUB x\n\xff\x00', 'latin1') },
    ],
    // What begins like a mark by itself is carried behind one.
    ['PUB lobby\n low\nhi', { verb: 'PUB', room: 'lobby', payload: Buffer.from(' high\n low\nhi') }],
    ['PUB lobby\n high\nhi', { verb: 'PUB', room: 'lobby', payload: Buffer.from(' high\n high\nhi') }],
  ])('%j is read', (text, request) => {
    expect(parse(text)).toEqual(request);
  });

  it.each([
    ['', 'bad-request'],
    ['\n', 'bad-request'],
    ['hello', 'bad-request'],
    ['join lobby', 'bad-request'],
    ['JOINlobby', 'bad-request'],
    ['PUB lobby', 'bad-request'],
    ['JOIN lobby\npayload', 'bad-request'],
    ['LEAVE lobby\n\n', 'bad-request'],
    ['JOIN lobby 1 2 3', 'bad-request'],
    ['JOIN lobby 1 x', 'bad-request'],
    ['JOIN lobby 1 ', 'bad-request'],
    ['JOIN lobby -1', 'bad-request'],
    ['JOIN lobby 1e3', 'bad-request'],
    ['JOIN lobby 1000000000000000', 'bad-request'],
    ['JOIN lobby ', 'bad-request'],
    [`PUB ${'r'.repeat(125)}\n`, 'bad-request'],
    ['x'.repeat(65_536), 'bad-request'],
    ['JOIN', 'bad-room'],
    ['JOIN ', 'bad-room'],
    ['JOIN  5', 'bad-room'],
    ['LEAVE a b', 'bad-room'],
    ['PUB a b\nx', 'bad-room'],
    ['PUB a low low\nx', 'bad-room'],
    ['PUB  low\nx', 'bad-room'],
    ['PUB\nx', 'bad-room'],
    ['JOIN caf\xe9', 'bad-room'],
    ['JOIN a\rb', 'bad-room'],
    ['JOIN __proto__\0', 'bad-room'],
    [`JOIN ${'r'.repeat(65)}`, 'bad-room'],
  ])('%j is refused as %s', (text, code) => {
    expect(parse(text)).toMatchObject({ verb: 'BAD', code });
  });

  it('is read or refused, whatever the bytes, and never throws', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.constantFrom('JOIN ', 'LEAVE ', 'PUB '), fc.string())
        .map(([verb, rest]) => Buffer.from(verb + rest)),
    );
    fc.assert(
      fc.property(bytes, (message) => {
        const request = parseRequest(Buffer.from(message));
        return request.verb === 'BAD' || /^[A-Za-z0-9._:-]{1,64}$/.test(request.room);
      }),
    );
  });
});

describe('an answer', () => {
  it('is one line, and for a message the payload untouched', () => {
    expect(joinedFrame('lobby', 7, 99, 12).toString()).toBe('JOINED lobby 7 99 12');
    expect(errorFrame('bad-room', 'no').toString()).toBe('ERR bad-room no');
    const frame = messageFrame('lobby', 42, 7, Buffer.from([0, 10, 255]), true);
    expect(frame.toString('hex')).toBe('8212' + '4d5347206c6f6262792034322037' + '0a' + '000aff');
  });
});

/** Payloads, many of which look like the end of a header line. */
const payloads = fc
  .tuple(
    fc.constantFrom('', '\n', ' low\n', ' high\n', ' high\n low\n', '\n low\n', ' low', ' hig'),
    fc.uint8Array({ maxLength: 200 }),
  )
  .map(([text, bytes]) => Buffer.concat([Buffer.from(text), bytes]));

/** What a member reads of a published message, and the priority that the node sees. */
function published(payload: Buffer, isLow: boolean, isBinary: boolean) {
  const request = parseRequest(Buffer.concat([Buffer.from(`PUB tea${isLow ? ' low' : ''}\n`), payload]));
  if (request.verb !== 'PUB') throw new Error('it was not read');
  return messageFrame('tea', 42, 7, request.payload, isBinary);
}

const emptyHeader = (): RoomHeader => ({ kind: 'other', seq: 0, epoch: 0, newest: 0, payloadAt: 0 });

describe('a message', () => {
  it('keeps its payload and its priority, whatever its bytes are', () => {
    fc.assert(
      fc.property(payloads, fc.boolean(), (payload, isLow) => {
        const frame = published(payload, isLow, true);
        const header = emptyHeader();
        readRoomHeader(frame, messageStart(frame), frame.length, header);
        expect(isLowPriority(frame)).toBe(isLow);
        expect(header).toMatchObject({ kind: 'message', seq: 42, epoch: 7 });
        expect(frame.subarray(header.payloadAt)).toEqual(payload);
      }),
    );
  });

  it('is the same in a batch as by itself', () => {
    const messages = fc.array(fc.tuple(payloads, fc.boolean(), fc.boolean()), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(messages, (all) => {
        const frames = all.map(([payload, isLow, isBinary]) => published(payload, isLow, isBinary));
        const batch = batchFrame(frames);
        const header = emptyHeader();
        readRoomHeader(batch, messageStart(batch), batch.length, header);
        expect(header).toMatchObject({ kind: 'batch', seq: frames.length });
        expect(batch[0]).toBe(0x82);
        const part: BatchPart = { start: 0, end: 0 };
        let at = header.payloadAt;
        for (const [i, frame] of frames.entries()) {
          expect(batch[at]).toBe((all[i][2] ? 'b' : 't').charCodeAt(0));
          expect(readBatchPart(batch, at, batch.length, part)).toBe(true);
          expect(batch.subarray(part.start, part.end)).toEqual(frame.subarray(messageStart(frame)));
          at = part.end;
        }
        expect(at).toBe(batch.length);
        expect(readBatchPart(batch, at, batch.length, part)).toBe(false);
      }),
    );
  });
});

it('what was left out is one line', () => {
  const skip = skipFrame('tea', 9, 7, 3);
  expect(skip.toString()).toBe('SKIP tea 9 7 3');
  const header = emptyHeader();
  readRoomHeader(skip, 0, skip.length, header);
  expect(header).toMatchObject({ kind: 'skip', seq: 9, epoch: 7, newest: 3 });
});
