import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TargetLost } from '../../src/stage/context.ts';
import { ramp, rampInTurn } from '../../src/stage/ramp.ts';
import type { FakeConnection, FakeServer } from '../support/fake-transport.ts';
import { NO_SOURCES } from '../support/plans.ts';
import { createStageRig, echoServer, fakeClock, played, slowServer } from '../support/stages.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const NEVER_BACK = { kind: 'none', baseMs: 0, capMs: 0, firstMs: 0, stableMs: 0 } as const;

describe.each([
  { filling: 'together', ramp },
  { filling: 'in turn', ramp: rampInTurn },
] as const)('a ramp, workers filled $filling,', ({ filling, ramp }) => {
  const createRig = (options: Parameters<typeof createStageRig>[0] = {}) =>
    createStageRig({ ...options, filling });

  test('ends when all are connected, at the planned pace', async () => {
    const rig = createRig({ phase: { clients: 20, connectRatePerS: 10 } });
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
    const rig = createRig({ server });
    expect(await played(ramp(rig))).toBe(null);
    expect(rig.tally.connected()).toBe(10);
    expect(rig.tally.failed.ECONNREFUSED).toBeGreaterThan(0);
  });

  test('tells how many were connected when some never could', async () => {
    const rig = createRig({ server: echoServer({ capacity: 7 }) });
    expect(await played(ramp(rig))).toBe(
      '7 of 10 clients were connected when the time for the ramp was over',
    );
  });

  test('ends with those that have given up, where the policy is never to come back', async () => {
    const rig = createRig({ phase: { reconnect: NEVER_BACK }, server: echoServer({ capacity: 7 }) });
    const startMs = fakeClock.nowMs();
    expect(await played(ramp(rig))).toBe(null);
    expect(rig.tally.connected()).toBe(7);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(500);
  });

  test('gives a target up that refuses everybody', async () => {
    const rig = createRig({ server: echoServer({ capacity: 0 }) });
    const startMs = fakeClock.nowMs();
    await expect(played(ramp(rig))).rejects.toThrow(TargetLost);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(8000);
  });

  test('does not give one up that is slow, as long as the connect timeout allows it', async () => {
    const rig = createRig({ phase: { connectRatePerS: 1 }, server: echoServer({ acceptMs: 8000 }) });
    expect(await played(ramp(rig))).toBe(null);
    expect(rig.tally.connected()).toBe(10);
  });

  test('ends with the phase', async () => {
    const rig = createRig({ phase: { clients: 100, connectRatePerS: 1 } });
    const ramping = ramp(rig);
    setTimeout(() => rig.end('SIGINT'), 1500);
    await expect(played(ramping)).rejects.toThrow('SIGINT');
  });

  test('has begun at each time as many as the pace says, and not many more', async () => {
    const rig = createRig({ phase: { clients: 400, connectRatePerS: 40 }, workers: 8 });
    const startMs = fakeClock.nowMs();
    const ramping = ramp(rig);
    const ahead: number[] = [];
    const watching = setInterval(() => {
      const paced = Math.min(400, ((fakeClock.nowMs() - startMs) / 1000) * 40);
      ahead.push(rig.transport.connections.length - paced);
    }, 100);
    expect(await played(ramping)).toBe(null);
    clearInterval(watching);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(12_000);
    expect(Math.max(...ahead)).toBeLessThanOrEqual(40);
    expect(Math.min(...ahead)).toBeGreaterThanOrEqual(-48);
  });

  test('takes as long as the server takes, as long as it takes any', async () => {
    const timeoutMs = 300_000;
    const handshake = { headers: {}, subprotocol: null, caFile: null, insecure: false, timeoutMs: 5000 };
    const rig = createRig({
      phase: { clients: 10, handshake: { ...handshake, timeoutMs } },
      server: slowServer({ everyMs: 25_000 }),
    });
    const startMs = fakeClock.nowMs();
    expect(await played(ramp(rig))).toBe(null);
    expect(rig.tally.connected()).toBe(10);
    expect(fakeClock.nowMs() - startMs).toBeGreaterThanOrEqual(250_000);
  });

  test('is over half a minute after the server has taken its last, once its time is over', async () => {
    const rig = createRig({
      phase: { clients: 40, connectRatePerS: 100 },
      server: slowServer({ everyMs: 2000, capacity: 25 }),
    });
    const startMs = fakeClock.nowMs();
    expect(await played(ramp(rig))).toBe(
      '25 of 40 clients were connected when the time for the ramp was over',
    );
    const tookMs = fakeClock.nowMs() - startMs;
    expect(tookMs).toBeGreaterThan(25 * 2000 + 29_000);
    expect(tookMs).toBeLessThan(25 * 2000 + 33_000);
    expect(rig.told.findLast(({ type }) => type === 'grow')).toMatchObject({ clients: 40 });
  });

  test('is over when its time is, if the server takes no more long before', async () => {
    const rig = createRig({
      phase: { clients: 400, connectRatePerS: 20 },
      server: slowServer({ everyMs: 100, capacity: 25 }),
    });
    const startMs = fakeClock.nowMs();
    expect(await played(ramp(rig))).toBe(
      '25 of 400 clients were connected when the time for the ramp was over',
    );
    // The pace, the connect timeout, and half a minute.
    const plannedMs = 20_000 + 10_000 + 30_000;
    expect(fakeClock.nowMs() - startMs).toBeGreaterThan(plannedMs);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(plannedMs + 2000);
    expect(rig.told.findLast(({ type }) => type === 'grow')).toMatchObject({ clients: 400 });
  });

  test('goes on over any number of clients that have given up', async () => {
    const rig = createRig({
      phase: { clients: 200, connectRatePerS: 10, reconnect: NEVER_BACK },
      server: echoServer({ capacity: 7 }),
      workers: 4,
    });
    const startMs = fakeClock.nowMs();
    expect(await played(ramp(rig))).toBe(null);
    expect(rig.transport.connections).toHaveLength(200);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(22_000);
  });

  test('is over with the phase when a worker dies, though the server takes clients still', async () => {
    const rig = createRig({ phase: { clients: 1000, connectRatePerS: 10 } });
    const ramping = ramp(rig);
    setTimeout(() => rig.end('worker 1 died'), 40_000);
    await expect(played(ramping)).rejects.toThrow('worker 1 died');
  });
});

describe('a ramp in turn', () => {
  /** Each goal on the way, with how many were connected when it was set. */
  function goalsOf(rig: ReturnType<typeof createStageRig>) {
    const goals: { goal: number; connected: number }[] = [];
    const { tell } = rig.swarm;
    const swarm: typeof rig.swarm = {
      ...rig.swarm,
      tell(command) {
        if (command.type === 'grow on')
          goals.push({ goal: command.clients, connected: rig.tally.connected() });
        tell(command);
      },
    };
    return { goals, context: { ...rig, swarm } };
  }

  test('asks for no more than two seconds of the pace beyond what is connected', async () => {
    const server = slowServer({ everyMs: 100 });
    const rig = createStageRig({
      ...{ filling: 'in turn', workers: 10, server },
      phase: { clients: 300, connectRatePerS: 50 },
    });
    const { goals, context } = goalsOf(rig);
    expect(await played(rampInTurn(context))).toBe(null);
    expect(goals.length).toBeGreaterThan(10);
    for (const { goal, connected } of goals) expect(goal - connected).toBeLessThanOrEqual(100);
    const numbers = goals.map(({ goal }) => goal);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(rig.tally.connected()).toBe(300);
  });

  test('has few workers that connect at once, where a ramp together has all of them', async () => {
    const CLIENTS = 300;
    const WORKERS = 10;
    // Each client has the port of its number.
    const sources = { ...NO_SOURCES, clients: CLIENTS, ranks: CLIENTS, ports: CLIENTS };
    const workerOf = ({ options }: FakeConnection) =>
      Math.floor((options.sourcePort ?? 0) / (CLIENTS / WORKERS));
    const busiest = async (filling: 'together' | 'in turn', ramp: typeof rampInTurn) => {
      const slow = slowServer({ everyMs: 100 });
      let most = 0;
      const server: FakeServer = {
        connected(connection) {
          slow.connected?.(connection);
          const connecting = rig.transport.connections.filter(({ state }) => state === 'connecting');
          most = Math.max(most, new Set(connecting.map(workerOf)).size);
        },
      };
      const phase = { clients: CLIENTS, connectRatePerS: 50 };
      const rig = createStageRig({ phase, filling, sources, server, workers: WORKERS });
      await played(ramp(rig));
      return most;
    };
    expect(await busiest('together', ramp)).toBe(WORKERS);
    expect(await busiest('in turn', rampInTurn)).toBeLessThanOrEqual(5);
  });
});
