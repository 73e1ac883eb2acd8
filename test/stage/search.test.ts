import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { judgeSeconds } from '../../src/analysis/validity.ts';
import { ceilingSchema } from '../../src/model/ceiling.ts';
import type { UnjudgedRow } from '../../src/model/record.ts';
import { search as searchConnections } from '../../src/stage/search.ts';
import type { FakeConnection, FakeServer } from '../support/fake-transport.ts';
import {
  createStageRig,
  echoServer,
  fakeClock,
  played,
  type StageRig,
  slowServer,
} from '../support/stages.ts';

const search = (rig: StageRig) =>
  searchConnections(rig, (rows: UnjudgedRow[]) => judgeSeconds(rows, 2, new Set(rig.results.unusedMs)));

describe('a search', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const reconnect = { kind: 'fixed', baseMs: 500, capMs: 500, firstMs: 0, stableMs: 30_000 } as const;
  const phase = (clients: number) => ({ clients, ceiling: true, reconnect, connectRatePerS: 100 });

  test.for([
    [64, 40],
    [64, 7],
    [64, 63],
    [200, 150],
    [16, 1],
  ])('for up to %d clients finds that the server holds %d, and who says so', async ([clients, capacity]) => {
    const server = echoServer({ capacity });
    const rig = createStageRig({ phase: phase(clients), server });
    const ceiling = await played(search(rig));
    expect(ceiling.found).toBe(true);
    expect(capacity - ceiling.connections).toBeGreaterThanOrEqual(0);
    expect(capacity - ceiling.connections).toBeLessThanOrEqual(Math.max(1, 0.02 * capacity));
    // What still fails of a level that was too high does not count against the next.
    for (const { requested, passed } of ceiling.steps) expect(passed).toBe(requested <= capacity);
    expect(ceiling.lowerBound).toBe(ceiling.connections);
    expect(ceiling.upperBound).toBeGreaterThan(ceiling.connections);
    expect(ceiling.limiter).toMatchObject({ resource: 'admission limit', side: 'server' });
    expect(ceiling.limiter.evidence).toContain('HTTP_503');
    expect(ceilingSchema.parse(ceiling)).toEqual(ceiling);
    // It ends where it held, for the hold that follows.
    expect(rig.told.findLast(({ type }) => type === 'grow')).toMatchObject({ clients: ceiling.connections });
    expect(server.open()).toHaveLength(ceiling.connections);
  });

  test('finds it as well with the default policy, whose clients come back after up to 5 s', async () => {
    const patient = {
      kind: 'full-jitter',
      baseMs: 1000,
      capMs: 30_000,
      firstMs: 5000,
      stableMs: 30_000,
    } as const;
    const server = echoServer({ capacity: 150 });
    const rig = createStageRig({ phase: { ...phase(200), reconnect: patient }, server, workers: 3 });
    const { connections, steps } = await played(search(rig));
    expect(connections).toBeGreaterThanOrEqual(147);
    expect(connections).toBeLessThanOrEqual(150);
    for (const { requested, passed } of steps) expect(passed).toBe(requested <= 150);
    expect(server.open()).toHaveLength(connections);
  });

  test('of a server that holds all ends at the maximum, and says that this was the limit', async () => {
    const rig = createStageRig({ phase: phase(50) });
    const ceiling = await played(search(rig));
    expect(ceiling).toMatchObject({ found: false, connections: 50, lowerBound: 50, upperBound: null });
    expect(ceiling.limiter).toMatchObject({ resource: 'requested maximum', side: 'scenario' });
    expect(ceiling.steps.every(({ passed }) => passed)).toBe(true);
    expect(rig.tally.connected()).toBe(50);
  });

  test('of a server that takes nobody finds 0', async () => {
    const rig = createStageRig({ phase: phase(16), server: echoServer({ capacity: 0 }) });
    expect(await played(search(rig))).toMatchObject({ found: true, connections: 0, upperBound: 1 });
  });

  test('of a server that closes connections all the time ends, and says that it does not keep them', async () => {
    const flapping = echoServer();
    const quickly = { ...reconnect, baseMs: 20, capMs: 20 };
    const rig = createStageRig({ phase: { ...phase(64), reconnect: quickly }, server: flapping });
    const closing = setInterval(() => flapping.open()[0]?.close(1001, 'bye'), 300);
    const ceiling = await played(search(rig));
    clearInterval(closing);
    expect(ceiling.limiter.resource).toBe('connections kept open');
    expect(ceiling.steps.length).toBeLessThan(20);
    expect(ceiling.steps[0]).toMatchObject({
      established: 8,
      passed: false,
      reason: expect.stringMatching(/^the server closed \d connections$/),
    });
  });

  test('has as its evidence what happened at the level that failed, not what happened before', async () => {
    const server = echoServer({ capacity: 4 });
    let resets = 3;
    const shaky: FakeServer = {
      ...server,
      connected(connection) {
        if (resets-- > 0) setTimeout(() => connection.fail('ECONNRESET'), 2);
        else server.connected?.(connection);
      },
    };
    const rig = createStageRig({ phase: phase(64), server: shaky });
    const ceiling = await played(search(rig));
    expect(ceiling.steps[0].reason).toContain('of the connects failed');
    expect(ceiling.limiter.evidence).not.toContain('ECONNRESET');
  });

  test('that runs into a limit of our own says how much it could hold: the server’s ceiling was not found', async () => {
    const opened: FakeConnection[] = [];
    const scarce: FakeServer = {
      connected(connection) {
        setTimeout(() => {
          if (connection.state !== 'connecting') return;
          if (opened.filter(({ state }) => state === 'open').length >= 20) return connection.fail('EMFILE');
          opened.push(connection);
          connection.open();
        }, 2);
      },
    };
    const rig = createStageRig({ phase: phase(64), server: scarce });
    const ceiling = await played(search(rig));
    expect(ceiling).toMatchObject({ found: false, connections: 20, upperBound: null, widthRatio: null });
    expect(ceiling.limiter).toMatchObject({ resource: 'file descriptors', side: 'generator' });
    const beyond = ceiling.steps.filter(({ requested }) => requested > 20);
    expect(beyond.length).toBeGreaterThan(0);
    for (const { passed, valid } of beyond)
      expect({ passed, valid }).toEqual({ passed: false, valid: false });
  });

  test('with a busy generator finds nothing, and says so', async () => {
    const rig = createStageRig({ phase: phase(64), elu: 0.95 });
    const ceiling = await played(search(rig));
    expect(ceiling).toMatchObject({
      found: false,
      connections: 0,
      limiter: { side: 'generator', resource: 'processor' },
    });
    expect(ceiling.steps[0].reason).toContain('95.0 % busy');
  });

  test('of a server that accepts slowly says that it is the accept rate', async () => {
    const rig = createStageRig({ phase: phase(16), server: echoServer({ acceptMs: 1500 }) });
    const ceiling = await played(search(rig));
    expect(ceiling.steps[0]).toMatchObject({ passed: false, reason: expect.stringContaining('at p99') });
    expect(ceiling.limiter).toMatchObject({ resource: 'accept rate', side: 'server' });
  });

  test('does not take one bad moment for the server’s ceiling', async () => {
    let refusals = 5;
    const server: FakeServer = {
      connected(connection) {
        setTimeout(() => {
          if (connection.state !== 'connecting') return;
          if (refusals-- > 0) connection.fail('ECONNRESET');
          else connection.open();
        }, 2);
      },
    };
    const ceiling = await played(search(createStageRig({ phase: phase(64), server })));
    expect(ceiling).toMatchObject({ connections: 64, found: false, upperBound: null });
    const atFirst = ceiling.steps.filter(({ requested }) => requested === 8);
    expect(atFirst.map(({ passed }) => passed)).toEqual([false, true, true]);
  });

  test('judges a level by its own connects: one that was slow does not make the next ones slow', async () => {
    let slow = 8;
    const server: FakeServer = {
      connected(connection) {
        const acceptMs = slow-- > 0 ? 1500 : 2;
        setTimeout(() => {
          if (connection.state === 'connecting') connection.open();
        }, acceptMs);
      },
    };
    const { steps } = await played(search(createStageRig({ phase: phase(64), server })));
    expect(steps[0]).toMatchObject({ requested: 8, passed: false });
    expect(steps.slice(1).every(({ passed }) => passed)).toBe(true);
    const slowest = steps.slice(1).map(({ connectP99Ms }) => connectP99Ms ?? 0);
    expect(Math.max(...slowest)).toBeLessThan(5);
  });

  test('does not pass a level of which some have given up for good', async () => {
    const never = { ...reconnect, kind: 'none' as const };
    const rig = createStageRig({
      phase: { ...phase(64), reconnect: never },
      server: echoServer({ capacity: 20 }),
    });
    const { steps, connections } = await played(search(rig));
    for (const { requested, established, passed } of steps) if (passed) expect(established).toBe(requested);
    expect(connections).toBeLessThanOrEqual(20);
  });

  test('is over at once when the phase is', async () => {
    const rig = createStageRig({ phase: phase(64) });
    const searching = search(rig);
    setTimeout(() => rig.end('SIGINT'), 500);
    await expect(played(searching)).rejects.toThrow('SIGINT');
  });

  test.each(['together', 'in turn'] as const)(
    'has each level at the pace that was asked for, after a failed one, too (workers filled %s)',
    async (filling) => {
      const capacity = 1500;
      const rig = createStageRig({
        phase: { ...phase(3200), connectRatePerS: 1000 },
        server: echoServer({ capacity }),
        workers: 8,
        filling,
      });
      /** Levels as they were told, with how many were connected, and when as many were. */
      const levels: { target: number; before: number; toldMs: number; reachedMs: number | null }[] = [];
      const { ask } = rig.swarm;
      const swarm: typeof rig.swarm = {
        ...rig.swarm,
        ask(command, answer) {
          if (command.type !== 'grow') return ask(command, answer);
          const { clients: target } = command;
          const level = { target, before: rig.tally.connected(), toldMs: fakeClock.nowMs(), reachedMs: NaN };
          levels.push(level);
          return ask(command, answer).then(() => {
            level.reachedMs = fakeClock.nowMs();
          });
        },
      };
      const { steps } = await played(search({ ...rig, swarm }));
      const failed = steps.findIndex(({ passed }) => !passed);
      expect(failed).toBeGreaterThan(0);
      for (const [i, { requested, passed }] of steps.entries()) {
        if (!passed) continue;
        const { target, before, toldMs, reachedMs } = levels[i];
        expect(target).toBe(requested);
        const growMs = target - before;
        expect(reachedMs).toBeGreaterThanOrEqual(toldMs + growMs);
        expect(reachedMs).toBeLessThanOrEqual(toldMs + growMs + 100);
      }
      expect(steps.slice(failed + 1).some(({ passed }) => passed)).toBe(true);
    },
  );

  test('of a server that takes fewer a second than come finds how many it holds all the same', async () => {
    const handshake = { headers: {}, subprotocol: null, caFile: null, insecure: false, timeoutMs: 1000 };
    const rig = createStageRig({
      phase: { ...phase(3200), connectRatePerS: 1000, handshake },
      server: slowServer({ everyMs: 5 }),
    });
    const { steps, connections, found, limiter } = await played(search(rig));
    expect(steps.map(({ reason }) => reason)).toEqual(steps.map(() => null));
    expect({ connections, found }).toEqual({ connections: 3200, found: false });
    expect(limiter.resource).toBe('requested maximum');
  });

  test('gives a level up soon when nobody is taken any more', async () => {
    const handshake = { headers: {}, subprotocol: null, caFile: null, insecure: false, timeoutMs: 2000 };
    const rig = createStageRig({
      phase: { ...phase(64), handshake },
      server: slowServer({ everyMs: 100, capacity: 20 }),
    });
    const startMs = fakeClock.nowMs();
    const { connections, limiter, steps } = await played(search(rig));
    expect(connections).toBe(20);
    expect(limiter).toMatchObject({ resource: 'accept rate', side: 'server' });
    expect((fakeClock.nowMs() - startMs) / steps.length).toBeLessThan(6000);
  });
});
