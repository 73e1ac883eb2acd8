import { expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import type { Clients } from '../../src/swarm/clients.ts';
import { createMoves } from '../../src/swarm/moves.ts';
import type { Places } from '../../src/swarm/places.ts';

function setUp(ratioPerS: number, clients: number, isOpen: (client: number) => boolean = () => true) {
  const moved: [client: number, from: number, to: number][] = [];
  const at = Array.from({ length: clients }, (_, client) => client % 3);
  const places = {
    locationOf: (client: number) => at[client],
    move(client: number, location: number) {
      moved.push([client, at[client], location]);
      at[client] = location;
    },
  } as Places;
  const left: number[] = [];
  const swarm = {
    wanted: clients,
    isOpen,
    move: (client: number) => void left.push(client),
  } as unknown as Clients;
  return { moves: createMoves(ratioPerS, 3, swarm, places, createRandom(1, 'moves')), moved, left };
}

test('so many of the clients move each second, each to another place, and only while it is time', () => {
  const { moves, moved, left } = setUp(0.01, 1000);
  expect(moves.tick(0)).toBe(0);
  moves.start(1000, 11_000);
  let total = 0;
  for (let ms = 0; ms <= 20_000; ms += 10) total += moves.tick(ms);
  expect(Math.abs(total - 100)).toBeLessThanOrEqual(1);
  expect(left.length).toBe(total);
  expect(moved.every(([, from, to]) => from !== to && to >= 0 && to < 3)).toBe(true);
  expect(moves.tick(30_000)).toBe(0);
});

test('few clients move, too, in the long run', () => {
  const { moves } = setUp(0.01, 5);
  moves.start(0, Number.POSITIVE_INFINITY);
  let total = 0;
  for (let ms = 0; ms <= 100_000; ms += 100) total += moves.tick(ms);
  expect(Math.abs(total - 5)).toBeLessThanOrEqual(1);
});

test('who is not connected does not move', () => {
  const { moves, left } = setUp(1, 10, (client) => client < 5);
  moves.start(0, 10_000);
  moves.tick(10_000);
  expect(left.length).toBeGreaterThan(0);
  expect(left.every((client) => client < 5)).toBe(true);
  const nobody = setUp(1, 10, () => false);
  nobody.moves.start(0, 10_000);
  expect(nobody.moves.tick(10_000)).toBe(0);
});

test('nobody moves any more once it is stopped', () => {
  const { moves } = setUp(1, 100);
  moves.start(0, 10_000);
  expect(moves.tick(1000)).toBeGreaterThan(0);
  moves.stop();
  expect(moves.tick(2000)).toBe(0);
});
