import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorFrame, joinedFrame, messageFrame, parseRequest } from '../../src/server/room-frames.ts';

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
    [
      'PUB lobby\n\nPUB x\n\xff\x00',
      { verb: 'PUB', room: 'lobby', payload: Buffer.from('\nPUB x\n\xff\x00', 'latin1') },
    ],
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
