import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TargetLost } from '../../src/stage/context.ts';
import { drain, hold } from '../../src/stage/hold.ts';
import { ramp } from '../../src/stage/ramp.ts';
import { herdPlan } from '../support/plans.ts';
import { createStageRig, echoServer, fakeClock, played } from '../support/stages.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A rig whose clients are all connected. */
async function ramped(options: Parameters<typeof createStageRig>[0] = {}) {
  const rig = createStageRig(options);
  await played(ramp(rig));
  return rig;
}

describe('a hold', () => {
  test('sends what is planned, in the planned time, and the drain gets every answer', async () => {
    const rig = await ramped({ phase: { durationMs: 4000 } });
    const startMs = fakeClock.nowMs();
    await played(hold(rig));
    expect(fakeClock.nowMs() - startMs).toBeGreaterThanOrEqual(4050);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(4200);
    await played(drain(rig));
    expect(rig.tally.counters).toMatchObject({ due: 40, sent: 40, unique: 40, droppedLate: 0, foreign: 0 });
  });

  test('with herds to come lets the messages flow on', async () => {
    const rig = await ramped({ phase: { durationMs: 2000, herds: [herdPlan()] } });
    await played(hold(rig));
    await vi.advanceTimersByTimeAsync(3000);
    await played(drain(rig));
    rig.swarm.tell({ type: 'close' });
    await vi.advanceTimersByTimeAsync(10);
    const { due, sent, unique } = rig.tally.counters;
    expect(due).toBeGreaterThanOrEqual(49);
    expect([sent, unique]).toEqual([due, due]);
  });

  test('gives a target up that breaks all connections and takes none back', async () => {
    const server = echoServer();
    const rig = await ramped({ server, phase: { durationMs: 60_000 } });
    setTimeout(() => {
      server.down = true;
      for (const connection of server.open()) connection.close(1006);
    }, 2000);
    const startMs = fakeClock.nowMs();
    await expect(played(hold(rig))).rejects.toThrow(TargetLost);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(10_000);
  });

  test('goes on while some are left', async () => {
    const server = echoServer();
    const rig = await ramped({ server, phase: { durationMs: 20_000 } });
    setTimeout(() => {
      server.down = true;
      for (const connection of server.open().slice(1)) connection.close(1006);
    }, 2000);
    await played(hold(rig));
    expect(rig.tally.connected()).toBe(1);
    expect(rig.tally.counters.droppedDisconnected).toBeGreaterThan(100);
  });
});

describe('a drain', () => {
  test('ends the messages, though they had no end', async () => {
    const rig = await ramped({ phase: { durationMs: 1000, herds: [herdPlan()] } });
    await played(hold(rig));
    await played(drain(rig));
    await vi.advanceTimersByTimeAsync(1000);
    const { due } = rig.tally.counters;
    await vi.advanceTimersByTimeAsync(5000);
    expect(rig.tally.counters.due).toBe(due);
  });

  test('waits no longer than planned for answers that never come', async () => {
    const rig = await ramped({
      phase: { durationMs: 1000, drainMs: 3000 },
      server: { ...echoServer(), received() {} },
    });
    await played(hold(rig));
    const startMs = fakeClock.nowMs();
    await played(drain(rig));
    expect(fakeClock.nowMs() - startMs).toBeGreaterThanOrEqual(3000);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(3200);
    expect(rig.tally.counters).toMatchObject({ sent: 10, unique: 0 });
  });

  test('ends as soon as the last answer is there', async () => {
    const rig = await ramped({
      phase: { durationMs: 1000, drainMs: 60_000 },
      server: echoServer({ echoMs: 700 }),
    });
    await played(hold(rig));
    const startMs = fakeClock.nowMs();
    await played(drain(rig));
    expect(fakeClock.nowMs() - startMs).toBeLessThan(1000);
    rig.swarm.tell({ type: 'close' });
    await vi.advanceTimersByTimeAsync(10);
    expect(rig.tally.counters).toMatchObject({ sent: 10, unique: 10, missing: 0 });
  });
});
