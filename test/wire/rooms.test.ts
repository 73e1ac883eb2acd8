import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinRequest, publishHeader, type RoomHeader, readRoomHeader } from '../../src/wire/rooms.ts';

function read(text: string | Buffer): RoomHeader {
  const header: RoomHeader = { kind: 'other', seq: 0, epoch: 0, newest: 0, payloadAt: 0 };
  readRoomHeader(Buffer.from(text as string), header);
  return header;
}

describe('the header of what a room sends', () => {
  test('of a message has its number, its epoch, and where the payload begins', () => {
    expect(read('MSG tea 12 7\nhello')).toMatchObject({ kind: 'message', seq: 12, epoch: 7, payloadAt: 13 });
  });

  test('may leave the epoch out, as a server without one does', () => {
    expect(read('MSG tea 12\nhello')).toMatchObject({ kind: 'message', seq: 12, epoch: 0, payloadAt: 11 });
  });

  test('may have more words than are known here', () => {
    expect(read('MSG tea 12 7 9 more words\nx')).toMatchObject({
      kind: 'message',
      seq: 12,
      epoch: 7,
      payloadAt: 26,
    });
  });

  test('of an answer to JOIN tells what comes from the history', () => {
    expect(read('JOINED tea 3 7 12')).toMatchObject({ kind: 'joined', seq: 3, epoch: 7, newest: 12 });
  });

  test('does not mistake a line end in the payload for its own', () => {
    expect(read('MSG r 1 2\na\nb').payloadAt).toBe(10);
  });

  test.each(['', 'MSG', 'MSG tea 12 7', 'ERR bad-room no', 'hello', 'JOIN tea'])('is none in %j', (text) => {
    expect(read(text).kind).toBe('other');
  });

  test('is read from any bytes without an exception', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom('MSG ', 'JOINED ', ''),
        (bytes, start) => {
          const message = Buffer.concat([Buffer.from(start), bytes]);
          const { payloadAt, kind } = read(message);
          expect(kind === 'other' || (payloadAt >= 0 && payloadAt <= message.length)).toBe(true);
        },
      ),
    );
  });
});

test('requests are as the protocol has them', () => {
  expect(joinRequest('tea', null).toString()).toBe('JOIN tea');
  expect(joinRequest('tea', { seq: 5, epoch: 7 }).toString()).toBe('JOIN tea 5 7');
  expect(publishHeader('tea').toString()).toBe('PUB tea\n');
});
