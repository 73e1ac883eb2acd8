import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { connectionsPerProcess, readLimits } from '../../src/base/limits.ts';
import { shareOf } from '../../src/swarm/split.ts';
import { fillingOf, swarmSize, workersOfHost } from '../../src/swarm/swarm.ts';
import fc from '../support/properties.ts';

const limits = (nofileSoft: number) => ({ ...readLimits(), nofileSoft });

describe('the size of a swarm', () => {
  test.for([
    ['a few clients are one host', 100, 2, 10_200, { hosts: 1, workers: 2 }],
    ['no worker is without a client', 1, 8, 10_200, { hosts: 1, workers: 1 }],
    ['as many as a process holds are one host', 10_000, 4, 10_200, { hosts: 1, workers: 4 }],
    ['one more are two, with as many workers each', 10_001, 3, 10_200, { hosts: 2, workers: 4 }],
    ['each host has a worker, however few were asked for', 50_000, 1, 10_200, { hosts: 5, workers: 5 }],
  ] as const)('%s', ([, clients, workers, nofile, size]) => {
    expect(swarmSize(clients, workers, limits(nofile))).toEqual(size);
  });

  /** Clients that fill so many processes, but for a few. */
  const swarm = fc
    .record({
      full: fc.integer({ min: 1, max: 9 }),
      missing: fc.nat(70),
      workers: fc.integer({ min: 1, max: 64 }),
      nofile: fc.integer({ min: 1024, max: 3000 }),
    })
    .map(({ full, missing, workers, nofile }) => {
      return { clients: full * connectionsPerProcess(limits(nofile)) - missing, workers, nofile };
    });

  test('each worker is in one host', () => {
    fc.assert(
      fc.property(swarm, ({ clients, workers, nofile }) => {
        const size = swarmSize(clients, workers, limits(nofile));
        const all = Array.from({ length: size.hosts }, (_, host) => workersOfHost(host, size)).flat();
        expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: size.workers }, (_, i) => i));
      }),
    );
  });

  test('no host has more clients than a process can have connections', () => {
    fc.assert(
      fc.property(swarm, ({ clients, workers, nofile }) => {
        const size = swarmSize(clients, workers, limits(nofile));
        for (let host = 0; host < size.hosts; host++) {
          const held = workersOfHost(host, size).reduce(
            (sum, worker) => sum + shareOf(clients, worker, size.workers),
            0,
          );
          expect(held).toBeLessThanOrEqual(connectionsPerProcess(limits(nofile)));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the workers of a swarm', () => {
  test('are filled together where there are two hosts a core, however many workers each of them has', () => {
    const hosts = 2 * availableParallelism();
    expect(fillingOf({ hosts, workers: hosts })).toBe('together');
    expect(fillingOf({ hosts, workers: 100 * hosts })).toBe('together');
  });

  test('are filled in turn where there are more', () => {
    const hosts = 2 * availableParallelism() + 1;
    expect(fillingOf({ hosts, workers: hosts })).toBe('in turn');
  });
});
