import { describe, expect, test } from 'vitest';
import { joinRequest, publishHeader, type RoomHeader, readRoomHeader } from '../../src/wire/rooms.ts';
import { amid } from '../support/amid.ts';
import fc from '../support/properties.ts';

/** The header of a message, with the place of the payload in the message. */
function read(message: string | Buffer): RoomHeader {
  const header: RoomHeader = { kind: 'other', seq: 0, epoch: 0, newest: 0, payloadAt: 0 };
  const [data, start, end] = amid(Buffer.from(message));
  readRoomHeader(data, start, end, header);
  return { ...header, payloadAt: header.payloadAt - start };
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

  const bytes = fc
    .tuple(fc.constantFrom('MSG ', 'JOINED ', ''), fc.uint8Array({ maxLength: 60 }))
    .map(([start, rest]) => Buffer.concat([Buffer.from(start), rest]));
  const digits = fc
    .tuple(fc.constantFrom('MSG r ', 'JOINED r '), fc.stringMatching(/^[0-9 \n]{0,12}$/))
    .map(([start, rest]) => Buffer.from(start + rest));

  /** What looks like more of the header, or like nothing. */
  const around = fc.oneof(
    fc.stringMatching(/^[0-9 \n]{0,5}$/).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 9 }),
  );

  test('is read from any bytes without an exception, and the payload is in the message', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, digits), (message) => {
        const { payloadAt, kind } = read(message);
        expect(payloadAt).toBeGreaterThanOrEqual(0);
        expect(payloadAt).toBeLessThanOrEqual(message.length);
        if (kind === 'other') expect(payloadAt).toBe(0);
      }),
    );
  });

  test('is the same wherever the message lies, whatever lies around it', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, digits), around, around, (message, before, behind) => {
        const header = read(message);
        const again: RoomHeader = { ...header, kind: 'other', seq: 0, epoch: 0, newest: 0 };
        const end = before.length + message.length;
        readRoomHeader(Buffer.concat([before, message, behind]), before.length, end, again);
        expect({ ...again, payloadAt: again.payloadAt - before.length }).toEqual(header);
      }),
    );
  });
});

test('requests are as the protocol has them', () => {
  expect(joinRequest('tea', null).toString()).toBe('JOIN tea');
  expect(joinRequest('tea', { seq: 5, epoch: 7 }).toString()).toBe('JOIN tea 5 7');
  expect(publishHeader('tea').toString()).toBe('PUB tea\n');
});
