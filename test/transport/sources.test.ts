import { isIPv4 } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  type Dealing,
  destinationOf,
  placesOf,
  planSources,
  type SourcePlan,
  sourceOf,
} from '../../src/transport/sources.ts';
import fc from '../support/properties.ts';

const LOOPBACK = 'ws://127.0.0.1:8080';
const LINUX_PORTS = { ephemeralPorts: [32_768, 60_999] as [number, number] };

const nodes = (count: number) => Array.from({ length: count }, (_, i) => `ws://127.0.0.1:${10_000 + i}`);
const plan = (urls: string[], clients: number, distinct = false, dealing: Dealing = 'one by one') =>
  planSources(urls, clients, distinct, dealing, LINUX_PORTS);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** A swarm that fills an address or several, however narrow the range of ports is. */
const swarm = fc
  .record({
    first: fc.integer({ min: 1024, max: 40_000 }),
    ports: fc.integer({ min: 1, max: 120 }),
    clients: fc.integer({ min: 1, max: 600 }),
    nodes: fc.integer({ min: 1, max: 5 }),
    host: fc.constantFrom('127.0.0.1', '10.0.0.5'),
    distinct: fc.boolean(),
    dealing: fc.constantFrom<Dealing>('one by one', 'in blocks'),
  })
  .map(({ first, ports, clients, nodes, host, distinct, dealing }) => {
    const urls = numbers(nodes).map((i) => `ws://${host}:${100 + i}`);
    const range: [number, number] = [first, first + ports - 1];
    const limits = { ephemeralPorts: range };
    return { clients, range, sources: planSources(urls, clients, distinct, dealing, limits) };
  });

const turnsOf = ({ ports, ranks }: SourcePlan) => Math.floor(ports / ranks);

describe.runIf(process.platform === 'linux')('places to connect from', () => {
  test('are chosen earlier where a storm is to come, since clients then hold ports that they have left', () => {
    const planned = (clients: number, isStormy: boolean) =>
      planSources([LOOPBACK], clients, false, 'one by one', LINUX_PORTS, isStormy);
    for (const isStormy of [false, true]) expect(planned(3000, isStormy).ports).toBe(0);
    expect(planned(10_000, false)).toMatchObject({ ports: 0, addresses: 0 });
    expect(planned(10_000, true)).toEqual({ ...planned(12_000, false), clients: 10_000, ranks: 5000 });
  });

  test('are no two clients’ to the same destination, whatever the turns that each of them is at', () => {
    fc.assert(
      fc.property(swarm, ({ clients, sources }) => {
        fc.pre(sources.ports > 0);
        const owners = new Map<string, number>();
        const shared: string[] = [];
        for (const client of numbers(clients)) {
          for (const turn of numbers(Math.min(10, turnsOf(sources) + 2))) {
            const { address, port } = sourceOf(sources, client, turn);
            const place = `${destinationOf(sources, client)} ${address} ${port}`;
            if ((owners.get(place) ?? client) !== client) shared.push(place);
            owners.set(place, client);
          }
        }
        expect(shared).toEqual([]);
      }),
    );
  });

  test('are other ones each time, as many as there are ports for, and then the first again', () => {
    fc.assert(
      fc.property(swarm, fc.nat(1000), fc.nat(2 ** 32 - 200), ({ clients, sources }, n, turn) => {
        fc.pre(sources.ports > 0);
        const client = n % clients;
        const turns = turnsOf(sources);
        const ports = numbers(turns + 1).map((later) => sourceOf(sources, client, turn + later).port);
        expect(new Set(ports.slice(0, turns)).size).toBe(turns);
        expect(ports[turns]).toBe(ports[0]);
      }),
    );
  });

  test('have ports of the range and no others', () => {
    fc.assert(
      fc.property(swarm, fc.nat(1000), fc.nat(), ({ clients, range, sources }, n, turn) => {
        const { port } = sourceOf(sources, n % clients, turn);
        if (sources.ports === 0) expect(port).toBe(null);
        else {
          expect(port).toBeGreaterThanOrEqual(range[0]);
          expect(port).toBeLessThanOrEqual(range[1]);
        }
      }),
    );
  });

  test('have addresses of loopback, of which none is 127.0.0.1, and only where loopback is attacked', () => {
    fc.assert(
      fc.property(swarm, fc.nat(1000), ({ clients, sources }, n) => {
        const { address } = sourceOf(sources, n % clients, 0);
        if (sources.addresses === 0) expect(address).toBe(null);
        else expect(address).toMatch(/^127\.[1-9]\d{0,2}\.\d{1,3}\.1$/);
      }),
    );
  });

  test('are three for each client of a loopback that is full, so that two of them can rest', () => {
    for (const clients of [11_293, 30_000, 100_000, 1_000_000]) {
      expect(turnsOf(plan([LOOPBACK], clients))).toBeGreaterThanOrEqual(3);
    }
  });

  test('have no port that many more take than others, since the kernel looks among all that have the same', () => {
    for (const distinct of [false, true]) {
      const sources = plan([LOOPBACK], 200_000, distinct);
      const owners = new Map<number | null, number>();
      for (const client of numbers(200_000)) {
        const { port } = sourceOf(sources, client, 0);
        owners.set(port, (owners.get(port) ?? 0) + 1);
      }
      const usable = Math.min(sources.ports, sources.ranks + sources.addresses);
      expect(Math.max(...owners.values())).toBeLessThan(2 * (200_000 / usable) + 1);
    }
  });

  test('do not go with the destination: each of 52 nodes is reached from all three addresses alike', () => {
    const urls = nodes(52);
    const sources = plan(urls, 1_000_000);
    expect(sources).toMatchObject({ destinations: 52, addresses: 3 });
    const counts = urls.map(() => new Map<string | null, number>());
    for (const client of numbers(52 * 300)) {
      const { address } = sourceOf(sources, client, 0);
      const seen = counts[client % urls.length];
      seen.set(address, (seen.get(address) ?? 0) + 1);
    }
    for (const seen of counts) expect([...seen.values()]).toEqual([100, 100, 100]);
  });
});

describe('destinations', () => {
  test('get as many clients each, give or take one, in either way of dealing them out', () => {
    fc.assert(
      fc.property(swarm, ({ clients, sources }) => {
        const counts = new Array<number>(sources.destinations).fill(0);
        for (const client of numbers(clients)) counts[destinationOf(sources, client)]++;
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('are neighbours’ own where clients are dealt out in blocks, and the next one’s where they are not', () => {
    const first = (dealing: Dealing) =>
      numbers(6).map((client) => destinationOf(plan(nodes(2), 6, false, dealing), client));
    expect(first('in blocks')).toEqual([0, 0, 0, 1, 1, 1]);
    expect(first('one by one')).toEqual([0, 1, 0, 1, 0, 1]);
  });
});

describe.runIf(process.platform === 'linux')('addresses', () => {
  test.for<[sentence: string, urls: string[], clients: number, addresses: number]>([
    ['are left to the system for a few clients', [LOOPBACK], 11_292, 0],
    ['are two for one client more', [LOOPBACK], 11_293, 2],
    ['are as many as leave each client three ports', [LOOPBACK], 100_000, 15],
    ['count by destination: each has ports of its own', nodes(2), 22_000, 0],
    ['count by destination, too, when there are more', nodes(2), 40_000, 3],
    ['are for all of 127.0.0.0/8', ['ws://127.8.9.10:1'], 20_000, 3],
    ['are for wss, too', ['wss://127.0.0.1:1/path?a=b'], 20_000, 3],
    ['are left to the system for another machine', ['ws://10.0.0.5:8080'], 20_000, 0],
    ['are left to it for a name, which may mean ::1', ['ws://localhost:8080'], 20_000, 0],
    ['are left to it for IPv6', ['ws://[::1]:8080'], 20_000, 0],
    ['are left to it for a name that only looks like loopback', ['ws://127.0.0.1.example.com'], 20_000, 0],
    ['are left to it where one destination is elsewhere', [LOOPBACK, 'ws://10.0.0.5:8080'], 40_000, 0],
  ])('%s', ([, urls, clients, addresses]) => {
    expect(plan(urls, clients).addresses).toBe(addresses);
  });

  test('are one for each client where a balancer goes by them, as long as there are any', () => {
    expect(plan([LOOPBACK], 2000, true).addresses).toBe(2000);
    expect(plan([LOOPBACK], 1_000_000, true).addresses).toBe(65_024);
    expect(plan(['ws://10.0.0.5:8080'], 2000, true).addresses).toBe(0);
  });

  test('differ in their first three octets, by which some balancers go', () => {
    const sources = plan([LOOPBACK], 65_024, true);
    const addresses = numbers(65_024).map((client) => sourceOf(sources, client, 0).address ?? '');
    expect(addresses.filter((address) => !isIPv4(address))).toEqual([]);
    expect(new Set(addresses.map((address) => address.replace(/\.\d+$/, ''))).size).toBe(addresses.length);
  });
});

describe.runIf(process.platform === 'linux')('ports', () => {
  test.for<[sentence: string, urls: string[], clients: number, ours: number]>([
    ['are left to the system for a few clients', [LOOPBACK], 11_292, 0],
    ['are three quarters of them ours for more, and the rest left to others', [LOOPBACK], 11_293, 21_174],
    ['are ours for another machine, too', ['ws://10.0.0.5:8080'], 11_293, 21_174],
    ['are ours for a name', ['ws://localhost:8080'], 11_293, 21_174],
    ['are ours for IPv6', ['ws://[::1]:8080'], 11_293, 21_174],
    ['are all ours where each client needs one', ['ws://10.0.0.5:8080'], 28_232, 28_232],
    ['are left to the system where they are too few', ['ws://10.0.0.5:8080'], 28_233, 0],
    ['are left to it for a few clients of many destinations', nodes(52), 400_000, 0],
    ['are ours for many clients of many destinations', nodes(52), 1_000_000, 21_174],
  ])('%s', ([, urls, clients, ours]) => {
    expect(plan(urls, clients).ports).toBe(ours);
  });

  test('that the system does not tell are Linux’s own', () => {
    expect(planSources([LOOPBACK], 100_000, false, 'one by one', { ephemeralPorts: null })).toEqual(
      plan([LOOPBACK], 100_000),
    );
  });

  test('are enough on loopback, however narrow the range', () => {
    const narrow = { ephemeralPorts: [40_000, 40_999] as [number, number] };
    const sources = planSources([LOOPBACK], 20_000, false, 'one by one', narrow);
    expect(sources).toMatchObject({ addresses: 80, ranks: 250, firstPort: 40_250, ports: 750 });
    expect(placesOf([LOOPBACK], 20_000, 1000)).toBeGreaterThanOrEqual(20_000);
    expect(placesOf(['ws://10.0.0.5:8080'], 20_000, 1000)).toBe(1000);
  });
});
