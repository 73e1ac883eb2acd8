import { expect, test } from 'vitest';
import { decodeEntry, type Entry, encodeEntry } from '../../../src/server/direct/entries.ts';
import fc from '../../support/properties.ts';

const user = fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/);
const node = fc.integer({ min: 0, max: 255 });
const number = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const timeMs = fc.double({ min: 0, max: 1e12, noNaN: true });

const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({
    type: fc.constant('letter' as const),
    letter: fc.record({
      ...{ session: number, seq: number, from: user, to: user, region: node, detours: node },
      isBinary: fc.boolean(),
      payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    }),
  }),
  fc.record({
    type: fc.constant('telling' as const),
    told: fc.record({ user, atMs: timeMs, node, isGone: fc.boolean() }),
    ...{ by: node, from: fc.option(node), answer: fc.integer({ min: 0, max: 0xffffffff }) },
  }),
  fc.record({
    type: fc.constant('known' as const),
    answer: fc.integer({ min: 0, max: 0xffffffff }),
    atMs: timeMs,
  }),
  fc.record({
    type: fc.constant('handover' as const),
    ...{ by: node, user },
    delivered: fc.record({ isComplete: fc.boolean(), sessions: fc.array(fc.tuple(number, number, number)) }),
  }),
  fc.record({ type: fc.constant('ask' as const), by: node }),
);

test('an entry is read as it was written', () => {
  fc.assert(
    fc.property(entry, (written) => {
      expect(decodeEntry(encodeEntry(written))).toEqual(written);
    }),
  );
});

test('what is no entry is none', () => {
  expect(decodeEntry(Buffer.from([0, 1, 2]))).toBeNull();
  expect(decodeEntry(Buffer.alloc(0))).toBeNull();
});
