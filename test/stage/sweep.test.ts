import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { toSweep } from '../../src/collect/sweep.ts';
import type { BackoffPlan } from '../../src/model/backoff.ts';
import type { PhasePlan } from '../../src/model/plan.ts';
import { ramp } from '../../src/stage/ramp.ts';
import { storm } from '../../src/stage/storm.ts';
import { sweep } from '../../src/stage/sweep.ts';
import type { FakeServer } from '../support/fake-transport.ts';
import { herdPlan } from '../support/plans.ts';
import {
  createStageRig,
  echoServer,
  fakeClock,
  played,
  type StageRig,
  slowServer,
} from '../support/stages.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const CLIENTS = 20;
const HERD = herdPlan({ holdMs: 500, observeMs: 5000 });
const FIXED: BackoffPlan = { kind: 'fixed', baseMs: 200, capMs: 200, firstMs: 0, stableMs: 30_000 };
const NONE: BackoffPlan = { ...FIXED, kind: 'none' };
/** Back within half a second, and within 40 s if it has tried before. */
const FIRST: BackoffPlan = {
  kind: 'full-jitter',
  baseMs: 40_000,
  capMs: 40_000,
  firstMs: 500,
  stableMs: 30_000,
};

/** Connected clients whose herds were measured with the policy of the plan. */
async function stormed(
  sweepPlan: PhasePlan['sweep'],
  {
    phase = {},
    server = echoServer(),
    faults = {},
  }: Partial<Parameters<typeof createStageRig>[0] & object> = {},
): Promise<StageRig> {
  const rig = createStageRig({
    phase: { clients: CLIENTS, reconnect: FIXED, herds: [HERD], sweep: sweepPlan, ...phase },
    server: server as FakeServer,
    faults,
  });
  await played(ramp(rig));
  await vi.advanceTimersByTimeAsync(2000);
  for (const herd of rig.plan.herds) rig.results.herds.push(await played(storm(rig, herd)));
  return rig;
}

describe('a sweep', () => {
  test('repeats the herd with each policy, all clients of which begin anew', async () => {
    const rig = await stormed([FIRST, NONE, FIRST]);
    await played(sweep(rig));
    const swept = rig.results.swept ?? [];
    expect(swept.map(({ policy }) => policy)).toEqual([FIRST, NONE, FIRST]);
    const herds = swept.flatMap(({ herds }) => herds);
    expect(herds.map(({ affected }) => affected)).toEqual([CLIENTS, CLIENTS, CLIENTS]);
    expect(herds.map(({ policy }) => policy)).toEqual(['full-jitter', 'none', 'full-jitter']);
    expect(herds[0].policyText).toBe('full-jitter:base=40000ms,cap=40000ms,first=500ms,stable=30000ms');
    for (const { t100Ms } of [herds[0], herds[2]]) {
      expect(t100Ms).toBeGreaterThan(200);
      expect(t100Ms).toBeLessThan(560);
    }
    expect(herds[1]).toMatchObject({ neverReturned: CLIENTS, t50Ms: null });
  });

  test('leaves the phase as it was: its herds, its clients and their policy', async () => {
    const rig = await stormed([NONE]);
    await played(sweep(rig));
    expect(rig.results.herds).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(rig.tally.connected()).toBe(CLIENTS);
    expect(rig.told.filter(({ type }) => type === 'reconnect').at(-1)).toEqual({
      type: 'reconnect',
      policy: FIXED,
    });
  });

  test('misses nothing and loses only what its storms took', async () => {
    const rig = await stormed([FIRST, NONE]);
    await played(sweep(rig));
    expect(rig.tally.counters.missing).toBe(0);
  });

  test('that is auto takes its windows from what came back in the storm before', async () => {
    const rig = await stormed(['auto'], { server: slowServer({ everyMs: 50 }) });
    await played(sweep(rig));
    const windows = (rig.results.swept ?? []).map(({ policy }) => policy.firstMs);
    expect(windows).toHaveLength(4);
    // 20 clients, 20 a second, all of whom asked at once.
    const nearMs = (ms: number) => expect.toSatisfy((value: number) => Math.abs(value - ms) <= 0.12 * ms);
    expect(windows).toEqual([nearMs(500), nearMs(1000), nearMs(1500), nearMs(2000)]);
  });

  test('of several herds measures all of them with each policy', async () => {
    const rig = await stormed([FIRST], { phase: { herds: [HERD, herdPlan({ ...HERD, shareRatio: 0.5 })] } });
    await played(sweep(rig));
    const [entry] = rig.results.swept ?? [];
    expect(entry.herds.map(({ affected }) => affected)).toEqual([CLIENTS, CLIENTS / 2]);
    expect(toSweep([{ policy: FIXED, herds: rig.results.herds }, entry]).entries).toHaveLength(2);
  });

  test('connects all clients anew before each storm of a node, so that each node has as many as at first', async () => {
    const server = echoServer();
    const faults = {
      async close() {
        const atMs = fakeClock.nowMs();
        for (const connection of server.open().slice(0, 5)) connection.close(1001);
        return { role: 'node', brokenAtMs: atMs, acceptedAtMs: atMs, heal: async () => {} };
      },
    };
    const topology = {
      ...({ kind: 'cluster', engine: 'lean', nodes: 4, balancer: 'embedded', routing: 'stateless' } as const),
      ...({ broker: { kind: 'none' }, store: { kind: 'none' } } as const),
    };
    const herds = [herdPlan({ ...HERD, trigger: 'close' })];
    const rig = await stormed([FIRST], { server, faults, phase: { topology, herds } });
    // The server answers a goodbye.
    setInterval(() => {
      for (const connection of server.open()) {
        if (connection.sent.at(-1)?.toString() === 'part') connection.close(1000);
      }
    }, 5);
    const before = rig.transport.connections.length;
    await played(sweep(rig));
    // All anew before the storm and after it, and the five that it hit.
    expect(rig.transport.connections.length - before).toBe(2 * CLIENTS + 5);
    expect(rig.results.swept?.[0].herds[0]).toMatchObject({
      affected: 5,
      neverReturned: 0,
      collateral: { errors: 0 },
    });
    expect(server.open()).toHaveLength(CLIENTS);
    expect(rig.tally.counters.missing).toBe(0);
  });

  test('goes on where clients cannot be called back, and nobody is hit', async () => {
    const server = echoServer();
    const rig = await stormed([NONE, FIRST], { server });
    const answering = server.connected;
    // Down from the storm on whose clients never come back.
    server.connected = (connection) => {
      server.down = rig.told.filter(({ type }) => type === 'storm').length > 1;
      answering?.(connection);
    };
    await played(sweep(rig));
    expect(rig.results.swept?.map(({ herds }) => herds[0].affected)).toEqual([CLIENTS, 0]);
  });
});
