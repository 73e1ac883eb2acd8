import { expect, it } from 'vitest';
import { createHistory } from '../../src/server/history.ts';

const entry = (text: string) => ({ epoch: 1, seq: 1, frame: Buffer.from(text) });
const texts = (entries: readonly { frame: Buffer }[]) => entries.map(({ frame }) => frame.toString());

/** Each message counts 128 bytes beside its own. */
const entriesOf10Bytes = (count: number) => count * 138;

it('keeps the newest messages of each room', () => {
  const history = createHistory(2, entriesOf10Bytes(100));
  for (const text of ['a1', 'a2', 'a3']) history.keep('a', entry(text));
  history.keep('b', entry('b1'));
  expect(texts(history.of('a'))).toEqual(['a2', 'a3']);
  expect(texts(history.of('b'))).toEqual(['b1']);
  expect(history.of('nowhere')).toEqual([]);
});

it('takes from the room that has been silent the longest when all rooms together are too much', () => {
  const history = createHistory(100, entriesOf10Bytes(3));
  history.keep('a', entry('a-01234567'));
  history.keep('b', entry('b-01234567'));
  history.keep('a', entry('A-01234567'));
  history.keep('c', entry('c-01234567'));
  expect(texts(history.of('b'))).toEqual([]);
  expect(texts(history.of('a'))).toEqual(['a-01234567', 'A-01234567']);
  history.keep('c', entry('C-01234567'));
  expect(texts(history.of('a'))).toEqual(['A-01234567']);
  expect(texts(history.of('c'))).toEqual(['c-01234567', 'C-01234567']);
});

it('keeps nothing of a message that is larger than everything it may keep', () => {
  const history = createHistory(100, 100);
  history.keep('a', entry('x'.repeat(1000)));
  expect(history.of('a')).toEqual([]);
});

it('forgets a room, and has its bytes for others', () => {
  const history = createHistory(100, entriesOf10Bytes(2));
  history.keep('a', entry('a-01234567'));
  history.keep('a', entry('A-01234567'));
  history.forget('a');
  history.forget('nowhere');
  expect(history.of('a')).toEqual([]);
  history.keep('b', entry('b-01234567'));
  history.keep('c', entry('c-01234567'));
  expect(texts(history.of('b'))).toEqual(['b-01234567']);
});
