import { describe, expect, test } from 'vitest';
import { LOAD_OPTIONS, type LoadKey, type LoadOptions, PART_KEYS } from '../../src/model/scenario.ts';
import type { Overrides } from '../../src/scenario/compile.ts';
import { costOf } from '../../src/scenario/cost.ts';
import { resolvePlan } from '../../src/scenario/resolve.ts';
import { errorLines, FRESH_SEED, LIMITS, tempFile } from './fixtures.ts';

const resolve = (file: string | undefined, overrides: Overrides = {}, limits = LIMITS) =>
  resolvePlan(file, overrides, { cores: 4, limits }, () => FRESH_SEED);

const PARTS = [
  'ca',
  'insecure',
  'engine',
  'nodes',
  'routing',
  'balancer',
  'broker',
  'store',
  'heartbeat',
  'batchInterval',
  'batchTimer',
  'batchBytes',
  'audience',
  'moves',
  'regions',
  'nodesPerRegion',
  'wan',
  'dnsTtl',
  'healthInterval',
  'edge',
  'gateways',
  'backends',
  'faults',
] as const satisfies LoadKey[];

/** A value for each flag that says what the load is. */
const LOAD: Required<Omit<LoadOptions, (typeof PARTS)[number]>> = {
  target: 'ws://127.0.0.1:1',
  clients: 10,
  connectRate: 10,
  transport: 'ws',
  connectTimeout: '1s',
  rate: 2,
  size: 64,
  payload: 'text',
  arrival: 'poisson',
  mode: 'echo',
  rooms: 2,
  lowPriority: 0.5,
  slowReaders: 0.1,
  duration: '1s',
  drain: '1s',
  reconnect: 'none',
  ceiling: true,
  rateCeiling: true,
  objective: { connectP99: '2s' },
  searchWidth: 0.05,
  trial: '2s',
  herds: ['drop'],
  liveness: '5s',
  sweep: ['auto'],
  soak: 10,
  pid: 1,
  headers: { 'X-A': 'b' },
  subprotocol: 'chat',
};

describe('without a scenario', () => {
  test('nothing said: the ladder', () => {
    expect(resolve(undefined)).toMatchObject({
      name: 'ladder',
      phases: [
        { name: 'single', ceiling: true, clients: 1000 },
        { name: 'cluster', ceiling: true, clients: 400, topology: { kind: 'cluster', nodes: 4 } },
        { name: 'regions', ceiling: true, clients: 400, topology: { kind: 'regions' } },
        { name: 'edge', ceiling: true, clients: 800, topology: { kind: 'edge', gateways: 2 } },
      ],
    });
  });

  test('the parts are those that are tested here', () => {
    expect(PARTS).toEqual(PART_KEYS);
    expect(Object.keys(LOAD_OPTIONS).sort()).toEqual([...Object.keys(LOAD), ...PARTS].sort());
  });

  test.each(Object.keys(LOAD) as (keyof typeof LOAD)[])('%s said: one phase', (key) => {
    const { target, soak } = LOAD;
    // Some are heard together with others only.
    const others: Overrides =
      key === 'rooms' || key === 'lowPriority'
        ? { mode: 'broadcast' }
        : key === 'pid'
          ? { target, soak }
          : key === 'sweep'
            ? { herds: ['drop'] }
            : {};
    const said: Overrides = { ...others, [key]: LOAD[key] };
    const kind = said.target === undefined ? 'single' : 'target';
    const plan = resolve(undefined, { ...said, workers: 1 });
    expect(plan.phases).toHaveLength(1);
    expect(plan.gate).toEqual([]);
    expect(plan.name).toBe(kind);
    expect(plan.phases[0].name).toBe(kind);
    expect(plan.phases[0].topology.kind).toBe(kind);
  });

  const others: Overrides[] = [
    { seed: 5 },
    { workers: 2 },
    { gate: ['*.clients.peak > 5'] },
    { quick: true },
    { insecure: true },
    { ca: tempFile('ca.pem', '-----BEGIN CERTIFICATE-----') },
    { engine: 'ws' },
    { nodes: 2 },
    { routing: 'stateless' },
    { balancer: 'nginx' },
    { broker: 'redis' },
    { redis: 'redis://h' },
    { clients: undefined },
  ];
  test.each(others)('other flags alone keep the ladder: %o', (overrides) => {
    expect(resolve(undefined, overrides)).toMatchObject({
      name: 'ladder',
      phases: [{ herds: [{}, {}] }, {}, {}, {}],
    });
  });

  test('parts are put into the cluster of the ladder', () => {
    const plan = resolve(undefined, { nodes: 2, balancer: 'nginx', redis: 'redis://h' });
    expect(plan.phases.map(({ topology }) => topology)).toMatchObject([
      { kind: 'single' },
      { kind: 'cluster', nodes: 2, balancer: 'nginx', broker: { url: 'redis://h' } },
      { kind: 'regions', broker: { url: 'redis://h' } },
      { kind: 'edge' },
    ]);
    const phases = ['single'];
    expect(resolve(undefined, { phases, broker: 'redis' }).phases[0].topology).toMatchObject({
      kind: 'single',
    });
  });

  test('with phases, load flags override the ladder', () => {
    const plan = resolve(undefined, { phases: ['single'], clients: 300, herds: ['drop'] });
    expect(plan).toMatchObject({
      name: 'ladder',
      phases: [{ clients: 300, ceiling: true, herds: [{ trigger: 'drop' }] }],
    });
    expect(plan.gate).toHaveLength(3);
  });

  test('a target cannot be killed', () => {
    expect(errorLines(() => resolve(undefined, { target: 'ws://127.0.0.1:1', herds: ['kill'] }))).toEqual([
      'an error in the options',
      expect.stringContaining('--herd: kill needs the bundled server; with a target, only drop is possible'),
    ]);
  });

  test('the ladder is sized to the machine', () => {
    const small = { ...LIMITS, nofileSoft: 700 };
    expect(resolve(undefined, {}, small).phases.map(({ clients }) => clients)).toEqual([500, 250, 400, 800]);
    const nginx = resolve(undefined, { balancer: 'nginx' }, small);
    expect(nginx.phases.map(({ clients }) => clients)).toEqual([500, 400, 400, 800]);
    expect(resolve(undefined, { phases: ['single'], clients: 900 }, small).phases[0].clients).toBe(900);
  });
});

describe('with a scenario', () => {
  const file = () => tempFile('mine.yaml', 'phases: [{name: a, clients: 50}, {name: b}]');

  test('it is what is run', () => {
    expect(resolve(file()).phases.map(({ name, clients }) => [name, clients])).toEqual([
      ['a', 50],
      ['b', 1000],
    ]);
  });

  test('load flags override each phase of it', () => {
    expect(resolve(file(), { clients: 20 }).phases.map(({ clients }) => clients)).toEqual([20, 20]);
  });

  test('it is named by its file', () => {
    expect(resolve(file()).name).toBe('mine');
  });
});

describe('the bundled scenarios', () => {
  test.each(['ladder', 'target-echo', 'broadcast'])('%s can be run', (name) => {
    expect(resolve(`scenarios/${name}.yaml`)).toMatchObject({ name });
  });

  test('the ladder says what the documentation promises', () => {
    const [single, cluster, regions, edge] = resolve(undefined).phases;
    expect(single).toMatchObject({ clients: 1000, connectRatePerS: 500, durationMs: 11_000, ceiling: true });
    expect(single.herds).toEqual([
      { trigger: 'drop', shareRatio: 1, holdMs: 2000, observeMs: 20_000 },
      { trigger: 'kill', shareRatio: 1, holdMs: 2000, observeMs: 20_000 },
    ]);
    expect(cluster).toMatchObject({
      messages: { mode: 'broadcast', rooms: 40, ratePerClientPerS: 5 },
      durationMs: 12_000,
      herds: single.herds,
    });
    expect(regions).toMatchObject({
      messages: { mode: 'direct' },
      movesRatioPerS: 0.01,
      herds: [{ trigger: 'region' }],
    });
    expect(edge.herds).toMatchObject([{ trigger: 'drop' }, { trigger: 'restart' }]);
  });

  test('the ladder is over in time', () => {
    const plan = resolve(undefined);
    const costs = plan.phases.map((phase) => costOf(phase, plan.workers, LIMITS));
    expect(costs.reduce((sum, { typicalMs }) => sum + typicalMs, 0)).toBeLessThan(180_000);
    expect(costs[1].deliveriesPerS).toBe(2000);
  });
});
