import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { lossesOf } from '../../src/capacity/loss.ts';
import { type Measurements, measurementsOf } from '../../src/capacity/measured.ts';
import { type Demand, type Prediction, planCapacity } from '../../src/capacity/plan.ts';
import { sizeFor } from '../../src/capacity/sizing.ts';
import { DESIGN, LAW, type Made, measuredRecord } from './measured-record.ts';

const DEMAND: Demand = {
  users: 100_000,
  messagesPerUserPerS: 0.1,
  sizeBytes: 100,
  fanout: 1,
  regions: 1,
  zonesPerRegion: 1,
  spareNodes: 1,
  utilizationRatio: 0.7,
  objective: { responseP99Ms: null, recoveryS: null },
  node: { cores: 1, memoryBytes: 4 * 2 ** 30, descriptors: 15_000, networkBitsPerS: 1e9 },
  tls: false,
};

/** Without any scatter. */
const exact = () => measuredRecord(DESIGN, createRandom(1, 'plan'), 0);
const scattered = () => measuredRecord(DESIGN, createRandom(1, 'plan'), 0.03);
const measuredExactly = () => measurementsOf(exact()) as Measurements;
const known = (value: number): Prediction => ({
  ...{ value, low: null, high: null, basis: 'measured', from: ['a'], words: 'found in a' },
});

describe('the size of a service', () => {
  test('is what the scarcest resource says, and some to spare', () => {
    const { binding, usersPerNode, nodes } = sizeFor(DEMAND, measuredExactly());
    // Of 15,000 descriptors 0.7, without the 100 of the node itself.
    expect(binding.name).toBe('descriptors');
    expect(usersPerNode).toBe(10_400);
    expect(nodes).toBe(Math.ceil(100_000 / 10_400) + 1);
  });

  test.each([
    ['memory', { node: { ...DEMAND.node, memoryBytes: 2 ** 27 } }],
    ['processor', { messagesPerUserPerS: 10 }],
    ['network', { node: { ...DEMAND.node, networkBitsPerS: 1e6 } }],
  ] as const)('may be bound by %s', (name, less) => {
    expect(sizeFor({ ...DEMAND, ...less }, measuredExactly()).binding.name).toBe(name);
  });

  test('uses a resource to the share that is asked for, and no more', () => {
    const demand = { ...DEMAND, messagesPerUserPerS: 5 };
    const { usersPerNode, binding } = sizeFor(demand, measuredExactly());
    expect(binding.name).toBe('processor');
    expect(LAW.cores(usersPerNode, usersPerNode * 10)).toBeLessThanOrEqual(0.7);
    expect(LAW.cores(usersPerNode + 2, (usersPerNode + 2) * 10)).toBeGreaterThan(0.699);
  });

  test('has a range where the phases differ', () => {
    const measured = measurementsOf(scattered()) as Measurements;
    const small = { ...DEMAND, node: { ...DEMAND.node, memoryBytes: 2 ** 27 } };
    const { usersPerNode } = sizeFor(small, measured).binding;
    expect(usersPerNode.low).toBeLessThan(usersPerNode.value);
    expect(usersPerNode.high).toBeGreaterThan(usersPerNode.value);
  });

  test('has a process for each of its cores', () => {
    const roomy = { ...DEMAND.node, descriptors: 1e6 };
    const busy = { ...DEMAND, messagesPerUserPerS: 10, node: roomy };
    const one = sizeFor(busy, measuredExactly());
    const four = sizeFor({ ...busy, node: { ...roomy, cores: 4 } }, measuredExactly());
    expect(four.usersPerNode / one.usersPerNode).toBeCloseTo(4, 2);
  });

  test('has headroom: ten nodes of 60,000, one to spare, used to 0.7, are for 378,000 users', () => {
    const ceiling = { ...measuredExactly(), connectionCeiling: known(60_000) };
    const roomy = { ...DEMAND.node, descriptors: 1e6 };
    const { binding, nodes } = sizeFor({ ...DEMAND, users: 378_000, node: roomy }, ceiling);
    expect([binding.name, nodes]).toEqual(['measured ceiling', 10]);
    expect(sizeFor({ ...DEMAND, users: 378_001, node: roomy }, ceiling).nodes).toBe(11);
  });

  test('spreads the users over regions, each with its spare', () => {
    const { nodes, nodesPerRegion } = sizeFor({ ...DEMAND, regions: 4 }, measuredExactly());
    expect([nodesPerRegion, nodes]).toEqual([4, 16]);
  });
});

describe('a loss', () => {
  const sizing = { nodes: 10, nodesPerRegion: 10, usersPerNode: 42_000 };
  const demand = { ...DEMAND, users: 378_000 };

  test('of one of ten nodes gives each other 11.1 % more, which N+1 has room for', () => {
    const [{ users, usersPerSurvivor, room }] = lossesOf(demand, sizing);
    expect(users).toBe(37_800);
    expect(usersPerSurvivor / 37_800).toBeCloseTo(1.111, 3);
    expect(room).toBe('to spare');
  });

  test('of one of three zones takes four of ten nodes, and what is to spare is not enough', () => {
    const losses = lossesOf({ ...demand, zonesPerRegion: 3 }, sizing);
    expect(losses.map(({ of }) => of)).toEqual(['node', 'zone']);
    // 63,000 each, where 60,000 are all that one can.
    expect(losses[1]).toMatchObject({ nodes: 4, survivors: 6, usersPerSurvivor: 63_000, room: 'none' });
  });

  test('of a region sends its users to the others', () => {
    const two = { nodes: 20, nodesPerRegion: 10, usersPerNode: 42_000 };
    const losses = lossesOf({ ...demand, regions: 2 }, two);
    expect(losses.find(({ of }) => of === 'region')).toMatchObject({
      nodes: 10,
      users: 189_000,
      survivors: 10,
    });
  });

  test('of the only node leaves nobody', () => {
    expect(lossesOf(demand, { nodes: 1, nodesPerRegion: 1, usersPerNode: 400_000 })).toEqual([]);
  });
});

describe('a plan of a record', () => {
  test('says of four times the connections what the law says', () => {
    const plan = planCapacity(exact(), { ...DEMAND, users: 40_000, spareNodes: 0 }, false);
    const [node] = plan.tiers;
    expect(plan.nodes).toBe(4);
    expect(node.each.memoryBytes?.value).toBeCloseTo(LAW.memoryBytes(10_000, 2000) + 10_000 * 4000, -3);
    expect(node.each.cores?.value).toBeCloseTo(LAW.cores(10_000, 2000), 4);
    expect(plan.latency.p50Ms?.value).toBeCloseTo(LAW.p50Ms(10_000, 2000), 1);
    expect(plan.charts.map(({ quantity }) => quantity)).toEqual([
      'memory',
      'processor',
      'latency p50',
      'latency p99',
    ]);
  });

  test('marks all that went into it', () => {
    const { inputs, unknown } = planCapacity(scattered(), DEMAND, false);
    expect(inputs.find(({ name }) => name === 'users')?.basis).toBe('given');
    expect(inputs.find(({ name }) => name === 'accepts of a node')).toMatchObject({
      value: 1000,
      basis: 'measured',
    });
    expect(inputs.find(({ name }) => name === 'operations of a broker')?.basis).toBe('assumed');
    expect(unknown).toEqual(['No load was too high for a node, so where its throughput bends is not known.']);
  });

  test('simulates how the users of a lost node come back', () => {
    const { recovery } = planCapacity(scattered(), DEMAND, false);
    // Ten nodes that take 1,000 a second each are left for those of the eleventh.
    expect(recovery.node?.acceptsPerS).toBe(10_000);
    expect(recovery.node?.clients).toBe(Math.round(100_000 / 11));
    expect(recovery.node?.recommended.t99S).toBeGreaterThan(0.5);
    expect([recovery.zone, recovery.region]).toEqual([null, null]);
  });

  test.each([
    [5000, 'single', ['node', 'balancer', 'broker']],
    [50_000, 'cluster', ['node', 'balancer', 'broker']],
    [500_000, 'regions', ['node', 'balancer', 'broker']],
    [2_000_000, 'edge', ['gateway', 'backend', 'balancer', 'broker']],
  ])('of %d users is the guide’s phase %s', (users, phase, tiers) => {
    const plan = planCapacity(exact(), { ...DEMAND, users }, true);
    expect(plan.phase).toBe(phase);
    expect(plan.tiers.map(({ name }) => name)).toEqual(tiers);
  });

  test('of a record without a valid phase is refused', () => {
    const record = exact();
    for (const phase of record.phases) phase.generator.valid = false;
    expect(() => planCapacity(record, DEMAND, false)).toThrow('no phase of the bundled server');
  });

  test('of a record with one phase has no intervals, and says why', () => {
    const record = exact();
    record.phases = record.phases.slice(0, 1);
    const { tiers, unknown } = planCapacity(record, DEMAND, true);
    expect(tiers[0].each.cores).toMatchObject({ low: null, high: null });
    expect(unknown.join()).toContain('fewer than three phases');
  });
});

describe('far beyond what was measured', () => {
  // A node has 40,000 users, and 2,500 were measured.
  const far = { ...DEMAND, users: 1e6, node: { ...DEMAND.node, descriptors: 60_000 } };

  test('a plan is refused', () => {
    expect(() => planCapacity(scattered(), far, false)).toThrow(
      /40,000 users on a node.*2,500.*Measure 10,000 or more.*--extrapolate/,
    );
  });

  test('a plan that one insists on is as many times less sure', () => {
    const { extrapolation, tiers } = planCapacity(scattered(), far, true);
    const near = planCapacity(scattered(), { ...far, node: DEMAND.node }, true);
    const widthOf = (memory: Prediction | null) =>
      memory === null ? 0 : (Number(memory.high) - memory.value) / memory.value;
    expect(extrapolation).toBe(16);
    expect(near.extrapolation).toBeLessThan(4.2);
    expect(widthOf(tiers[0].each.memoryBytes)).toBeGreaterThan(3 * widthOf(near.tiers[0].each.memoryBytes));
  });
});

describe('an objective', () => {
  const asks = (objective: Partial<Demand['objective']>, less: Partial<Demand> = {}) =>
    planCapacity(
      exact(),
      { ...DEMAND, ...less, objective: { responseP99Ms: null, recoveryS: null, ...objective } },
      true,
    ).objectives;

  test('that is kept says so', () => {
    expect(asks({ responseP99Ms: 50 })).toMatchObject([
      { name: 'response p99', met: true, metByNodes: null },
    ]);
  });

  test('that more nodes would keep says how many', () => {
    // Used up, a node of three messages a second for each of its users has a queue.
    const busy = { messagesPerUserPerS: 9, utilizationRatio: 0.98 };
    const [{ met, metByNodes, predicted }] = asks({ responseP99Ms: 1 }, busy);
    expect(met).toBe(false);
    expect(Number(predicted?.value)).toBeGreaterThan(1);
    const { nodes } = planCapacity(exact(), { ...DEMAND, ...busy }, true);
    expect(Number(metByNodes)).toBeGreaterThan(nodes);
    expect(Number(metByNodes)).toBeLessThan(3 * nodes);
  });

  test('that no node can keep says that', () => {
    expect(asks({ responseP99Ms: 0.1 })).toMatchObject([{ met: false, metByNodes: null }]);
    expect(asks({ responseP99Ms: 0.1 })[0].words).toContain('no number of nodes');
  });

  test('of recovery is held against the slowest loss', () => {
    const [objective] = asks({ recoveryS: 300 }, { zonesPerRegion: 3 });
    expect(objective).toMatchObject({ name: 'recovery', met: true });
    expect(objective.predicted?.words).toContain('a zone is lost');
  });

  test('of recovery that the record does not speak of is not known', () => {
    const record = exact();
    for (const phase of record.phases) phase.connect.peakPerS = null;
    const objective = { responseP99Ms: null, recoveryS: 10 };
    const [{ met, predicted }] = planCapacity(record, { ...DEMAND, objective }, true).objectives;
    expect([met, predicted]).toEqual([null, null]);
  });
});

describe('throughput', () => {
  const trials = (...answered: [asked: number, answered: number][]) => {
    const record = exact();
    const [phase] = record.phases;
    phase.rateCeiling = {
      ...{ messagesPerS: 3000, ratePerClientPerS: 3, clients: 1000, lowerBound: 3000, upperBound: 3200 },
      ...{ found: true, widthRatio: 0.05, objective: null },
      limiter: { resource: 'processor', side: 'server', evidence: '' },
      steps: answered.map(([messagesPerS, answeredPerS]) => ({
        ...{ messagesPerS, answeredPerS, trial: 1, passed: true, valid: true, reason: null },
        ...{ responseP99Ms: null, lossRatio: null },
      })),
    };
    return planCapacity(record, DEMAND, false);
  };

  test('bends where the law of exact trials does', () => {
    // α = β = 0.02, γ = 1: its peak is at √(0.98/0.02) = 7, and half of the first slope at n = 2.55.
    const exactly = [1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557];
    const plan = trials(...[1, 2, 4, 6, 8, 10].map((n, i): [number, number] => [n * 400, exactly[i] * 400]));
    expect(plan.throughput?.peakPerNodePerS).toBeCloseTo(700, -1);
    const chart = plan.charts.find(({ quantity }) => quantity === 'throughput');
    expect(chart?.points).toHaveLength(6);
    expect(plan.throughput?.kneePerNodePerS).toBeGreaterThan(200);
    expect(plan.throughput?.kneePerNodePerS).toBeLessThan(350);
    expect(chart?.knee?.x).toBe(plan.throughput?.kneePerNodePerS);
  });

  test('that nothing has bent has no knee', () => {
    expect(
      trials(...[1, 2, 4, 6, 8, 10].map((n): [number, number] => [n * 400, n * 400])).throughput,
    ).toBeNull();
  });

  test('of fewer than six loads is not told', () => {
    expect(trials([400, 400], [800, 700], [1600, 900]).throughput).toBeNull();
  });
});

test('what the kernel keeps is not asked of phases in which other programs opened sockets', () => {
  const record = exact();
  const [{ memory }] = record.phases;
  Object.assign(memory ?? {}, { socketsPerConnection: 2.4, kernelBytesPerSocket: 9000 });
  const kernel = measurementsOf(record)?.kernelBytesPerConnection;
  expect(kernel?.value).toBeCloseTo(4000, 6);
  expect(kernel?.from).toHaveLength(DESIGN.length - 1);
});

test('phases that are not alike are not put into one fit', () => {
  const one: Made[] = [{ name: 'other', nodes: 4, clients: 20_000, sentPerS: 100 }];
  const record = measuredRecord([...DESIGN, ...one], createRandom(1, 'plan'), 0);
  const other = record.scenario.phases.at(-1);
  if (other) other.messages = { ...other.messages, sizeBytes: 10_000 };
  const measured = measurementsOf(record);
  expect(measured?.observations.map(({ phase }) => phase)).not.toContain('other');
  expect(measured?.observations).toHaveLength(DESIGN.length);
});
