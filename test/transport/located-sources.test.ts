import { describe, expect, test } from 'vitest';
import { locationOfAddress } from '../../src/model/places.ts';
import { locatedSourceOf, planLocatedSources } from '../../src/transport/sources.ts';
import fc from '../support/properties.ts';

const LINUX_PORTS = { ephemeralPorts: [32_768, 60_999] as [number, number] };
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe.runIf(process.platform === 'linux')('places to connect from at a location', () => {
  test('are in the block of the location where the client is', () => {
    const plan = planLocatedSources(4, 1000, LINUX_PORTS);
    for (const client of numbers(20)) {
      for (const location of numbers(4)) {
        const { address, port } = locatedSourceOf(plan, client, 0, location);
        expect(locationOfAddress(address ?? '')).toBe(location);
        expect(port).toBeNull();
      }
    }
  });

  test('are no two clients’, wherever each of them is, whatever the turns that each is at', () => {
    const swarm = fc.record({
      clients: fc.integer({ min: 1, max: 600 }),
      locations: fc.integer({ min: 2, max: 5 }),
      first: fc.integer({ min: 1024, max: 40_000 }),
      ports: fc.integer({ min: 1, max: 120 }),
      shift: fc.nat(4),
    });
    fc.assert(
      fc.property(swarm, ({ clients, locations, first, ports, shift }) => {
        const plan = planLocatedSources(locations, clients, { ephemeralPorts: [first, first + ports - 1] });
        fc.pre(plan.ports > 0);
        const owners = new Map<string, number>();
        const shared: string[] = [];
        for (const client of numbers(clients)) {
          // Some are guests.
          const location = (client + (client % 3 === 0 ? shift : 0)) % locations;
          for (const turn of numbers(Math.min(5, Math.floor(plan.ports / plan.ranks) + 1))) {
            const { address, port } = locatedSourceOf(plan, client, turn, location);
            const place = `${address} ${port}`;
            if ((owners.get(place) ?? client) !== client) shared.push(place);
            owners.set(place, client);
          }
        }
        expect(shared).toEqual([]);
      }),
    );
  });

  test.each([
    { clients: 1000, addresses: 1, ports: 0 },
    { clients: 40_000, addresses: 1, ports: 0 },
    { clients: 100_000, addresses: 4, ports: 21_174 },
    { clients: 1_000_000, addresses: 36, ports: 21_174 },
  ])('are enough for $clients clients at four locations', ({ clients, addresses, ports }) => {
    const plan = planLocatedSources(4, clients, LINUX_PORTS);
    expect(plan).toMatchObject({ addresses, ports, destinations: 4 });
    expect(ports === 0 || plan.ranks <= plan.ports).toBe(true);
  });
});
