import { describe, expect, test } from 'vitest';
import { createDueQueue, type DueQueue } from '../../src/swarm/due-queue.ts';
import fc from '../support/properties.ts';

function drain(queue: DueQueue, nowMs: number): number[] {
  const items: number[] = [];
  for (let item = queue.popDue(nowMs); item >= 0; item = queue.popDue(nowMs)) items.push(item);
  return items;
}

const time = fc.oneof(fc.nat(20), fc.double({ min: 0, max: 1e9, noNaN: true }));

describe('against sorting', () => {
  test('all that was pushed comes out, soonest first', () => {
    fc.assert(
      fc.property(fc.array(time, { maxLength: 400 }), (times) => {
        const queue = createDueQueue();
        times.forEach((dueMs, item) => {
          queue.push(dueMs, item);
        });
        const items = drain(queue, Number.POSITIVE_INFINITY);
        expect(items.map((item) => times[item])).toEqual(times.toSorted((a, b) => a - b));
        expect(items.toSorted((a, b) => a - b)).toEqual(times.map((_, item) => item));
      }),
    );
  });

  test('pushing and popping in any order gives what a sorted list gives', () => {
    const step = fc.oneof(fc.record({ push: time }), fc.record({ popBy: time }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = createDueQueue();
        const list: number[] = [];
        steps.forEach((now, item) => {
          if ('push' in now) {
            queue.push(now.push, item);
            list.push(now.push);
            list.sort((a, b) => a - b);
            return;
          }
          const popped = queue.popDue(now.popBy);
          const due = list.length > 0 && list[0] <= now.popBy;
          expect(popped >= 0).toBe(due);
          if (due) expect((steps[popped] as { push: number }).push).toBe(list.shift());
        });
      }),
    );
  });
});

test('what is due at this very moment is due', () => {
  const queue = createDueQueue();
  queue.push(5, 1);
  expect(queue.popDue(4.999)).toBe(-1);
  expect(queue.popDue(5)).toBe(1);
  expect(queue.popDue(5)).toBe(-1);
});

test('an item may be in it more than once', () => {
  const queue = createDueQueue();
  for (const dueMs of [30, 10, 20]) queue.push(dueMs, 7);
  expect(drain(queue, 20)).toEqual([7, 7]);
  expect(drain(queue, 30)).toEqual([7]);
});
