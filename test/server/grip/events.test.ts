import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvents, encodeEvents, type WebSocketEvent } from '../../../src/server/grip/events.ts';

const types = ['OPEN', 'TEXT', 'BINARY', 'PING', 'PONG', 'CLOSE', 'DISCONNECT'] as const;

describe('the body of WebSocket over HTTP', () => {
  it('is what the protocol says', () => {
    const body = 'OPEN\r\nTEXT 5\r\nhello\r\nTEXT 0\r\n\r\nBINARY 1f\r\n'.concat(
      'x'.repeat(31),
      '\r\nCLOSE\r\n',
    );
    const events: WebSocketEvent[] = [
      { type: 'OPEN', content: null },
      { type: 'TEXT', content: Buffer.from('hello') },
      { type: 'TEXT', content: Buffer.alloc(0) },
      { type: 'BINARY', content: Buffer.from('x'.repeat(31)) },
      { type: 'CLOSE', content: null },
    ];
    expect(decodeEvents(Buffer.from(body))).toEqual(events);
    expect(String(encodeEvents(events))).toBe(body);
  });

  it('comes back as it was, whatever bytes the messages have', () => {
    const content = fc.option(fc.uint8Array({ maxLength: 300 }).map(Buffer.from), { nil: null });
    const event = fc.record({ type: fc.constantFrom(...types), content });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), (events) => {
        expect(decodeEvents(encodeEvents(events))).toEqual(events);
      }),
    );
  });

  it.each([
    ['a line that does not end', 'OPEN'],
    ['an event that nobody knows', 'SHOUT\r\n'],
    ['a length that is no number', 'TEXT five\r\nhello\r\n'],
    ['a length that is negative', 'TEXT -1\r\n\r\n'],
    ['content that is cut', 'TEXT 5\r\nhell'],
    ['content that is too long', 'TEXT 5\r\nhello!\r\n'],
    ['content without an end', 'TEXT 5\r\nhello'],
  ])('is refused with %s', (_what, body) => {
    expect(decodeEvents(Buffer.from(body))).toBe(null);
  });
});
