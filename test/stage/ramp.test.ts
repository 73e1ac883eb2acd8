import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TargetLost } from '../../src/stage/context.ts';
import { ramp } from '../../src/stage/ramp.ts';
import { createStageRig, echoServer, fakeClock, played } from '../support/stages.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a ramp', () => {
  test('ends when all are connected, at the planned pace', async () => {
    const rig = createStageRig({ phase: { clients: 20, connectRatePerS: 10 } });
    const startMs = fakeClock.nowMs();
    expect(await played(ramp(rig))).toBe(null);
    expect(rig.tally.connected()).toBe(20);
    expect(fakeClock.nowMs() - startMs).toBeGreaterThanOrEqual(2000);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(2200);
  });

  test('waits for latecomers that failed at first', async () => {
    const server = echoServer();
    server.down = true;
    setTimeout(() => {
      server.down = false;
    }, 3000);
    const rig = createStageRig({ server });
    expect(await played(ramp(rig))).toBe(null);
    expect(rig.tally.connected()).toBe(10);
    expect(rig.tally.failed.ECONNREFUSED).toBeGreaterThan(0);
  });

  test('tells how many were connected when some never could', async () => {
    const rig = createStageRig({ server: echoServer({ capacity: 7 }) });
    expect(await played(ramp(rig))).toBe(
      '7 of 10 clients were connected when the time for the ramp was over',
    );
  });

  test('ends with those that have given up, where the policy is never to come back', async () => {
    const reconnect = { kind: 'none', baseMs: 0, capMs: 0, firstMs: 0, stableMs: 0 } as const;
    const rig = createStageRig({ phase: { reconnect }, server: echoServer({ capacity: 7 }) });
    const startMs = fakeClock.nowMs();
    expect(await played(ramp(rig))).toBe(null);
    expect(rig.tally.connected()).toBe(7);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(500);
  });

  test('gives a target up that refuses everybody', async () => {
    const rig = createStageRig({ server: echoServer({ capacity: 0 }) });
    const startMs = fakeClock.nowMs();
    await expect(played(ramp(rig))).rejects.toThrow(TargetLost);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(8000);
  });

  test('does not give one up that is slow, as long as the connect timeout allows it', async () => {
    const rig = createStageRig({ phase: { connectRatePerS: 1 }, server: echoServer({ acceptMs: 8000 }) });
    expect(await played(ramp(rig))).toBe(null);
    expect(rig.tally.connected()).toBe(10);
  });

  test('ends with the phase', async () => {
    const rig = createStageRig({ phase: { clients: 100, connectRatePerS: 1 } });
    const ramping = ramp(rig);
    setTimeout(() => rig.end('SIGINT'), 1500);
    await expect(played(ramping)).rejects.toThrow('SIGINT');
  });
});
