import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { herdSchema } from '../../src/model/herd.ts';
import type { PhasePlan } from '../../src/model/plan.ts';
import { ramp } from '../../src/stage/ramp.ts';
import { storm } from '../../src/stage/storm.ts';
import type { Outage } from '../../src/topology/topology.ts';
import { herdPlan, phasePlan } from '../support/plans.ts';
import {
  createStageRig,
  type EchoServer,
  echoServer,
  fakeClock,
  played,
  type StageRig,
} from '../support/stages.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const RETRY_MS = 200;

interface Options {
  phase?: Partial<PhasePlan>;
  server?: EchoServer;
  outageMs?: number;
  commandMs?: number;
}

/** A phase of 20 connected clients; the fault `kill` breaks all connections and takes none for `outageMs`. */
async function ramped({ phase = {}, server = echoServer(), outageMs = 2000, commandMs = 1 }: Options = {}) {
  const rig: StageRig = createStageRig({
    phase: { clients: 20, ...phase },
    server,
    commandMs,
    faults: {
      async kill() {
        const brokenAtMs = fakeClock.nowMs();
        server.down = true;
        for (const connection of server.open()) connection.close(1006);
        await vi.advanceTimersByTimeAsync(0);
        await new Promise((resolve) => setTimeout(resolve, outageMs));
        server.down = false;
        return { role: 'node', brokenAtMs, acceptedAtMs: fakeClock.nowMs(), heal: async () => {} };
      },
    },
  });
  await played(ramp(rig));
  await vi.advanceTimersByTimeAsync(2000);
  return rig;
}

/** A break that is done at once. */
function outageNow(): Outage {
  const nowMs = fakeClock.nowMs();
  return { role: 'node', brokenAtMs: nowMs, acceptedAtMs: nowMs, heal: async () => {} };
}

describe('a storm of our own', () => {
  test('drops the share, watches the return, and ends when all have been back for the hold time', async () => {
    const rig = await ramped();
    const startMs = fakeClock.nowMs();
    const herd = await played(storm(rig, herdPlan({ shareRatio: 0.5, holdMs: 1000, observeMs: 60_000 })));
    expect(herd).toMatchObject({
      trigger: 'drop',
      policy: 'fixed',
      affected: 10,
      outageMs: 0,
      heldMs: 1000,
      attempts: 10,
      amplification: 1,
      neverReturned: 0,
      metastable: false,
      collateral: { clients: 10, errors: 0 },
    });
    expect(herd.t100Ms).toBeGreaterThanOrEqual(RETRY_MS);
    expect(herd.t100Ms).toBeLessThan(RETRY_MS + 60);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(4000);
    expect(herd.brokenAtMs).toBe(startMs + 1 - rig.originMs);
    expect(herdSchema.parse(herd)).toEqual(herd);
  });

  test('is watched no longer than planned, and says for how long it was', async () => {
    const reconnect = { ...phasePlan().reconnect, kind: 'none' as const };
    const rig = await ramped({ phase: { reconnect } });
    const herd = await played(storm(rig, herdPlan({ shareRatio: 0.5, observeMs: 5000 })));
    expect(herd).toMatchObject({ affected: 10, t50Ms: null, t100Ms: null, neverReturned: 10, attempts: 0 });
    expect(herd.observedMs).toBeGreaterThanOrEqual(5000);
    expect(herd.observedMs).toBeLessThan(5200);
  });

  test('that hits nobody has no times', async () => {
    const rig = await ramped();
    const herd = await played(storm(rig, herdPlan({ shareRatio: 0.01, observeMs: 2000 })));
    expect(herd).toMatchObject({
      affected: 0,
      t50Ms: null,
      t100Ms: null,
      neverReturned: 0,
      amplification: null,
    });
  });
});

describe('a storm of the server', () => {
  test('counts the times from when it accepts again', async () => {
    const rig = await ramped({ outageMs: 2000 });
    const herd = await played(storm(rig, herdPlan({ trigger: 'kill' })));
    expect(herd).toMatchObject({ trigger: 'kill', affected: 20, neverReturned: 0 });
    expect(herd.outageMs).toBeGreaterThanOrEqual(2000);
    expect(herd.outageMs).toBeLessThan(2100);
    expect(herd.t100Ms).toBeGreaterThan(0);
    expect(herd.t100Ms).toBeLessThan(RETRY_MS + 60);
    expect(herd.failed.ECONNREFUSED).toBeGreaterThan(100);
    expect(herd.amplification).toBeGreaterThan(5);
    expect(herd.curve.acceptedMs).toBeGreaterThanOrEqual(herd.outageMs ?? 0);
  });

  test('has all that break as its victims, even if a command is slower than the break', async () => {
    const rig = await ramped({ commandMs: 40 });
    const herd = await played(storm(rig, herdPlan({ trigger: 'kill' })));
    expect(herd.affected).toBe(20);
    expect(rig.tally.counters.missing).toBe(0);
  });

  test('is watched for the planned time from when it accepts again', async () => {
    const reconnect = { ...phasePlan().reconnect, kind: 'none' as const };
    const rig = await ramped({ phase: { reconnect }, outageMs: 3000 });
    const herd = await played(storm(rig, herdPlan({ trigger: 'kill', observeMs: 4000 })));
    expect(herd).toMatchObject({ affected: 20, neverReturned: 20, t50Ms: null });
    expect(herd.observedMs).toBeGreaterThanOrEqual(4000);
    expect(herd.observedMs).toBeLessThan(4200);
  });

  test('that costs nobody a connection is over when that is plain', async () => {
    const faults = { restart: async () => outageNow() };
    const rig = createStageRig({ phase: { clients: 4 }, faults });
    await played(ramp(rig));
    const startMs = fakeClock.nowMs();
    const herd = await played(storm(rig, herdPlan({ trigger: 'restart', observeMs: 60_000 })));
    expect(herd).toMatchObject({ affected: 0, outageMs: 0, t50Ms: null, neverReturned: 0 });
    expect(fakeClock.nowMs() - startMs).toBeGreaterThanOrEqual(3000);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(4500);
  });

  test('that takes long is left when the phase ends meanwhile', async () => {
    const rig = createStageRig({ phase: { clients: 4 }, faults: { rolling: () => new Promise(() => {}) } });
    await played(ramp(rig));
    const storming = storm(rig, herdPlan({ trigger: 'rolling' }));
    setTimeout(() => rig.end('SIGINT'), 1500);
    await expect(played(storming)).rejects.toThrow('SIGINT');
  });

  test('that does not end well says so', async () => {
    const rolling = () => Promise.reject(new Error('the node did not start again'));
    const rig = createStageRig({ phase: { clients: 4 }, faults: { rolling } });
    await played(ramp(rig));
    await expect(played(storm(rig, herdPlan({ trigger: 'rolling' })))).rejects.toThrow('did not start again');
  });

  test('is healed when the return was watched, and once', async () => {
    let healed = 0;
    const heal = async () => void healed++;
    const faults = { drain: async () => ({ ...outageNow(), heal }) };
    const rig = createStageRig({ phase: { clients: 4 }, faults });
    await played(ramp(rig));
    const storming = storm(rig, herdPlan({ trigger: 'drain' }));
    await vi.advanceTimersByTimeAsync(2000);
    expect(healed).toBe(0);
    await played(storming);
    expect(healed).toBe(1);
  });

  test('that the topology does not have is a fault of the plan', async () => {
    const rig = createStageRig({ phase: { clients: 4 } });
    await played(ramp(rig));
    await expect(played(storm(rig, herdPlan({ trigger: 'kill' })))).rejects.toThrow('cannot kill');
  });
});

describe('a server that was churning before', () => {
  test('is not called metastable for attempts that it had before the break, too', async () => {
    const server = echoServer({ capacity: 20 });
    const rig = await ramped({ server, phase: { clients: 20 } });
    // Each connection is closed after a while, so that there are about 20 attempts a second at any time.
    const closing = setInterval(() => {
      for (const connection of server.open().slice(0, 10)) connection.close(1001);
    }, 500);
    await vi.advanceTimersByTimeAsync(5000);
    const herd = await played(storm(rig, herdPlan({ trigger: 'kill', observeMs: 20_000, holdMs: 5000 })));
    clearInterval(closing);
    expect(herd.metastable).toBe(false);
  });
});

test('two storms after another are kept apart', async () => {
  const rig = await ramped();
  const first = await played(storm(rig, herdPlan({ shareRatio: 1 })));
  const second = await played(storm(rig, herdPlan({ shareRatio: 0.25 })));
  expect([first.affected, second.affected]).toEqual([20, 5]);
  expect(second.attempts).toBe(5);
  expect(second.brokenAtMs).toBeGreaterThan(first.brokenAtMs);
});

test('what was in flight when the connections broke is lost, not missing', async () => {
  const silent = echoServer({ echoMs: 60_000 });
  const rig = await ramped({ server: silent });
  rig.swarm.tell({ type: 'flow', startMs: fakeClock.nowMs() + 10, endMs: fakeClock.nowMs() + 1010 });
  await vi.advanceTimersByTimeAsync(1500);
  const herd = await played(storm(rig, herdPlan()));
  expect(herd.lost).toBe(20);
  expect(rig.tally.counters).toMatchObject({ lost: 20, missing: 0 });
});

test('a storm ends with the phase, and its reports are taken no more', async () => {
  const rig = await ramped();
  const storming = storm(rig, herdPlan({ holdMs: 30_000 }));
  setTimeout(() => rig.end('SIGINT'), 1500);
  await expect(played(storming)).rejects.toThrow('SIGINT');
  expect(rig.tally.onStorm).toBe(null);
});
