import { describe, expect, test } from 'vitest';
import { createReceiver, type Receiving } from '../../src/wire/receiver.ts';
import {
  binary,
  chop,
  close,
  continuation,
  createReader,
  cutAt,
  ENDS,
  type Event,
  encode,
  type Frame,
  fragments,
  frame,
  ping,
  pong,
  readAll,
  text,
} from '../support/frames.ts';

const UNFINISHED = { fin: false };

const OPEN: Receiving = { rest: null, deaf: false };
const DEAF: Receiving = { rest: null, deaf: true };

function bytesOf(frames: Frame[], masked: boolean): Buffer {
  return Buffer.concat(frames.map((frame) => encode(frame, masked)));
}

describe.each(ENDS)('at the end of a %s', (_end, masked) => {
  const read = (frames: Frame[], maxPayloadBytes?: number) =>
    readAll(masked, [bytesOf(frames, masked)], maxPayloadBytes).events;

  describe('a frame in pieces', () => {
    const frames = [
      text('Grüße', UNFINISHED),
      ping('in between'),
      continuation('!'),
      binary(Buffer.alloc(130, 0xfe)),
      pong(''),
      close(1000, 'bye'),
    ];
    const events: Event[] = [
      ['ping', 'in between'],
      ['text', 'Grüße!'],
      ['binary', 'þ'.repeat(130)],
      ['pong', ''],
      ['close', 1000, 'bye'],
    ];
    const bytes = bytesOf(frames, masked);

    test('means the same wherever it is cut once', () => {
      for (let cut = 0; cut <= bytes.length; cut++)
        expect(readAll(masked, cutAt(bytes, [cut])).events).toEqual(events);
    });

    test('means the same wherever it is cut twice', () => {
      for (let first = 0; first <= bytes.length; first++)
        for (let second = first; second <= bytes.length; second += 7)
          expect(readAll(masked, cutAt(bytes, [first, second])).events).toEqual(events);
    });

    test('means the same wherever its header is cut, at any form of the length', () => {
      for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]) {
        const payload = Buffer.alloc(length, 0xfe);
        const stream = bytesOf([binary(payload), ping('next')], masked);
        for (let cut = 0; cut <= 15; cut++)
          expect(readAll(masked, cutAt(stream, [cut, cut + 1])).events).toEqual([
            ['binary', payload.toString('latin1')],
            ['ping', 'next'],
          ]);
      }
    });

    test('is there with its last byte, and not before', () => {
      for (const length of [0, 1, 125, 126, 65_536]) {
        const stream = bytesOf([binary(Buffer.alloc(length))], masked);
        const reader = readAll(masked, cutAt(stream.subarray(0, -1), [1]));
        expect(reader.events).toEqual([]);
        reader.read(stream.subarray(-1));
        expect(reader.events).toHaveLength(1);
      }
    });

    test('takes no more than twice its bytes to keep, however small the pieces', () => {
      const reader = createReader(masked);
      for (const byte of chop(bytesOf([binary(Buffer.alloc(5000))], masked).subarray(0, 4000), 1))
        reader.read(byte);
      expect(reader.connection.rest?.frame.length).toBe(4000);
      expect(reader.connection.rest?.frame.buffer.length).toBeLessThanOrEqual(8000);
    });

    test('takes what has come to keep, and not what it says will come', () => {
      const stream = bytesOf([binary('Hello', { claimedBytes: 16n * 2n ** 20n })], masked);
      const reader = readAll(masked, [stream]);
      expect(reader.connection.rest?.frame.buffer.length).toBe(stream.length);
    });

    test('may be followed by a read of nothing', () => {
      expect(readAll(masked, [...cutAt(bytes, [3, 3, 3]), Buffer.alloc(0)]).events).toEqual(events);
    });
  });

  describe('between two reads', () => {
    test.each<[what: string, frames: Frame[]]>([
      ['whole messages', [text('Hello'), binary(Buffer.alloc(70_000)), ping(''), pong('x')]],
      ['whole fragments', [text('one, ', UNFINISHED), ping(''), continuation('two')]],
      ['empty fragments', [text('', UNFINISHED), continuation('')]],
    ])('nothing is kept after %s, however they came', (_, frames) => {
      const bytes = bytesOf(frames, masked);
      for (const size of [1, 3, 1000, bytes.length])
        expect(readAll(masked, chop(bytes, size)).connection).toEqual(OPEN);
    });

    test('only the message is kept while its last fragment has not come', () => {
      const { connection } = readAll(
        masked,
        chop(bytesOf([text('one, ', UNFINISHED), ping('x')], masked), 3),
      );
      expect(connection.rest).toMatchObject({ frame: { length: 0 }, message: { length: 5 } });
      expect(connection.rest?.frame.buffer).toHaveLength(0);
    });
  });

  describe('a message in fragments', () => {
    test('lets control frames through at each cut, at once', () => {
      const payload = Buffer.from('Grüße an κόσμε 🙂');
      for (let cut = 0; cut <= payload.length; cut++) {
        const [before, after] = cutAt(payload, [cut]);
        const frames = [text(before, UNFINISHED), ping('1'), pong('2'), continuation(after)];
        expect(read(frames.slice(0, 3))).toEqual([
          ['ping', '1'],
          ['pong', '2'],
        ]);
        expect(read(frames).at(-1)).toEqual(['text', payload.toString()]);
      }
    });

    test('may have as many as there are bytes', () => {
      const frames = fragments(binary(Buffer.alloc(100_000, 0xfe)), 1);
      expect(read(frames, 100_000)).toEqual([['binary', 'þ'.repeat(100_000)]]);
    });

    test('may have many more that are empty, which are not kept', () => {
      const empty = Array<Frame>(100_000).fill(continuation('', UNFINISHED));
      expect(read([text('', UNFINISHED), ...empty, continuation('Hello')])).toEqual([['text', 'Hello']]);
    });

    test('may be followed by another, and by a whole one', () => {
      const both = fragments(text('Hello'), 2).concat(fragments(binary('Hello'), 3));
      expect(read([...both, text('')])).toEqual([
        ['text', 'Hello'],
        ['binary', 'Hello'],
        ['text', ''],
      ]);
    });

    test('is text throughout if it began as text, and binary if it did not', () => {
      const bytes = Buffer.from([0x61, 0xff, 0x62]);
      expect(read(fragments(binary(bytes), 1))).toEqual([['binary', 'aÿb']]);
      expect(read(fragments(text(bytes), 1))).toEqual([['violation', 1007]]);
    });

    test.each([1, 2])('admits no beginning of another within it, be it with opcode %i', (opcode) => {
      for (const fin of [true, false])
        expect(read([binary('one', UNFINISHED), frame(opcode, 'two', { fin })])).toEqual([
          ['violation', 1002],
        ]);
    });
  });

  describe('text', () => {
    test('is looked at to its last byte, at any length', () => {
      for (const length of [1, 2, 3, 4, 5, 6, 7, 8, 200, 255, 256, 257, 70_000]) {
        for (const at of [0, length >> 2, length >> 1, length - 1]) {
          const payload = Buffer.alloc(length, 'a');
          payload[at] = 0xff;
          expect(read([text(payload)])).toEqual([['violation', 1007]]);
        }
      }
    });

    test('may have characters of any length anywhere', () => {
      for (const character of ['a', 'ü', '€', '🙂']) {
        for (const before of [0, 1, 2, 3, 4, 30, 252, 253, 254, 255, 256, 300]) {
          const string = 'a'.repeat(before) + character;
          expect(read([text(string)])).toEqual([['text', string]]);
        }
      }
    });
  });

  describe('a length limit', () => {
    const LIMIT = 1000;
    const tooLong = ['violation', 1009];
    const bytes = (length: number) => Buffer.alloc(length, 0x61);

    test('allows as many bytes, and not one more', () => {
      expect(read([binary(bytes(LIMIT))], LIMIT)).toHaveLength(1);
      expect(read([binary(bytes(LIMIT + 1))], LIMIT)).toEqual([tooLong]);
    });

    test('counts all fragments of a message', () => {
      expect(read(fragments(binary(bytes(LIMIT)), 10), LIMIT)).toHaveLength(1);
      expect(read(fragments(binary(bytes(LIMIT + 1)), 10), LIMIT)).toEqual([tooLong]);
    });

    test('counts each message by itself', () => {
      const message = fragments(binary(bytes(LIMIT)), 600);
      const events = read([...message, ...message, binary(bytes(LIMIT))], LIMIT);
      expect(events.map(([kind]) => kind)).toEqual(['binary', 'binary', 'binary']);
    });

    test('does not count control frames', () => {
      const payload = bytes(125);
      const [first, second] = fragments(binary(bytes(LIMIT)), LIMIT - 1);
      const events = read([first, ping(payload), pong(payload), second, close(1000, bytes(123))], LIMIT);
      expect(events.map(([kind]) => kind)).toEqual(['ping', 'pong', 'binary', 'close']);
    });

    test('is kept before the payload has come', () => {
      const [first, second] = fragments(binary(bytes(LIMIT + 1)), 600);
      const header = encode(second, masked).subarray(0, 4);
      expect(readAll(masked, [encode(first, masked), header], LIMIT).events).toEqual([tooLong]);
    });

    test.each([
      1001n,
      65_536n,
      2n ** 31n,
      2n ** 32n,
      2n ** 32n + 1n,
      2n ** 53n - 1n,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
      2n ** 63n,
      2n ** 63n + 1n,
      2n ** 64n - 1n,
    ])('is not confused by a frame that says it has %d bytes', (claimedBytes) => {
      expect(read([binary('Hello', { claimedBytes })], LIMIT)).toEqual([tooLong]);
      expect(read([text('', UNFINISHED), continuation('Hello', { claimedBytes })], LIMIT)).toEqual([tooLong]);
    });

    test('may be higher than four bytes can say', () => {
      const frames = [binary('Hello', { claimedBytes: 2n ** 32n + 5n })];
      expect(read(frames, 2 ** 32 + 4)).toEqual([tooLong]);
      expect(read(frames, 2 ** 32 + 5)).toEqual([]);
    });

    test('is of the length, whichever form that has', () => {
      for (const lengthBits of [16, 64] as const) {
        expect(read([text('Hello', { lengthBits })], LIMIT)).toEqual([['text', 'Hello']]);
        expect(read([binary(bytes(LIMIT + 1), { lengthBits })], LIMIT)).toEqual([tooLong]);
      }
    });
  });

  describe('a mask', () => {
    test('must be there or not, on a frame of any kind', () => {
      for (const opcode of [1, 2, 8, 9, 10])
        expect(read([frame(opcode, 'Hello', { wronglyMasked: true })])).toEqual([['violation', 1002]]);
      const late = [text('one', UNFINISHED), continuation('two', { wronglyMasked: true })];
      expect(read(late)).toEqual([['violation', 1002]]);
    });
  });

  describe('a control frame', () => {
    test.each([8, 9, 10])('with opcode %i must have a length of one byte', (opcode) => {
      for (const lengthBits of [16, 64] as const)
        expect(read([frame(opcode, '\x03\xe8', { lengthBits })])).toEqual([['violation', 1002]]);
    });

    test.each([8, 9, 10])(
      'with opcode %i must be in one piece, even within a fragmented message',
      (opcode) => {
        expect(read([text('', UNFINISHED), frame(opcode, '', UNFINISHED)])).toEqual([['violation', 1002]]);
      },
    );
  });

  describe('a close frame', () => {
    test('may have the codes that the RFC and its registry have, and those that are free to use', () => {
      const codes = Array.from({ length: 65_536 }, (_, code) => code);
      const isGood = (code: number) => (code >= 1000 && code <= 1014) || (code >= 3000 && code <= 4999);
      const good = codes.filter((code) => isGood(code) && ![1004, 1005, 1006].includes(code));
      const taken = codes.filter((code) => read([close(code)])[0][0] === 'close');
      expect(taken).toEqual(good);
    });

    test('with one byte fails the connection before that byte has come', () => {
      const bytes = encode(frame(8, 'x'), masked).subarray(0, 2);
      expect(readAll(masked, [bytes]).events).toEqual([['violation', 1002]]);
    });

    test('with a code that is not valid is worse than one with a bad reason', () => {
      expect(read([close(999, Buffer.from([0xff]))])).toEqual([['violation', 1002]]);
      expect(read([close(1000, Buffer.from([0xff]))])).toEqual([['violation', 1007]]);
    });
  });

  describe('a deaf connection', () => {
    const after = bytesOf([text('after'), ping('after'), close(1000)], masked);

    test.each<[what: string, frame: Frame, event: Event]>([
      ['a close frame', close(1001, 'bye'), ['close', 1001, 'bye']],
      ['a bad frame', frame(3, ''), ['violation', 1002]],
      ['a bad text', text(Buffer.from([0xff])), ['violation', 1007]],
      ['a bad close frame', close(1005), ['violation', 1002]],
    ])('is what %s makes it, and nothing after it is read or kept', (_, last, event) => {
      for (const before of [[], [text('unfinished', UNFINISHED)]]) {
        const frames = last.opcode === 1 && before.length > 0 ? [{ ...last, opcode: 0 }] : [last];
        const bytes = bytesOf([...before, ...frames], masked);
        for (const size of [1, bytes.length]) {
          const reader = readAll(masked, [...chop(bytes, size), after]);
          expect(reader.events).toEqual([event]);
          expect(reader.connection).toEqual(DEAF);
        }
        expect(readAll(masked, [Buffer.concat([bytes, after])])).toMatchObject({
          events: [event],
          connection: DEAF,
        });
      }
    });

    test.each<[what: string, frames: Frame[], event: Event]>([
      ['a message', [text('Hello')], ['text', 'Hello']],
      ['a message in fragments', fragments(binary('Hello'), 2), ['binary', 'Hello']],
      ['a ping', [ping('Hello')], ['ping', 'Hello']],
      ['a pong within a message', [text('one', UNFINISHED), pong('Hello')], ['pong', 'Hello']],
    ])('is what the event of %s may make it, in the middle of a read', (_, frames, event) => {
      const bytes = bytesOf(frames, masked);
      for (const reads of [
        [Buffer.concat([bytes, after])],
        [...chop(bytes, 1), after],
        cutAt(Buffer.concat([bytes, after]), [3]),
        cutAt(Buffer.concat([bytes, after]), [bytes.length + 3]),
      ]) {
        const reader = createReader(masked);
        reader.onEvent = () => {
          reader.connection.deaf = true;
        };
        for (const bytes of reads) reader.read(bytes);
        expect(reader.events).toEqual([event]);
        expect(reader.connection).toEqual(DEAF);
      }
    });

    test('is already deaf when its event is told', () => {
      for (const last of [close(1000), frame(3, ''), text(Buffer.from([0xff]))]) {
        const reader = createReader(masked);
        const deaf: boolean[] = [];
        reader.onEvent = () => deaf.push(reader.connection.deaf);
        reader.read(encode(last, masked));
        expect(deaf).toEqual([true]);
      }
    });
  });

  describe('a receiver for many connections', () => {
    test('keeps apart what each has unfinished', () => {
      const bytes = bytesOf([text('one, ', UNFINISHED), ping('?'), continuation('two')], masked);
      const { receive, seen } = createSharedReader(masked);
      for (const byte of chop(bytes, 1)) {
        receive('Ann', byte);
        receive('Bob', byte);
      }
      expect(seen).toEqual(['Ann: ?', 'Bob: ?', 'Ann: one, two', 'Bob: one, two']);
    });

    test('can be handed the bytes of one while it tells an event of another', () => {
      const toAnn = cutAt(bytesOf([text('1'), text('2'), text('3')], masked), [4]);
      const toBob = chop(bytesOf([text('Hello')], masked), 6);
      const { receive, seen } = createSharedReader(masked, (name) => {
        const next = name === 'Ann' ? toBob.shift() : undefined;
        if (next !== undefined) receive('Bob', next);
      });
      for (const bytes of toAnn) receive('Ann', bytes);
      expect(seen).toEqual(['Ann: 1', 'Ann: 2', 'Bob: Hello', 'Ann: 3']);
    });
  });
});

test('a server unmasks each frame with the key of its own', () => {
  const keys = [
    [0, 0, 0, 0],
    [255, 255, 255, 255],
    [0x80, 0, 0, 1],
  ];
  const frames = keys.map((key) => text('Hello!?', { key }));
  expect(readAll(true, [bytesOf(frames, true)]).events).toEqual(keys.map(() => ['text', 'Hello!?']));
});

/** One receiver, and as many connections as there are names; all payloads are texts. */
function createSharedReader(masked: boolean, onEvent: (name: string) => void = () => {}) {
  const connections = new Map<string, Receiving & { name: string }>();
  const seen: string[] = [];
  const note = ({ name }: { name: string }, payload: Buffer) => {
    seen.push(`${name}: ${payload}`);
    onEvent(name);
  };
  const receive = createReceiver<Receiving & { name: string }>(
    { masked, maxPayloadBytes: 1000 },
    {
      message: (connection, data, start, end) => note(connection, data.subarray(start, end)),
      ping: note,
      pong: note,
      close: () => {},
      violation: () => {},
    },
  );
  return {
    seen,
    receive(name: string, bytes: Buffer) {
      const connection = connections.get(name) ?? { name, ...OPEN };
      connections.set(name, connection);
      receive(connection, Buffer.from(bytes));
    },
  };
}
