import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as frames from '../../../src/server/broker/frames.ts';

const ALL = [
  frames.publishFrame('tea', Buffer.from('payload'), true),
  frames.roomFrame(frames.FOLLOW, 'tea'),
  frames.historyFrame('tea', 1_795_000_000_000, 12),
  frames.answerFrame({ epoch: 1_795_000_000_000, seq: 13, count: 1 }),
  frames.encodeMessage('tea', { epoch: 7, seq: 2 ** 40, frame: Buffer.from('frame') }),
  frames.CONFIRMED,
];

describe('the frames', () => {
  it('are read as they were written', () => {
    const [publish, follow, history, answer, message] = ALL.map((frame) => frame.subarray(4));
    expect(frames.readPublish(publish)).toEqual({
      room: 'tea',
      payload: Buffer.from('payload'),
      isBinary: true,
    });
    expect(frames.readRoom(follow)).toBe('tea');
    expect(frames.readHistory(history)).toEqual({ room: 'tea', epoch: 1_795_000_000_000, after: 12 });
    expect(frames.readAnswer(answer)).toEqual({ epoch: 1_795_000_000_000, seq: 13, count: 1 });
    expect(frames.readAnswer(frames.answerFrame(null).subarray(4))).toBe(null);
    expect(frames.readMessageRoom(message)).toBe('tea');
    expect(frames.readMessage(message)).toEqual({ epoch: 7, seq: 2 ** 40, frame: Buffer.from('frame') });
  });

  it('come out whole, wherever the stream is cut', () => {
    const stream = Buffer.concat(ALL);
    const expected = ALL.map((frame) => frame.subarray(4).toString('hex'));
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
        const bodies: string[] = [];
        const split = frames.createSplitter(100, (body) => bodies.push(body.toString('hex')));
        let at = 0;
        for (const cut of [...cuts.sort((a, b) => a - b), stream.length]) {
          if (cut > at && !split(stream.subarray(at, cut))) throw new Error('refused');
          at = cut;
        }
        expect(bodies).toEqual(expected);
      }),
    );
  });

  it.each([
    ['a request of HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an empty body', Buffer.alloc(4)],
    ['a type that there is not', Buffer.from('0400000063616263', 'hex')],
    ['a body that is too short for its type', Buffer.from('0200000004aa', 'hex')],
    ['a body that is longer than allowed', Buffer.from('6500000001', 'hex')],
  ])('are not %s', (_case, bytes) => {
    const bodies: Buffer[] = [];
    expect(frames.createSplitter(100, (body) => bodies.push(body))(bytes)).toBe(false);
    expect(bodies).toEqual([]);
  });
});
