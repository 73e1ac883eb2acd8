import { describe, expect, test } from 'vitest';
import { slowReadersOf } from '../../src/model/slow-readers.ts';
import { chooseSlowReaders } from '../../src/swarm/slow-readers.ts';
import { phasePlan } from '../support/plans.ts';
import fc from '../support/properties.ts';

function planOf(clients: number, slowReadersRatio: number, rooms: number | null) {
  const { messages } = phasePlan();
  const mode = rooms === null ? 'echo' : 'broadcast';
  return phasePlan({ clients, slowReadersRatio, messages: { ...messages, mode, rooms: rooms ?? 1 } });
}

const chosen = (plan: ReturnType<typeof planOf>) =>
  [...(chooseSlowReaders(plan, 0, plan.clients) ?? [])].flatMap((isSlow, client) => (isSlow ? [client] : []));

describe('slow readers', () => {
  test('are none where none are asked for', () => {
    expect(chooseSlowReaders(planOf(10, 0, null), 0, 10)).toBeNull();
  });

  test('of an echo are every so manieth client', () => {
    expect(chosen(planOf(30, 0.1, null))).toEqual([9, 19, 29]);
  });

  test('of a broadcast are in all rooms, and publish in none', () => {
    const slow = chosen(planOf(200, 0.1, 20));
    expect(slow).toHaveLength(20);
    expect(new Set(slow.map((client) => client % 20)).size).toBe(20);
    expect(Math.min(...slow)).toBeGreaterThanOrEqual(20);
  });

  test('are as many as the share says, in whatever parts the workers have them, and even among rooms', () => {
    const plans = fc
      .record({
        clients: fc.integer({ min: 1, max: 300 }),
        ratio: fc.double({ min: 0, max: 1, noNaN: true }),
      })
      .chain(({ clients, ratio }) =>
        fc.record({
          rooms: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: clients })),
          cut: fc.integer({ min: 0, max: clients }),
          ...{ clients: fc.constant(clients), ratio: fc.constant(ratio) },
        }),
      );
    fc.assert(
      fc.property(plans, ({ clients, ratio, rooms, cut }) => {
        const plan = planOf(clients, ratio, rooms);
        const slow = chosen(plan);
        expect(slow).toHaveLength(slowReadersOf(plan));
        const parts = [0, cut].flatMap((first, i) => [
          ...(chooseSlowReaders(plan, first, i === 0 ? cut : clients - cut) ?? []),
        ]);
        expect(parts.flatMap((isSlow, client) => (isSlow ? [client] : []))).toEqual(slow);
        if (rooms === null) return;
        expect(slow.every((client) => client >= rooms)).toBe(true);
        const perRoom = Array.from({ length: rooms }, (_, room) => {
          const members = Math.floor((clients - rooms) / rooms) + (room < clients % rooms ? 1 : 0);
          return [slow.filter((client) => client % rooms === room).length, members];
        });
        const share = slow.length / Math.max(1, clients - rooms);
        for (const [count, members] of perRoom) {
          expect(Math.abs(count - members * share)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
