import { expect, test } from 'vitest';
import { createRing } from '../../src/swarm/ring.ts';
import fc from '../support/properties.ts';

const sizes = fc.record({
  clients: fc.integer({ min: 1, max: 400 }),
  regions: fc.integer({ min: 1, max: 16 }),
});

test('all clients stand in one ring: whoever a client sends to, hears from it', () => {
  fc.assert(
    fc.property(sizes, ({ clients, regions }) => {
      const ring = createRing(clients, regions);
      let client = 0;
      for (let steps = 0; steps < clients; steps++) {
        const next = ring.next(client);
        expect(ring.previous(next)).toBe(client);
        client = next;
        if (steps < clients - 1) expect(client).not.toBe(0);
      }
      expect(client).toBe(0);
    }),
  );
});

test('each region sends to each one equally often, to itself as to the others', () => {
  for (const regions of [1, 2, 3, 4, 5, 16]) {
    const rounds = 3;
    const clients = rounds * regions ** 2;
    const ring = createRing(clients, regions);
    const counts = new Map<string, number>();
    for (let client = 0; client < clients; client++) {
      const pair = `${client % regions} ${ring.next(client) % regions}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(new Array(regions ** 2).fill(rounds));
  }
});

test('those who are not there are left out of the ring', () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 2, max: 7 }), ({ clients, regions }, nth) => {
      const isThere = (client: number) => client % nth === 0;
      const ring = createRing(clients, regions, isThere);
      for (let client = 0; client < clients; client += nth) {
        expect(isThere(ring.next(client))).toBe(true);
        expect(ring.previous(ring.next(client))).toBe(client);
      }
    }),
  );
});
