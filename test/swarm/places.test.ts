import { describe, expect, test } from 'vitest';
import { createFailoverBook } from '../../src/swarm/failover.ts';
import { createPlaces } from '../../src/swarm/places.ts';
import { createStorm } from '../../src/swarm/storm.ts';
import { createManualTime } from '../support/manual-time.ts';

const FIRST_CLIENT = 5;
const CLIENTS = 4;

/** Four clients of a swarm at three locations, whose DNS names for each location the region that a test says. */
function setUp() {
  const time = createManualTime(1000);
  const regions = [0, 1, 2];
  const plan = { dns: '127.0.0.1:53', locations: 3 };
  const places = createPlaces(
    plan,
    CLIENTS,
    FIRST_CLIENT,
    time.nowMs,
    (location) => () => Promise.resolve({ addresses: [`127.0.${10 + regions[location]}.1`], ttlS: 2 }),
  );
  const lookUp = (client: number) =>
    new Promise<string>((resolve) =>
      places.lookup(client)('wsscale.test', {}, (_, address) => resolve(String(address))),
    );
  return { time, regions, places, lookUp };
}

describe('places', () => {
  test('are where each client is at home, by its number in the swarm', () => {
    const { places } = setUp();
    expect([0, 1, 2, 3].map(places.locationOf)).toEqual([2, 0, 1, 2]);
  });

  test('have a client sent to the region that the DNS names there', async () => {
    const { places, lookUp } = setUp();
    expect(places.regionOf(0)).toBeNull();
    expect(places.sentSinceMs(0)).toBeNull();
    expect(await lookUp(0)).toBe('127.0.12.1');
    expect(await lookUp(1)).toBe('127.0.10.1');
    expect([0, 1, 2].map(places.regionOf)).toEqual([2, 0, null]);
    expect(places.sentSinceMs(0)).toBe(1000);
  });

  test('let a client move, which asks where it is then', async () => {
    const { places, lookUp } = setUp();
    places.move(0, 1);
    expect(places.locationOf(0)).toBe(1);
    expect(await lookUp(0)).toBe('127.0.11.1');
  });
});

describe('the book of a failover', () => {
  test('tells where each victim landed first, and how long it waited for its DNS', async () => {
    const { time, regions, places, lookUp } = setUp();
    for (let client = 0; client < CLIENTS; client++) await lookUp(client);
    time.pass(5000);
    const startMs = time.nowMs();
    const storm = createStorm(startMs, CLIENTS, CLIENTS, null, createFailoverBook(places, startMs));
    // Region 2 is lost; clients 0 and 3 live there.
    for (const client of [0, 3]) storm.broken(client, startMs, 1);
    time.pass(1500);
    regions[2] = 1;
    await lookUp(0);
    time.pass(400);
    storm.returned(0, time.nowMs());
    await lookUp(3);
    time.pass(100);
    storm.returned(3, time.nowMs());
    // A client that comes back once more does not land once more.
    storm.broken(3, time.nowMs(), 0);
    storm.returned(3, time.nowMs());
    // One that was not hit is nobody's victim.
    storm.returned(1, time.nowMs());
    expect(storm.take().failover).toEqual({
      landed: { 1: 2 },
      waited: 2,
      resolvedMs: 3000,
      returnedMs: 3900,
    });
    expect(storm.take().failover).toEqual({ landed: {}, waited: 0, resolvedMs: 0, returnedMs: 0 });
  });

  test('counts who needed no other answer as landed, and not as one that waited', async () => {
    const { time, places, lookUp } = setUp();
    await lookUp(1);
    time.pass(5000);
    const startMs = time.nowMs();
    const storm = createStorm(startMs, CLIENTS, CLIENTS, null, createFailoverBook(places, startMs));
    storm.broken(1, startMs, 0);
    await lookUp(1);
    storm.returned(1, time.nowMs());
    expect(storm.take().failover).toEqual({ landed: { 0: 1 }, waited: 0, resolvedMs: 0, returnedMs: 0 });
  });

  test('is not kept where there is but one place', () => {
    expect(createStorm(0, 1, 1, null).take().failover).toBeNull();
  });
});
