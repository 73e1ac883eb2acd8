import { describe, expect, test } from 'vitest';
import {
  accept,
  createInbox,
  deliveredOf,
  giveUp,
  type Inbox,
  type Numbered,
  takeEarly,
  takeOver,
} from '../../../src/server/direct/inbox.ts';
import fc from '../../support/properties.ts';

function open(isComplete: boolean) {
  const inbox: Inbox<Numbered> = createInbox(isComplete);
  const delivered: number[] = [];
  const copies: number[] = [];
  const given: number[] = [];
  const outlet = {
    deliver: ({ seq }: Numbered) => void delivered.push(seq),
    passOver: ({ seq }: Numbered) => void copies.push(seq),
    giveUp: ({ seq }: Numbered) => void given.push(seq),
  };
  const take = (...seqs: number[]) => seqs.map((seq) => accept(inbox, { session: 1, seq }, 0, outlet));
  return { inbox, delivered, copies, given, outlet, take };
}

describe('an inbox', () => {
  test('delivers what is next, keeps what is early until it is, and passes over what it knows', () => {
    const { delivered, copies, take } = open(true);
    expect(take(1, 3, 4, 3, 2, 2, 5)).toEqual([false, true, true, false, false, false, false]);
    expect(delivered).toEqual([1, 2, 3, 4, 5]);
    expect(copies).toEqual([3, 2]);
  });

  test('keeps sessions apart', () => {
    const { inbox, delivered, outlet } = open(true);
    for (const session of [1, 2]) accept(inbox, { session, seq: 2 }, 0, outlet);
    accept(inbox, { session: 2, seq: 1 }, 0, outlet);
    expect(delivered).toEqual([1, 2]);
  });

  test('takes the first number that comes for the first, where nobody knows what came before', () => {
    const { delivered, take } = open(false);
    take(7, 8, 10, 9);
    expect(delivered).toEqual([7, 8, 9, 10]);
  });

  test('gives up what comes before that: the order is kept', () => {
    const { delivered, copies, given, take } = open(false);
    take(7, 6, 7);
    expect(delivered).toEqual([7]);
    expect(given).toEqual([6]);
    expect(copies).toEqual([7]);
  });

  test('gives up what it has waited for too long, and no sooner', () => {
    const { inbox, delivered, outlet, take } = open(true);
    take(1, 4, 5, 8);
    expect(giveUp(inbox, 0, 10, outlet)).toBe(0);
    expect(delivered).toEqual([1]);
    expect(giveUp(inbox, 1, 10, outlet)).toBe(2);
    expect(delivered).toEqual([1, 4, 5]);
    // What comes next is waited for anew.
    expect(giveUp(inbox, 10, 10, outlet)).toBe(0);
    expect(giveUp(inbox, 11, 11, outlet)).toBe(2);
    expect(delivered).toEqual([1, 4, 5, 8]);
  });

  test('holds a bounded number of messages and sessions', () => {
    const { inbox, delivered, outlet } = open(true);
    for (let seq = 2; seq <= 1001; seq++) accept(inbox, { session: 1, seq }, 0, outlet);
    expect(delivered).toEqual([]);
    accept(inbox, { session: 1, seq: 1003 }, 0, outlet);
    expect(delivered.length).toBe(1000);
    expect(inbox.earlyCount).toBe(1);
    for (let session = 2; session < 1000; session++) accept(inbox, { session, seq: 1 }, 0, outlet);
    expect(inbox.sessions.size).toBe(256);
    // One of the forgotten sessions goes on: what is not known is not waited for.
    accept(inbox, { session: 2, seq: 5 }, 0, outlet);
    expect(delivered.at(-1)).toBe(5);
  });

  test('goes on at another node where it stopped', () => {
    const before = open(true);
    before.take(1, 2, 4);
    expect(takeEarly(before.inbox)).toEqual([{ session: 1, seq: 4 }]);
    const after = open(false);
    takeOver(after.inbox, deliveredOf(before.inbox), 0, after.outlet);
    after.take(4, 2, 3);
    expect(after.delivered).toEqual([3, 4]);
    expect(after.copies).toEqual([2]);
  });

  test('that is told late what was delivered passes over what it kept of that, and delivers what is next', () => {
    const { inbox, delivered, copies, outlet, take } = open(true);
    take(3, 4, 6);
    takeOver(inbox, { isComplete: true, sessions: [[1, 1, 3]] }, 0, outlet);
    expect(delivered).toEqual([4]);
    expect(copies).toEqual([3]);
    expect(inbox.earlyCount).toBe(1);
  });
});

test('in whatever order messages come and however often, each is delivered once, and in its order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }).chain((most) =>
        fc.tuple(
          fc.constant(most),
          fc.array(fc.integer({ min: 1, max: most })),
          fc.shuffledSubarray(
            Array.from({ length: most }, (_, i) => i + 1),
            { minLength: most },
          ),
        ),
      ),
      ([most, copies, order]) => {
        const inbox = open(true);
        const seqs = [...copies.slice(0, 20), ...order, ...copies.slice(20)];
        inbox.take(...seqs);
        expect(inbox.delivered).toEqual(Array.from({ length: most }, (_, i) => i + 1));
        expect(inbox.copies.length).toBe(seqs.length - most);
        expect(inbox.inbox.earlyCount).toBe(0);
      },
    ),
  );
});
