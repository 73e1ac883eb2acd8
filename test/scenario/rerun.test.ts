import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BACKOFF_KINDS, isLibrary, LIBRARIES } from '../../src/model/backoff.ts';
import { CONNECT_OBJECTIVE } from '../../src/model/objective.ts';
import { type PhasePlan, type Plan, planSchema } from '../../src/model/plan.ts';
import {
  BALANCER_KINDS,
  ENGINE_KINDS,
  REDIS_CARRIERS,
  ROUTING_KINDS,
  TRANSPORT_KINDS,
} from '../../src/model/scenario.ts';
import { compile, type Overrides } from '../../src/scenario/compile.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { withoutSecrets } from '../../src/scenario/secrets.ts';
import { errorLines, planOf, tempFile } from './fixtures.ts';

const recordOf = (plan: unknown, schemaVersion = 1) =>
  tempFile('record.json', JSON.stringify({ schemaVersion, run: {}, scenario: plan, phases: [] }));

/** Another machine, another seed: neither must show. */
const rerun = (plan: unknown, overrides: Overrides = {}) =>
  compile(loadScenario(recordOf(plan)), overrides, { cores: 64 }, () => 999);

const PLAN = planOf(
  'name: mine\nphases: [{name: a, herds: [drop, kill]}, {name: b, target: "ws://h/"}, {name: c, topology: cluster, mode: broadcast, rooms: 3}]\ngate: ["a.clients.peak > 1"]',
);

describe('a record is run again', () => {
  test('by its plan, seed and workers included', () => {
    expect(rerun(PLAN)).toEqual(PLAN);
  });

  test('with a routing for all clusters, of which one without a balancer knows nothing', () => {
    const plan = planOf(
      'defaults: {routing: stateless}\nphases: [{topology: cluster, balancer: none}, {name: b, topology: cluster}]',
    );
    expect(rerun(plan)).toEqual(plan);
  });

  test('with flags, like any scenario', () => {
    expect(rerun(PLAN, { clients: 20, phases: ['b'], seed: 5 })).toMatchObject({
      seed: 5,
      phases: [{ name: 'b', clients: 20 }],
      gate: [],
    });
  });

  test('with its regions, its edge, and how they treat messages', () => {
    const plan = planOf(`
phases:
  - {topology: regions, regions: [us-east-1, eu-west-1], broker: redis, dnsTtl: 2s, moves: 0.01,
     wan: {rttMs: {"us-east-1 eu-west-1": 70}, jitter: 0.1, loss: 0.01}, mode: direct}
  - {topology: edge, gateways: 3, backends: 1, heartbeat: 5s}
  - {name: objects, topology: edge, edge: workerd}
  - {name: grip, topology: edge, edge: pushpin, backends: 3}
  - {name: batched, mode: broadcast, batchInterval: 50ms, batchTimer: tick, batchBytes: 1000, audience: everyone,
     lowPriority: 0.5, slowReaders: 0.1}
  - {name: other, mode: broadcast, baseline: batched}`);
    expect(rerun(plan)).toEqual(plan);
  });

  test('whatever the plan is', () => {
    const ms = fc.integer({ min: 1, max: 3_600_000 });
    const herd = fc
      .record({
        trigger: fc.constantFrom('drop' as const, 'kill' as const),
        share: fc.double({ min: 0.01, max: 1, noNaN: true }),
        holdMs: ms,
        more: ms,
      })
      .map(({ trigger, share, holdMs, more }) => ({
        trigger,
        shareRatio: trigger === 'drop' ? share : 1,
        holdMs,
        observeMs: holdMs + more,
      }));
    const policy = fc
      .record({ kind: fc.constantFrom(...BACKOFF_KINDS), baseMs: ms, more: ms, firstMs: ms, stableMs: ms })
      .map(({ kind, more, ...times }) => {
        // A library's shortest delay is its own.
        const baseMs = isLibrary(kind) ? LIBRARIES[kind].baseMs : times.baseMs;
        return { ...times, kind, baseMs, capMs: baseMs + more };
      });
    const broker = fc.oneof(
      fc.constant({ kind: 'embedded' as const }),
      fc.constant({ kind: 'none' as const }),
      fc.record({
        kind: fc.constant('redis' as const),
        carrier: fc.constantFrom(...REDIS_CARRIERS),
        url: fc.constantFrom(null, 'redis://localhost', 'rediss://me:secret@h:6380/2'),
      }),
    );
    const engine = fc.constantFrom(...ENGINE_KINDS);
    const cluster = fc
      .record({
        kind: fc.constant('cluster' as const),
        engine,
        nodes: fc.integer({ min: 1, max: 64 }),
        balancer: fc.constantFrom(...BALANCER_KINDS),
        routing: fc.constantFrom(...ROUTING_KINDS),
        broker,
        store: fc.oneof(
          fc.constant({ kind: 'none' as const }),
          fc.constant({ kind: 'sqlite' as const }),
          fc.record({
            kind: fc.constant('postgres' as const),
            url: fc.constantFrom(null, 'postgres://localhost/db', 'postgresql://me:secret@h:5433/db'),
          }),
        ),
      })
      // Nobody routes without a balancer.
      .filter(({ balancer, routing }) => balancer !== 'none' || routing === 'sticky');
    const single = fc.record({ kind: fc.constant('single' as const), engine });
    const topology = fc.oneof(single, cluster);
    const service = fc.record({
      heartbeatMs: fc.option(ms),
      batch: fc.constant(null),
      audience: fc.constant('room' as const),
    });
    const mode = fc.oneof(
      fc.constant({ mode: 'echo' as const, rooms: 1 }),
      fc.record({ mode: fc.constant('broadcast' as const), rooms: fc.integer({ min: 1, max: 8 }) }),
    );
    const sending = fc.record({
      ratePerClientPerS: fc.double({ min: 0, max: 1000, noNaN: true }),
      sizeBytes: fc.integer({ min: 43, max: 65_000 }),
      payload: fc.constantFrom('text' as const, 'binary' as const),
      arrival: fc.constantFrom('constant' as const, 'poisson' as const),
    });
    const anyPhase = fc.record({
      name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
      topology,
      transport: fc.constantFrom(...TRANSPORT_KINDS),
      clients: fc.integer({ min: 8, max: 1_000_000 }),
      connectRatePerS: fc.double({ min: 0.1, max: 1e6, noNaN: true }),
      handshake: fc.record({
        headers: fc.dictionary(fc.stringMatching(/^X-[A-Z]{1,5}$/), fc.stringMatching(/^[ -~]{0,20}$/)),
        subprotocol: fc.option(fc.stringMatching(/^[a-z.]{1,9}$/)),
        caFile: fc.constant(null),
        insecure: fc.boolean(),
        timeoutMs: ms,
      }),
      messages: fc.tuple(mode, sending).map(([rooms, rest]) => ({ ...rooms, ...rest, lowPriorityRatio: 0 })),
      service,
      slowReadersRatio: fc.double({ min: 0, max: 1, noNaN: true }),
      movesRatioPerS: fc.constant(0),
      durationMs: ms,
      drainMs: ms,
      reconnect: policy,
      livenessMs: fc.constant<number | null>(null),
      ...{ ceiling: fc.boolean(), rateCeiling: fc.constant(false) },
      objective: fc.oneof(
        fc.constant(CONNECT_OBJECTIVE),
        fc.record({
          connectFailureRatio: fc.double({ min: 0, max: 1, noNaN: true }),
          connectP99Ms: ms,
          responseP99Ms: fc.option(ms),
          lossRatio: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
      ),
      search: fc.record({
        widthRatio: fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        trialMs: fc.integer({ min: 1, max: 60 }).map((seconds) => 1000 * seconds),
      }),
      ...{ herds: fc.array(herd, { maxLength: 3 }), sweep: fc.constant<PhasePlan['sweep']>([]) },
      soak: fc.constant(null),
      faults: fc.subarray(['drop:share=0.01', 'stall:for=200ms,every=5000ms', 'leak-memory:bytes=100']),
      baseline: fc.constant(null),
    });
    const phase = anyPhase.filter(
      ({ topology, messages }) =>
        messages.mode === 'echo' || !('broker' in topology) || topology.broker.kind !== 'none',
    );
    const swept = fc
      .tuple(phase, herd, fc.array(fc.oneof(fc.constant('auto' as const), policy), { maxLength: 3 }))
      .map(([plan, herd, sweep]) => ({
        ...plan,
        ...{ herds: [herd], sweep, livenessMs: 5000, slowReadersRatio: 0 },
      }));
    // One that looks for the highest rate looks at messages.
    const rated = phase
      .filter(({ messages }) => messages.ratePerClientPerS >= 1)
      .map((plan) => ({
        ...plan,
        ...{ ceiling: false, rateCeiling: true },
        objective: { ...plan.objective, responseP99Ms: 700, lossRatio: 0 },
      }));
    // A soak stands alone.
    const soaked = phase.map((plan) => ({
      ...plan,
      ...{ ceiling: false, herds: [], soak: { cycles: 12, pid: null } },
    }));
    const plans: fc.Arbitrary<Plan> = fc.record({
      name: fc.stringMatching(/^[a-z]{1,9}$/),
      seed: fc.nat(2 ** 31 - 1),
      workers: fc.integer({ min: 1, max: 8 }),
      phases: fc.uniqueArray(fc.oneof(phase, swept, rated, soaked), {
        minLength: 1,
        maxLength: 3,
        selector: ({ name }) => name,
      }),
      gate: fc.subarray(['*.ordering.missing == 0', '*.latency.responseMs.p99 < 50ms']),
    });
    fc.assert(
      fc.property(plans, (plan) => {
        expect(planSchema.parse(plan)).toEqual(plan);
        expect(rerun(plan)).toEqual(plan);
      }),
    );
  });
});

describe('what a record does not keep', () => {
  const secret = withoutSecrets(
    planOf('phases: [{target: "wss://h/x?token=1", headers: {Authorization: Bearer 1, Cookie: a=b}}]'),
  );

  test('has to be given again', () => {
    expect(errorLines(() => rerun(secret)).slice(1)).toEqual([
      expect.stringMatching(/record\.json: phases\[0\]\.target: .*--target$/),
      expect.stringMatching(
        /record\.json: phases\[0\]\.headers\.Authorization: .*--header 'Authorization: …'$/,
      ),
      expect.stringMatching(/record\.json: phases\[0\]\.headers\.Cookie: .*--header 'Cookie: …'$/),
    ]);
  });

  test('and is then as it was', () => {
    const given = { target: 'wss://h/x?token=2', headers: { authorization: 'Bearer 2', Cookie: 'c=d' } };
    expect(rerun(secret, given).phases[0].handshake.headers).toEqual({
      authorization: 'Bearer 2',
      Cookie: 'c=d',
    });
  });
});

describe('the password of a Redis', () => {
  const plan = planOf('phases: [{topology: cluster, broker: "redis://me:hunter2@h:1/2"}]');
  const secret = withoutSecrets(plan);

  test('is in no record', () => {
    expect(secret.phases[0].topology).toMatchObject({ broker: { url: 'redis://<redacted>@h:1/2' } });
  });

  test('has to be given again', () => {
    expect(errorLines(() => rerun(secret)).slice(1)).toEqual([
      expect.stringMatching(/record\.json: phases\[0\]\.broker: holds a password .*--redis$/),
    ]);
    expect(rerun(secret, { redis: 'redis://me:hunter2@h:1/2' })).toEqual(plan);
  });

  test('one without is run again as it is', () => {
    const open = planOf('phases: [{topology: cluster, broker: "redis://h:1/2"}]');
    expect(rerun(withoutSecrets(open))).toEqual(open);
  });
});

describe('the password of a PostgreSQL', () => {
  const plan = planOf('phases: [{topology: cluster, store: "postgres://me:hunter2@h:1/db"}]');
  const secret = withoutSecrets(plan);

  test('is in no record, and has to be given again', () => {
    expect(secret.phases[0].topology).toMatchObject({ store: { url: 'postgres://<redacted>@h:1/db' } });
    expect(errorLines(() => rerun(secret)).slice(1)).toEqual([
      expect.stringMatching(/record\.json: phases\[0\]\.store: holds a password .*--store$/),
    ]);
    expect(rerun(secret, { store: 'postgres://me:hunter2@h:1/db' })).toEqual(plan);
  });
});

describe('a record that cannot be run again', () => {
  test('is of another version', () => {
    expect(errorLines(() => rerun({}, {})).join()).not.toContain('version');
    const [, line] = errorLines(() => loadScenario(recordOf(PLAN, 2)));
    expect(line).toMatch(/record\.json: is a record of version 2; this wsscale reads version 1$/);
  });

  test('has a plan that is none', () => {
    const lines = errorLines(() =>
      rerun({ ...PLAN, seed: 'x', phases: [{ ...PLAN.phases[0], topology: { kind: 'moon' } }] }),
    );
    expect(lines).toEqual([
      expect.stringMatching(/^2 errors in .*record\.json$/),
      expect.stringMatching(/record\.json: scenario\.seed: must be a number, but it is "x"$/),
      expect.stringMatching(
        /record\.json: scenario\.phases\[0\]\.topology\.kind: must be of a known kind, but it is "moon"$/,
      ),
    ]);
  });
});
