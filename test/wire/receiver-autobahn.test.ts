/**
 * Cases 1 to 7, 9 and 10 of the Autobahn TestSuite, by its numbers, as far as they are about what is received;
 * docs/autobahn.md has the table. What the suite sends whole and in several ways of chopping is one case here, as
 * each is read in all ways.
 */

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
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
  fragments,
  frame,
  messageEvent,
  ping,
  pong,
  readAll,
  text,
} from '../support/frames.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;

const UNFINISHED = { fin: false };

/** What comes of a text, a frame that breaks the protocol, and a ping. */
const UP_TO_1002: Event[] = [
  ['text', 'before'],
  ['violation', 1002],
];

/** What comes of the frames, and must come of them in one read, frame by frame, byte by byte, and in other pieces. */
function received(masked: boolean, frames: Frame[]): Event[] {
  const encoded = frames.map((frame) => encode(frame, masked));
  const bytes = Buffer.concat(encoded);
  const [events, ...others] = [[bytes], encoded, chop(bytes, 1), chop(bytes, 997)].map(
    (reads) => readAll(masked, reads).events,
  );
  for (const other of others) expect(other).toEqual(events);
  return events;
}

/** Reads all of it in pieces of so many bytes. */
function expectWhole(masked: boolean, message: Frame, frames: Frame[], bytesPerRead: number): void {
  const bytes = Buffer.concat(frames.map((frame) => encode(frame, masked)));
  expect(readAll(masked, chop(bytes, bytesPerRead)).events).toEqual([eventOf(message)]);
}

type Case = [name: string, frames: Frame[], events: Event[]];

const CASES: Record<string, Case[]> = {
  messages: [
    ['1.1.1: an empty text', [text('')], [['text', '']]],
    ['1.1.2: a text of 125 bytes', [text('*'.repeat(125))], [['text', '*'.repeat(125)]]],
    ['1.1.3: a text of 126 bytes', [text('*'.repeat(126))], [['text', '*'.repeat(126)]]],
    ['1.1.4: a text of 127 bytes', [text('*'.repeat(127))], [['text', '*'.repeat(127)]]],
    ['1.1.5: a text of 128 bytes', [text('*'.repeat(128))], [['text', '*'.repeat(128)]]],
    ['1.1.6: a text of 65535 bytes', [text('*'.repeat(65_535))], [['text', '*'.repeat(65_535)]]],
    ['1.1.7, 1.1.8: a text of 65536 bytes', [text('*'.repeat(65_536))], [['text', '*'.repeat(65_536)]]],
    ['1.2.1: an empty binary message', [binary('')], [['binary', '']]],
    ['1.2.2: a binary message of 125 bytes', [binary(thorns(125))], [['binary', 'þ'.repeat(125)]]],
    ['1.2.3: a binary message of 126 bytes', [binary(thorns(126))], [['binary', 'þ'.repeat(126)]]],
    ['1.2.4: a binary message of 127 bytes', [binary(thorns(127))], [['binary', 'þ'.repeat(127)]]],
    ['1.2.5: a binary message of 128 bytes', [binary(thorns(128))], [['binary', 'þ'.repeat(128)]]],
    ['1.2.6: a binary message of 65535 bytes', [binary(thorns(65_535))], [['binary', 'þ'.repeat(65_535)]]],
    [
      '1.2.7, 1.2.8: a binary message of 65536 bytes',
      [binary(thorns(65_536))],
      [['binary', 'þ'.repeat(65_536)]],
    ],
  ],
  'pings and pongs': [
    ['2.1: a ping without a payload', [ping('')], [['ping', '']]],
    ['2.2: a ping with text', [ping('Hello!')], [['ping', 'Hello!']]],
    ['2.3: a ping with bytes that are no text', [ping(hex('00fffefd'))], [['ping', '\x00ÿþý']]],
    ['2.4, 2.6: a ping of 125 bytes', [ping(thorns(125))], [['ping', 'þ'.repeat(125)]]],
    ['2.5: a ping of 126 bytes', [ping(thorns(126))], [['violation', 1002]]],
    ['2.7: an unasked pong without a payload', [pong('')], [['pong', '']]],
    ['2.8: an unasked pong with a payload', [pong('unasked')], [['pong', 'unasked']]],
    [
      '2.9: an unasked pong, then a ping',
      [pong('unasked'), ping('asked')],
      [
        ['pong', 'unasked'],
        ['ping', 'asked'],
      ],
    ],
    [
      '2.10, 2.11: ten pings in a row',
      [...'0123456789'].map((digit) => ping(`ping ${digit}`)),
      [...'0123456789'].map((digit) => ['ping', `ping ${digit}`]),
    ],
  ],
  'reserved bits': [
    ['3.1: a text with reserved bits 1', [text('Hello', { rsv: 1 })], [['violation', 1002]]],
    ['3.2: a text, one with reserved bits 2, a ping', around(text('Hello', { rsv: 2 })), UP_TO_1002],
    ['3.3: a text, one with reserved bits 3, a ping', around(text('Hello', { rsv: 3 })), UP_TO_1002],
    ['3.4: a text, one with reserved bits 4, a ping', around(text('Hello', { rsv: 4 })), UP_TO_1002],
    ['3.5: a binary message with reserved bits 5', [binary('Hello', { rsv: 5 })], [['violation', 1002]]],
    ['3.6: a ping with reserved bits 6', [ping('Hello', { rsv: 6 })], [['violation', 1002]]],
    ['3.7: a close frame with reserved bits 7', [frame(8, '', { rsv: 7 })], [['violation', 1002]]],
  ],
  'reserved opcodes': [
    ['4.1.1: opcode 3 without a payload', [frame(3, '')], [['violation', 1002]]],
    ['4.1.2: opcode 4 with a payload', [frame(4, 'payload')], [['violation', 1002]]],
    ['4.1.3: a text, opcode 5 without a payload, a ping', around(frame(5, '')), UP_TO_1002],
    ['4.1.4: a text, opcode 6 with a payload, a ping', around(frame(6, 'payload')), UP_TO_1002],
    ['4.1.5: a text, opcode 7 with a payload, a ping', around(frame(7, 'payload')), UP_TO_1002],
    ['4.2.1: opcode 11 without a payload', [frame(11, '')], [['violation', 1002]]],
    ['4.2.2: opcode 12 with a payload', [frame(12, 'payload')], [['violation', 1002]]],
    ['4.2.3: a text, opcode 13 without a payload, a ping', around(frame(13, '')), UP_TO_1002],
    ['4.2.4: a text, opcode 14 with a payload, a ping', around(frame(14, 'payload')), UP_TO_1002],
    ['4.2.5: a text, opcode 15 with a payload, a ping', around(frame(15, 'payload')), UP_TO_1002],
  ],
  fragments: [
    ['5.1: a ping in two fragments', [ping('one', UNFINISHED), continuation('two')], [['violation', 1002]]],
    ['5.2: a pong in two fragments', [pong('one', UNFINISHED), continuation('two')], [['violation', 1002]]],
    [
      '5.3–5.5: a text in two fragments',
      [text('one, ', UNFINISHED), continuation('two')],
      [['text', 'one, two']],
    ],
    [
      '5.6–5.8: a text in two fragments, a ping between them',
      [text('one, ', UNFINISHED), ping('between'), continuation('two')],
      [
        ['ping', 'between'],
        ['text', 'one, two'],
      ],
    ],
    [
      '5.9–5.11: a last fragment that continues nothing, then a text',
      [continuation('of nothing'), text('Hello')],
      [['violation', 1002]],
    ],
    [
      '5.12–5.14: a fragment that continues nothing, then a text',
      [continuation('of nothing', UNFINISHED), text('Hello')],
      [['violation', 1002]],
    ],
    [
      '5.15: a text in two fragments, then one that continues nothing',
      [text('one, ', UNFINISHED), continuation('two'), continuation('three', UNFINISHED), text('four')],
      [
        ['text', 'one, two'],
        ['violation', 1002],
      ],
    ],
    [
      '5.16: a fragment that continues nothing, then a text in two, all of it twice',
      twice([continuation('of nothing', UNFINISHED), text('one, ', UNFINISHED), continuation('two')]),
      [['violation', 1002]],
    ],
    [
      '5.17: a last fragment that continues nothing, then a text in two, all of it twice',
      twice([continuation('of nothing'), text('one, ', UNFINISHED), continuation('two')]),
      [['violation', 1002]],
    ],
    [
      '5.18: a text in two fragments, both with the opcode of text',
      [text('one, ', UNFINISHED), text('two')],
      [['violation', 1002]],
    ],
    [
      '5.19, 5.20: a text in five fragments, two pings among them',
      [
        text('one, ', UNFINISHED),
        continuation('two, ', UNFINISHED),
        ping('first'),
        continuation('three, ', UNFINISHED),
        continuation('four, ', UNFINISHED),
        ping('second'),
        continuation('five'),
      ],
      [
        ['ping', 'first'],
        ['ping', 'second'],
        ['text', 'one, two, three, four, five'],
      ],
    ],
    [
      '10.1.1: a text of 65536 bytes in fragments of 1300',
      fragments(text('*'.repeat(65_536)), 1300),
      [['text', '*'.repeat(65_536)]],
    ],
  ],
  text: [
    ['6.1.1: an empty text', [text('')], [['text', '']]],
    [
      '6.1.2: an empty text in three fragments',
      [text('', UNFINISHED), continuation('', UNFINISHED), continuation('')],
      [['text', '']],
    ],
    [
      '6.1.3: a text in three fragments, the first and the last of them empty',
      [text('', UNFINISHED), continuation('middle', UNFINISHED), continuation('')],
      [['text', 'middle']],
    ],
    ['6.2.1: a text with characters of two bytes', [text('Grüße, µ@ß')], [['text', 'Grüße, µ@ß']]],
    [
      '6.2.2: the same, in fragments cut between characters',
      [text('Grü', UNFINISHED), continuation('ße, µ@ß')],
      [['text', 'Grüße, µ@ß']],
    ],
    ['6.2.3: the same, in fragments of one byte', fragments(text('Grüße, µ@ß'), 1), [['text', 'Grüße, µ@ß']]],
    ['6.2.4: a text of Greek, in fragments of one byte', fragments(text('ἥλιος'), 1), [['text', 'ἥλιος']]],
    ['6.3.1: a text with a surrogate', [text(hex('61 eda080 62'))], [['violation', 1007]]],
    [
      '6.3.2: a text with a surrogate, in fragments of one byte',
      fragments(text(hex('61 eda080 62')), 1),
      [['violation', 1007]],
    ],
  ],
  'close frames': [
    [
      '7.1.1: a text, then a close frame',
      [text('Hello'), close(1000)],
      [
        ['text', 'Hello'],
        ['close', 1000, ''],
      ],
    ],
    ['7.1.2: two close frames', [close(1000), frame(8, '')], [['close', 1000, '']]],
    ['7.1.3: a ping after a close frame', [close(1000), ping('')], [['close', 1000, '']]],
    ['7.1.4: a text after a close frame', [close(1000), text('Hello')], [['close', 1000, '']]],
    [
      '7.1.5: a close frame between two fragments',
      [text('one, ', UNFINISHED), close(1000), continuation('two')],
      [['close', 1000, '']],
    ],
    [
      '7.1.6: 256 KiB of text, another text, a close frame, a ping',
      [text('*'.repeat(256 * KIB)), text('Hello'), close(1000), ping('')],
      [
        ['text', '*'.repeat(256 * KIB)],
        ['text', 'Hello'],
        ['close', 1000, ''],
      ],
    ],
    ['7.3.1: a close frame without a payload', [frame(8, '')], [['close', 1005, '']]],
    ['7.3.2: a close frame with one byte', [frame(8, 'x')], [['violation', 1002]]],
    ['7.3.3: a close frame with a code', [close(1000)], [['close', 1000, '']]],
    ['7.3.4: a close frame with a reason', [close(1000, 'Grüße')], [['close', 1000, 'Grüße']]],
    [
      '7.3.5: a close frame with a reason of 123 bytes',
      [close(1000, '*'.repeat(123))],
      [['close', 1000, '*'.repeat(123)]],
    ],
    [
      '7.3.6: a close frame with a reason of 124 bytes',
      [close(1000, '*'.repeat(124))],
      [['violation', 1002]],
    ],
    [
      '7.5.1: a close frame with a reason that is not UTF-8',
      [close(1000, hex('61 eda080 62'))],
      [['violation', 1007]],
    ],
  ],
};

interface Sequences {
  valid?: string[];
  invalid?: string[];
}

/** Cases 6.5 to 6.23: bytes that are UTF-8 and bytes that are not, in hex. */
const SEQUENCES: [name: string, Sequences][] = [
  [
    '6.5.1–6.5.5: characters of one to four bytes',
    { valid: ['x$y', 'x£y', 'x€y', 'x🙂y', 'ἥλιος'].map((string) => Buffer.from(string).toString('hex')) },
  ],
  [
    '6.6.1–6.6.11: the beginnings of a text, cut after each byte',
    {
      valid: [3, 5, 7, 9, 11].map((bytes) => beginning(bytes)),
      invalid: [1, 2, 4, 6, 8, 10].map((bytes) => beginning(bytes)),
    },
  ],
  ['6.7.1–6.7.4: the first character of each length', { valid: ['00', 'c280', 'e0a080', 'f0908080'] }],
  ['6.8.1, 6.8.2: the first of five and of six bytes', { invalid: ['f888808080', 'fc8480808080'] }],
  ['6.9.1–6.9.4: the last character of each length', { valid: ['7f', 'dfbf', 'efbfbf', 'f48fbfbf'] }],
  [
    '6.10.1–6.10.3: the last of four, five and six bytes in the old form',
    { invalid: ['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf'] },
  ],
  [
    '6.11.1–6.11.5: the neighbours of what is not allowed',
    { valid: ['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf'], invalid: ['f4908080'] },
  ],
  [
    '6.12.1–6.12.8: continuation bytes that continue nothing',
    {
      invalid: [
        '80',
        'bf',
        '80bf',
        '80bf80',
        '80bf80bf',
        '80bf80bf80',
        '80bf80bf80bf',
        everyByte(0x80, 0xbf),
      ],
    },
  ],
  [
    '6.13.1–6.13.5: first bytes with a space behind each',
    {
      invalid: [
        everyByte(0xc0, 0xdf, '20'),
        everyByte(0xe0, 0xef, '20'),
        everyByte(0xf0, 0xf7, '20'),
        everyByte(0xf8, 0xfb, '20'),
        everyByte(0xfc, 0xfd, '20'),
      ],
    },
  ],
  ['6.14.1–6.14.10: characters without their last byte', { invalid: cutShort() }],
  ['6.15.1: all of these in a row', { invalid: [cutShort().join('')] }],
  ['6.16.1–6.16.3: bytes that never stand in UTF-8', { invalid: ['fe', 'ff', 'fefeffff'] }],
  [
    '6.17.1–6.17.5: a slash in more bytes than it needs',
    { invalid: ['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af'] },
  ],
  [
    '6.18.1–6.18.5: the last characters that have a shorter form',
    { invalid: ['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf'] },
  ],
  [
    '6.19.1–6.19.5: NUL in more bytes than it needs',
    { invalid: ['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080'] },
  ],
  [
    '6.20.1–6.20.7: single surrogates',
    { invalid: ['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf'] },
  ],
  [
    '6.21.1–6.21.8: pairs of surrogates',
    {
      invalid: ['eda080', 'edadbf', 'edae80', 'edafbf'].flatMap((high) => [`${high}edb080`, `${high}edbfbf`]),
    },
  ],
  [
    '6.22.1–6.22.34: code points that are no characters',
    {
      valid: [...Array(17).keys()].flatMap((plane) =>
        [0xfffe, 0xffff].map((low) => utf8(plane * 65_536 + low)),
      ),
    },
  ],
  [
    '6.23.1–6.23.7: the specials up to U+FFFF',
    { valid: [0xfff9, 0xfffa, 0xfffb, 0xfffc, 0xfffd, 0xfffe, 0xffff].map(utf8) },
  ],
];

function thorns(length: number): Buffer {
  return Buffer.alloc(length, 0xfe);
}

function pattern(bytes: number): Buffer {
  return Buffer.alloc(bytes, 'wsscale.');
}

function eventOf({ opcode, payload }: Frame): Event {
  return messageEvent(payload, opcode === 2);
}

function twice(frames: Frame[]): Frame[] {
  return [...frames, ...frames];
}

function beginning(bytes: number): string {
  return Buffer.from('ἥλιος').subarray(0, bytes).toString('hex');
}

function everyByte(from: number, to: number, behind = ''): string {
  return Array.from({ length: to - from + 1 }, (_, i) => (from + i).toString(16) + behind).join('');
}

function cutShort(): string[] {
  const lowest = ['c0', 'e080', 'f08080', 'f8808080', 'fc80808080'];
  return [...lowest, 'df', 'efbf', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf'];
}

function utf8(codePoint: number): string {
  return Buffer.from(String.fromCodePoint(codePoint)).toString('hex');
}

/** A frame that breaks the protocol, between a text and a ping. */
function around(wrong: Frame): Frame[] {
  return [text('before'), wrong, ping('after')];
}

function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(' ', ''), 'hex');
}

describe.each(ENDS)('the end of a %s takes or refuses', (_end, masked) => {
  describe.each(Object.entries(CASES))('%s', (_, cases) => {
    test.each(cases)('%s', (_name, frames, events) => {
      expect(received(masked, frames)).toEqual(events);
    });
  });

  describe('UTF-8', () => {
    test.each(SEQUENCES)('%s', (_name, { valid = [], invalid = [] }) => {
      for (const bytes of valid) {
        const events: Event[] = [['text', hex(bytes).toString()]];
        expect(received(masked, [text(hex(bytes))])).toEqual(events);
        expect(received(masked, fragments(text(hex(bytes)), 1))).toEqual(events);
      }
      for (const bytes of invalid) {
        expect(received(masked, [text(hex(bytes))])).toEqual([['violation', 1007]]);
        expect(received(masked, fragments(text(hex(bytes)), 1))).toEqual([['violation', 1007]]);
      }
    });

    test.each([
      {
        name: '6.4.1: a fragment that makes the text wrong, found with the last one',
        cuts: [2, 6],
        inFrames: true,
      },
      {
        name: '6.4.2: a fragment of the byte that makes the text wrong, found with the last one',
        cuts: [3, 4],
        inFrames: true,
      },
      {
        name: '6.4.3: a piece of a frame that makes the text wrong, found with the last one',
        cuts: [2, 6],
        inFrames: false,
      },
      {
        name: '6.4.4: a piece of the byte that makes the text wrong, found with the last one',
        cuts: [3, 4],
        inFrames: false,
      },
    ])('$name', ({ cuts, inFrames }) => {
      const tooHigh = hex('6162 f4908080 6364');
      const whole = encode(text(tooHigh), masked);
      const [first, second, last] = inFrames
        ? cutAt(tooHigh, cuts).map((part, i) =>
            encode(frame(i === 0 ? 1 : 0, part, { fin: i === 2 }), masked),
          )
        : cutAt(
            whole,
            cuts.map((cut) => whole.length - tooHigh.length + cut),
          );
      expect(readAll(masked, [first, second]).events).toEqual([]);
      expect(readAll(masked, [first, second, last]).events).toEqual([['violation', 1007]]);
    });
  });

  describe('large messages', () => {
    test.each([
      ['9.1.1–9.1.6: texts of 64 KiB to 16 MiB', text],
      ['9.2.1–9.2.6: binary messages of 64 KiB to 16 MiB', binary],
    ])('%s', (_name, make) => {
      for (const bytes of [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB]) {
        const message = make(pattern(bytes));
        expectWhole(masked, message, [message], 64 * KIB);
      }
    });

    test.each([
      ['9.3.1–9.3.9: texts of 4 MiB in fragments of 64 bytes to 4 MiB', text],
      ['9.4.1–9.4.9: binary messages of 4 MiB in fragments of 64 bytes to 4 MiB', binary],
    ])('%s', (_name, make) => {
      const message = make(pattern(4 * MIB));
      for (const bytes of [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB])
        expectWhole(masked, message, fragments(message, bytes), 64 * KIB);
    });

    test.each([
      ['9.5.1–9.5.6: texts of 1 MiB in reads of 64 to 2048 bytes', text],
      ['9.6.1–9.6.6: binary messages of 1 MiB in reads of 64 to 2048 bytes', binary],
    ])('%s', (_name, make) => {
      const message = make(pattern(MIB));
      for (const bytes of [64, 128, 256, 512, 1024, 2048]) expectWhole(masked, message, [message], bytes);
    });
  });

  describe('many messages', () => {
    test.each([
      ['9.7.1–9.7.6: a thousand texts of 0 to 4096 bytes', text],
      ['9.8.1–9.8.6: a thousand binary messages of 0 to 4096 bytes', binary],
    ])('%s', (_name, make) => {
      for (const bytes of [0, 16, 64, 256, 1024, 4096]) {
        const message = make(pattern(bytes));
        const stream = Buffer.concat(Array(1000).fill(encode(message, masked)));
        expect(readAll(masked, chop(stream, 64 * KIB)).events).toEqual(Array(1000).fill(eventOf(message)));
      }
    });
  });

  describe('close codes', () => {
    test('7.7.1–7.7.13: close codes that may be sent', () => {
      for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])
        expect(received(masked, [close(code)])).toEqual([['close', code, '']]);
    });

    test('7.9.1–7.9.9: close codes that must not be sent', () => {
      for (const code of [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999])
        expect(received(masked, [close(code)])).toEqual([['violation', 1002]]);
    });

    test('7.13.1, 7.13.2: close codes of which the RFC says nothing', () => {
      for (const code of [5000, 65_535])
        expect(received(masked, [close(code)])).toEqual([['violation', 1002]]);
    });
  });
});

describe('docs/autobahn.md', () => {
  const rows = [...readFileSync('docs/autobahn.md', 'utf8').matchAll(/^\| (\d[^|]*) \|.*\|$/gm)];

  test('has each case of the suite once', () => {
    expect(rows.flatMap(([, cases]) => cases.split(', ').flatMap(everyCase)).sort()).toEqual(suite().sort());
  });

  test('names tests that exist, by the numbers of their cases', () => {
    const links = rows.flatMap(([row, cases]) =>
      [...row.matchAll(/\[([^\]]+)\]\(\.\.\/([^)]+)\)/g)].map(([, name, file]) => ({ cases, name, file })),
    );
    expect(links).toHaveLength(rows.length);
    for (const { cases, name, file } of links) {
      expect(name.startsWith(`${cases}: `), name).toBe(true);
      expect(existsSync(file) && readFileSync(file, 'utf8').includes(`'${name}'`), name).toBe(true);
    }
  });

  /** How many cases each group of the suite has. */
  const SIZES = {
    ...{ '1.1': 8, '1.2': 8, '2': 11, '3': 7, '4.1': 5, '4.2': 5, '5': 20, '10.1': 1 },
    ...{
      '6.1': 3,
      '6.2': 4,
      '6.3': 2,
      '6.4': 4,
      '6.5': 5,
      '6.6': 11,
      '6.7': 4,
      '6.8': 2,
      '6.9': 4,
      '6.10': 3,
    },
    ...{ '6.11': 5, '6.12': 8, '6.13': 5, '6.14': 10, '6.15': 1, '6.16': 3, '6.17': 5, '6.18': 5, '6.19': 5 },
    ...{ '6.20': 7, '6.21': 8, '6.22': 34, '6.23': 7 },
    ...{ '7.1': 6, '7.3': 6, '7.5': 1, '7.7': 13, '7.9': 9, '7.13': 2 },
    ...{ '9.1': 6, '9.2': 6, '9.3': 9, '9.4': 9, '9.5': 6, '9.6': 6, '9.7': 6, '9.8': 6 },
  };

  function suite(): string[] {
    return Object.entries(SIZES).flatMap(([group, size]) => everyCase(`${group}.1–${group}.${size}`));
  }

  /** The cases of a range such as `1.1.1–1.1.8`. */
  function everyCase(range: string): string[] {
    const [first, last = first] = range.split('–').map((number) => number.split('.'));
    const group = first.slice(0, -1).join('.');
    const [from, to] = [first, last].map((number) => Number(number.at(-1)));
    return Array.from({ length: to - from + 1 }, (_, i) => `${group}.${from + i}`);
  }
});
