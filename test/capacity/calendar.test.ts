import { expect, test } from 'vitest';
import { CHUNK, createCalendar } from '../../src/capacity/storm/calendar.ts';
import { createGhosts } from '../../src/capacity/storm/ghosts.ts';
import { createAcceptQueue } from '../../src/capacity/storm/queue.ts';
import fc from '../support/properties.ts';

test('a calendar gives back what was planned for a bin, once', () => {
  const bins = 40;
  const plans = fc.array(fc.integer({ min: 1, max: bins + 5 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(plans, (delays) => {
      const calendar = createCalendar(delays.length, bins);
      const some = new Int32Array(CHUNK);
      const expected = new Map<number, number[]>();
      const plan = (thing: number, bin: number) => {
        calendar.plan(thing, bin);
        expected.set(bin, [...(expected.get(bin) ?? []), thing]);
      };
      for (const [thing, delay] of delays.entries()) plan(thing, delay);
      for (let bin = 0; bin < bins; bin++) {
        expect(calendar.due(bin)).toBe(expected.get(bin)?.length ?? 0);
        const taken: number[] = [];
        for (let count = calendar.take(bin, some); count > 0; count = calendar.take(bin, some))
          taken.push(...some.subarray(0, count));
        expect(taken.sort((a, b) => a - b)).toEqual((expected.get(bin) ?? []).sort((a, b) => a - b));
        for (const thing of taken) plan(thing, bin + delays[thing]);
      }
    }),
  );
});

test('a queue is in order, however often it has gone round', () => {
  const queue = createAcceptQueue(3);
  const seen: [number, number][] = [];
  queue.push(0, 100);
  for (let client = 1; client < 20; client++) {
    queue.push(client, 100 + client);
    seen.push([queue.shift(), queue.triedAt]);
  }
  expect(queue.length).toBe(1);
  expect(seen).toEqual(seen.map((_, client) => [client, 100 + client]));
});

test('ghosts knock at their times until they are let in, or give up, too', () => {
  const ghosts = createGhosts([2, 4, 8], 3);
  // Half-open since bin 10; their clients leave in bins 11 and 13.
  ghosts.add(10, 11);
  ghosts.add(10, 11);
  ghosts.add(10, 13);
  // The kernel keeps no more.
  ghosts.add(10, 13);
  expect([12, 14, 18].map(ghosts.knocking)).toEqual([2, 1, 0]);
  ghosts.letIn(12, 1);
  expect(ghosts.knocking(14)).toBe(2);
  ghosts.letIn(14, 0);
  expect(ghosts.knocking(18)).toBe(2);
  ghosts.letIn(18, 1);
  for (let bin = 18; bin < 40; bin++) expect(ghosts.knocking(bin)).toBe(0);
});
