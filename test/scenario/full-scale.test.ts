import { describe, expect, test } from 'vitest';
import type { OsLimits } from '../../src/base/limits.ts';
import type { PhasePlan, TopologyPlan } from '../../src/model/plan.ts';
import { costOf } from '../../src/scenario/cost.ts';
import { type Room, toFullScale } from '../../src/scenario/full-scale.ts';
import { bottleneckOf } from '../../src/scenario/holding.ts';
import { preflight } from '../../src/scenario/preflight.ts';
import fc from '../support/properties.ts';
import { readings } from '../support/readings.ts';
import { LIMITS, planOf } from './fixtures.ts';

const GB = 2 ** 30;

/** A machine on which nothing but the descriptors of a process is short. */
function roomOf(limits: Partial<OsLimits> = {}, freeMemoryBytes = 64 * GB, mayDropBalancer = true): Room {
  return { limits: { ...LIMITS, fileMax: null, ...limits }, freeMemoryBytes, mayDropBalancer };
}

/** The first phase of a scenario at full scale, and what is said of it. */
function scaled(phase: string, room = roomOf()): { phase: PhasePlan; said: string[] } {
  const { plan, notices } = toFullScale(planOf(`phases: [{name: p, ${phase}}]`), room);
  return { phase: plan.phases[0], said: notices.map(({ message }) => message) };
}

const RUNGS: [rung: string, clients: number, topology: Partial<TopologyPlan>][] = [
  ['topology: single', 10_000, { kind: 'single' }],
  ['topology: cluster, balancer: none', 100_000, { kind: 'cluster', nodes: 5 }],
  ['topology: cluster, balancer: nginx', 100_000, { kind: 'cluster', nodes: 6 }],
  ['topology: regions', 100_000, { kind: 'regions', nodesPerRegion: 2 }],
  ['topology: regions, herds: [region]', 100_000, { kind: 'regions', nodesPerRegion: 2 }],
  ['topology: edge', 1_000_000, { kind: 'edge', gateways: 50, backends: 2 }],
];

describe('on a machine that has room', () => {
  test.each(RUNGS)('%s has %i clients, and as many processes as they need', (rung, clients, topology) => {
    const { phase, said } = scaled(rung);
    expect(phase.clients).toBe(clients);
    expect(phase.topology).toMatchObject(topology);
    expect(said).toEqual([]);
  });

  test.each(RUNGS)('%s does together what was planned', (rung) => {
    const before = planOf(`phases: [{${rung}, clients: 1000, connectRate: 500, rate: 2}]`).phases[0];
    const { phase } = scaled(`${rung}, clients: 1000, connectRate: 500, rate: 2`);
    const [from, to] = [before, phase].map((plan) => costOf(plan, 1, LIMITS));
    expect(to.deliveriesPerS / from.deliveriesPerS).toBeCloseTo(1, 2);
    expect(phase.connectRatePerS).toBeLessThanOrEqual(10_000);
  });

  test('rooms keep their size, as far as the server has rooms', () => {
    const { phase } = scaled(
      'topology: cluster, balancer: none, mode: broadcast, clients: 400, rooms: 40, rate: 5',
    );
    expect(phase.messages).toMatchObject({ rooms: 10_000, ratePerClientPerS: 0.02 });
    const { phase: large } = scaled(
      'topology: cluster, balancer: none, mode: broadcast, clients: 400, rooms: 1',
    );
    expect(large.messages.rooms).toBe(250);
  });

  test('clients return no faster than they came, and are watched for longer', () => {
    const { phase } = scaled(
      'topology: edge, clients: 1000, connectRate: 500, herds: [{trigger: drop, observe: 60s}]',
    );
    expect(phase.reconnect.firstMs).toBe(100_000);
    expect(phase.herds[0].observeMs).toBe(60_000 + 4 * 100_000);
  });

  test('a target stays as it is, and so does what asks for more', () => {
    expect(scaled('target: "ws://h/", clients: 50').phase.clients).toBe(50);
    expect(scaled('topology: single, clients: 15000').phase.clients).toBe(15_000);
  });
});

describe('the embedded balancer', () => {
  const nodes = 'topology: cluster, nodes: 4';

  test('is left out where it is all that is in the way, and that is said', () => {
    const { phase, said } = scaled(nodes);
    expect(phase).toMatchObject({
      clients: 100_000,
      topology: { balancer: 'none', routing: 'sticky', nodes: 5 },
    });
    expect(said).toEqual([expect.stringContaining('p: no balancer at full scale')]);
  });

  const KEPT: [why: string, phase: string, room: Room][] = [
    ['was asked for', nodes, roomOf({}, 64 * GB, false)],
    ['sends each client to the least busy node', `${nodes}, routing: stateless`, roomOf()],
    ['is to drain a node', `${nodes}, herds: [drain]`, roomOf()],
    ['is to drain all of them', `${nodes}, herds: [rolling]`, roomOf()],
  ];
  test.each(KEPT)('stays where it %s', (_why, text, room) => {
    const { phase, said } = scaled(text, room);
    expect(phase).toMatchObject({ clients: 10_000, topology: { balancer: 'embedded' } });
    expect(said).toEqual([
      'p: full scale stops at 10,000 of 100,000 clients: the bundled server is behind one embedded balancer, which ' +
        'takes 2 descriptors a client, and can hold no more with 20,000 descriptors a process; ' +
        '`ulimit -n 200200` lifts that',
    ]);
  });

  test('stays where it has room for all', () => {
    const { phase, said } = scaled(nodes, roomOf({ nofileSoft: 1_000_000 }));
    expect(phase).toMatchObject({ clients: 100_000, topology: { balancer: 'embedded', nodes: 4 } });
    expect(said).toEqual([]);
  });
});

const STOPS: [sentence: string, phase: string, room: Room, clients: number, why: string][] = [
  ['one process', 'topology: single', roomOf({ nofileSoft: 4096 }), 3896, '`ulimit -n 10200` lifts that'],
  [
    '64 nodes',
    'topology: cluster, balancer: none',
    roomOf({ nofileSoft: 1024 }),
    52_736,
    'is 64 nodes and can hold',
  ],
  ['64 gateways', 'topology: edge', roomOf({ nofileSoft: 1024 }), 52_736, '824 descriptors a process'],
  ['16 nodes a region', 'topology: regions', roomOf({ nofileSoft: 1024 }), 52_736, 'is 64 nodes'],
  ['a limit that is not told', 'topology: single', roomOf({ nofileSoft: null }), 824, '824 descriptors'],
  [
    'ports behind a balancer',
    'topology: cluster, nodes: 3, balancer: nginx',
    roomOf({ nofileSoft: 1_000_000, ephemeralPorts: [40_000, 49_999] }),
    30_000,
    'the balancer has 10,000 ports to each of 3 nodes',
  ],
  [
    'the whole machine',
    'topology: edge',
    roomOf({ fileMax: 500_000 }),
    250_000,
    'each takes 2 descriptors of the 500,000 that the machine has',
  ],
];

describe('where a limit is met', () => {
  test.each(STOPS)('%s: it stops there and says so', (_sentence, text, room, clients, why) => {
    const { phase, said } = scaled(text, room);
    expect(phase.clients).toBe(clients);
    expect(said).toEqual([expect.stringMatching(/^p: full scale stops at [\d,]+ of [\d,]+ clients: /)]);
    expect(said[0]).toContain(why);
  });

  test('memory: three quarters of what is free are used, and hardly less', () => {
    const room = roomOf({}, 4 * GB);
    const { phase, said } = scaled('topology: edge', room);
    const { memoryBytes } = costOf(phase, 1, room.limits);
    expect(memoryBytes).toBeLessThanOrEqual(3 * GB);
    expect(memoryBytes).toBeGreaterThan(2.9 * GB);
    expect(said).toEqual([
      expect.stringContaining(
        'more would take above 3.00 GB of memory, three quarters of the 4.00 GB that are free',
      ),
    ]);
  });
});

test('whatever the machine is like, nothing is asked of it that it has not', () => {
  const machines = fc.record({
    nofileSoft: fc.option(fc.integer({ min: 300, max: 2_000_000 })),
    fileMax: fc.option(fc.integer({ min: 2000, max: 10_000_000 })),
    freeBytes: fc.integer({ min: 2 ** 29, max: 2 ** 37 }),
    rung: fc.constantFrom(...RUNGS.map(([rung]) => rung), 'topology: cluster'),
  });
  fc.assert(
    fc.property(machines, ({ nofileSoft, fileMax, freeBytes, rung }) => {
      const room = roomOf({ nofileSoft, fileMax }, freeBytes);
      const { plan, notices } = toFullScale(planOf(`phases: [{${rung}}]`), room);
      const [phase] = plan.phases;
      expect(phase.clients).toBeLessThanOrEqual(bottleneckOf(phase.topology, room.limits)!.clients);
      expect(
        preflight(plan, readings({ limits: room.limits, memory: { availableBytes: freeBytes } })),
      ).toEqual([]);
      const goal = RUNGS.find(([known]) => known === rung)?.[1] ?? 100_000;
      const stops = notices.filter(({ message }) => message.includes('full scale stops at'));
      expect(stops).toHaveLength(phase.clients < goal ? 1 : 0);
    }),
  );
});
