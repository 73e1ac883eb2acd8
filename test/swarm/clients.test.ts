import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import type { Backoff } from '../../src/load/backoff/index.ts';
import { type Clients, createClients } from '../../src/swarm/clients.ts';
import { createConnectWindow } from '../../src/swarm/connect-window.ts';
import { createRecorder } from '../../src/swarm/recorder.ts';
import { createStorm } from '../../src/swarm/storm.ts';
import {
  createFakeTransport,
  type FakeConnection,
  type FakeServer,
  type FakeTransport,
} from '../support/fake-transport.ts';
import { createManualTime } from '../support/manual-time.ts';
import fc from '../support/properties.ts';

const TICK_MS = 10;
const CONNECT_TIMEOUT_MS = 1000;
const STABLE_MS = 30_000;

interface Options {
  capacity?: number;
  server?: FakeServer;
  backoff?: Backoff;
  connectTimeoutMs?: number;
}

/** Clients that are ticked every 10 ms while time passes. */
function setUp({
  capacity = 10,
  server = {},
  backoff = () => 100,
  connectTimeoutMs = CONNECT_TIMEOUT_MS,
}: Options = {}) {
  const time = createManualTime(5000);
  const transport = createFakeTransport(server);
  const recorder = createRecorder();
  const inFlight = new Array<number>(capacity).fill(0);
  const ends: number[] = [];
  const heard: string[] = [];
  const clients = createClients({
    clients: capacity,
    transport,
    connectOptions: (client, turn) => ({
      url: `ws://server/${client}`,
      headers: {},
      subprotocol: null,
      ca: null,
      insecure: false,
      sourceAddress: null,
      sourcePort: 1000 + turn,
    }),
    connectTimeoutMs,
    backoff,
    stableMs: STABLE_MS,
    random: createRandom(1, 'reconnect'),
    recorder,
    nowMs: time.nowMs,
    onOpen() {},
    onMessage: (client, data, start, end) => heard.push(`${client}:${data.subarray(start, end)}`),
    onEnd(client) {
      ends.push(client);
      return inFlight[client];
    },
  });
  const tick = () => {
    clients.tick(time.nowMs());
    time.after(TICK_MS, tick);
  };
  tick();
  return {
    clients,
    transport,
    recorder,
    inFlight,
    ends,
    heard,
    pass: time.pass,
    nowMs: time.nowMs,
    grow: (target: number, ratePerS = 1e6) => clients.grow(target, ratePerS, time.nowMs()),
    /** What was reported since the last call. */
    take: () =>
      recorder.take(
        {
          worker: 0,
          row: 0,
          stage: 'hold',
          connected: 0,
          owed: 0,
          elu: null,
          lagMs: 0,
          gcMs: 0,
          gcMaxMs: 0,
          disorder: null,
          rooms: null,
          routes: null,
          storm: null,
        },
        { received: 0, duplicates: 0, reordered: 0, maxExtent: 0, maxBufferDepth: 0 },
      ),
  };
}

describe('growing', () => {
  test('begins each client at its time: ten a second, one each 100 ms', () => {
    const { transport, grow, pass } = setUp();
    grow(10, 10);
    pass(95);
    expect(transport.connections).toHaveLength(0);
    for (let begun = 1; begun <= 10; begun++) {
      pass(begun === 1 ? 10 : 100);
      expect(transport.connections).toHaveLength(begun);
    }
    pass(60_000);
    const begun = transport.connections.slice(0, 10).map(({ client }) => client);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(transport.connections.map(({ client }) => client)).size).toBe(10);
  });

  test('catches up after a block, so that the ramp ends when it should', () => {
    const { transport, grow, pass, clients, nowMs } = setUp({ capacity: 100 });
    clients.grow(100, 100, nowMs() - 500);
    pass(TICK_MS);
    expect(transport.connections.length).toBeGreaterThanOrEqual(50);
    grow(100, 100);
    expect(clients.wanted).toBeGreaterThanOrEqual(50);
  });

  test('to the same number again begins nobody anew', () => {
    const { transport, grow, pass } = setUp();
    grow(5);
    pass(20);
    grow(5);
    pass(20);
    expect(transport.connections).toHaveLength(5);
  });

  test('further goes on from those that there are, at the pace that is asked for now', () => {
    const { transport, grow, pass } = setUp();
    grow(4);
    pass(TICK_MS);
    for (const client of [0, 1, 2, 3]) transport.of(client).open();
    grow(10, 10);
    for (let begun = 4; begun < 10; begun++) {
      expect(transport.connections).toHaveLength(begun);
      pass(100);
    }
    expect(transport.connections).toHaveLength(10);
  });

  test('that lies in the future waits for its start', () => {
    const { transport, clients, nowMs, pass } = setUp();
    clients.grow(10, 1000, nowMs() + 500);
    pass(500);
    expect(transport.connections).toHaveLength(0);
    pass(20);
    expect(transport.connections).toHaveLength(10);
  });

  test('is settled when all are connected, not before', () => {
    const { transport, grow, pass, clients } = setUp();
    grow(2, 10);
    expect(clients.settled).toBe(false);
    pass(300);
    transport.of(0).open();
    expect(clients.settled).toBe(false);
    transport.of(1).open();
    expect(clients.settled).toBe(true);
    transport.of(1).close();
    expect(clients.settled).toBe(false);
  });

  test('to nobody is settled at once', () => {
    const { grow, clients } = setUp();
    grow(0);
    expect(clients.settled).toBe(true);
  });
});

describe('a connect', () => {
  test('that succeeds is counted with how long it took, and is the client’s first epoch', () => {
    const { transport, grow, pass, clients, take } = setUp();
    grow(1);
    pass(TICK_MS);
    pass(0.5);
    transport.of(0).open();
    expect(clients.isOpen(0)).toBe(true);
    expect(clients.epoch(0)).toBe(0);
    const { counters, connect } = take();
    expect(counters).toMatchObject({ attempts: 1, established: 1, clients: 1 });
    expect([...connect]).toEqual([500, 1]);
  });

  test('that takes too long is ended by us, has failed with TIMEOUT, and is tried again', () => {
    const { transport, grow, pass, clients, take } = setUp();
    grow(1);
    pass(TICK_MS);
    pass(CONNECT_TIMEOUT_MS - TICK_MS);
    expect(transport.of(0).endedBy).toBe(null);
    pass(TICK_MS);
    expect(transport.of(0).endedBy).toBe('terminate');
    expect(take()).toMatchObject({ failed: { TIMEOUT: 1 }, counters: { attempts: 1, established: 0 } });
    pass(100);
    expect(transport.connections).toHaveLength(2);
    transport.of(0).open();
    expect(clients.open).toBe(1);
  });

  test('whose answer comes after it was given up is not opened: the next try is', () => {
    const { transport, grow, pass, clients, take } = setUp();
    grow(1);
    pass(CONNECT_TIMEOUT_MS + TICK_MS + 100);
    const [late, next] = transport.connections;
    late.open();
    expect(clients.open).toBe(0);
    next.open();
    expect(clients.open).toBe(1);
    expect(clients.connection(0)).toBe(next);
    expect(take().counters).toMatchObject({ attempts: 2, established: 1 });
  });

  test('that opened just in time is not timed out later', () => {
    const { transport, grow, pass, clients, take } = setUp();
    grow(1);
    pass(TICK_MS);
    pass(CONNECT_TIMEOUT_MS - 1);
    transport.of(0).open();
    pass(3 * CONNECT_TIMEOUT_MS);
    expect(clients.isOpen(0)).toBe(true);
    expect(take().failed).toEqual({});
  });

  test('is not cut short by the time limit of the try before it', () => {
    const { transport, grow, pass, take } = setUp();
    grow(1);
    pass(TICK_MS);
    pass(600);
    transport.of(0).fail('ECONNRESET');
    pass(100 + CONNECT_TIMEOUT_MS - 2 * TICK_MS);
    expect(transport.connections).toHaveLength(2);
    expect(transport.of(0).endedBy).toBe(null);
    pass(3 * TICK_MS);
    expect(transport.connections[1].endedBy).toBe('terminate');
    expect(take().failed).toEqual({ ECONNRESET: 1, TIMEOUT: 1 });
  });

  test('that is refused while it is being made is counted once', () => {
    const refusing: FakeServer = { connected: (connection) => connection.fail('ECONNREFUSED') };
    const { transport, grow, pass, take } = setUp({ server: refusing });
    grow(1);
    pass(TICK_MS);
    expect(take()).toMatchObject({ failed: { ECONNREFUSED: 1 }, counters: { attempts: 1 } });
    pass(110);
    expect(transport.connections).toHaveLength(2);
  });

  test('asks for what the client’s options say', () => {
    const { transport, grow, pass } = setUp();
    grow(3);
    pass(TICK_MS);
    expect(transport.of(2).options.url).toBe('ws://server/2');
  });

  test('is told how many the client has begun before, however they ended', () => {
    const { transport, grow, pass, clients } = setUp();
    grow(2);
    pass(TICK_MS);
    transport.of(0).fail('ECONNREFUSED');
    pass(110);
    pass(CONNECT_TIMEOUT_MS + 110);
    transport.of(0).open();
    clients.drop(0);
    pass(110);
    grow(0);
    grow(1);
    pass(TICK_MS);
    const turns = transport.connections
      .filter(({ client }) => client === 0)
      .map(({ options }) => options.sourcePort);
    expect(turns).toEqual([1000, 1001, 1002, 1003, 1004]);
  });
});

describe('handshakes under way', () => {
  const underWay = ({ connections }: FakeTransport) =>
    connections.filter(({ state }) => state === 'connecting');

  test('are 64 at first, however many are asked for, and one more for each that is done', () => {
    const { transport, grow, pass } = setUp({ capacity: 200 });
    grow(200);
    pass(10 * TICK_MS);
    expect(transport.connections).toHaveLength(64);
    transport.of(5).open();
    pass(TICK_MS);
    expect(underWay(transport)).toHaveLength(64);
    expect(transport.of(64).state).toBe('connecting');
  });

  test('are more and more where the server is fast, so that the pace is what was asked for', () => {
    const { transport, grow, pass } = setUp({ capacity: 20_000, server: { connected: answered } });
    const waiting: FakeConnection[] = [];
    function answered(connection: FakeConnection) {
      waiting.push(connection);
    }
    grow(20_000, 20_000);
    for (let ticks = 0; ticks < 110; ticks++) {
      pass(TICK_MS);
      for (const connection of waiting.splice(0)) connection.open();
    }
    expect(transport.connections).toHaveLength(20_000);
  });

  test('are few where it gets slow, and wait for it: nobody fails who would have been taken', () => {
    const { transport, grow, pass, clients, take } = setUp({ capacity: 1000 });
    grow(1000, 1000);
    // It takes one each 10 ms.
    for (let taken = 0; taken < 1000; taken++) {
      pass(TICK_MS);
      transport.connections.find(({ state }) => state === 'connecting')?.open();
    }
    pass(TICK_MS);
    expect(clients.wanted).toBeGreaterThan(990);
    expect(underWay(transport).length).toBeLessThan(20);
    expect(take().failed).toEqual({});
  });

  test('of clients that come back wait for nothing: what they do is what is measured', () => {
    const { transport, grow, pass } = setUp({ capacity: 100 });
    grow(100);
    while (transport.connections.length < 100) {
      pass(TICK_MS);
      for (const connection of underWay(transport)) connection.open();
    }
    for (const connection of underWay(transport)) connection.open();
    for (const connection of transport.connections.slice()) connection.close();
    pass(110);
    expect(underWay(transport)).toHaveLength(100);
  });

  test.for<[sentence: string, end: (rig: ReturnType<typeof setUp>) => void]>([
    ['are opened', ({ transport }) => underWay(transport).forEach((connection) => void connection.open())],
    [
      'fail',
      ({ transport }) => underWay(transport).forEach((connection) => void connection.fail('ECONNRESET')),
    ],
    ['take too long', ({ pass }) => pass(CONNECT_TIMEOUT_MS)],
    [
      'are not wanted any more',
      ({ grow, clients }) => {
        grow(0);
        expect(clients.wanted).toBe(0);
        grow(200);
      },
    ],
  ])('make room for others when they %s', ([, end]) => {
    const rig = setUp({ capacity: 200, backoff: () => null });
    rig.grow(200);
    rig.pass(TICK_MS);
    const before = rig.transport.connections.length;
    end(rig);
    rig.pass(TICK_MS);
    expect(rig.transport.connections.length - before).toBeGreaterThanOrEqual(8);
  });

  test('that fail at once are no end of it: all clients are tried', () => {
    const refusing: FakeServer = { connected: (connection) => connection.fail('ECONNREFUSED') };
    const { transport, grow, pass, clients } = setUp({
      ...{ capacity: 1000, server: refusing, backoff: () => null },
    });
    grow(1000);
    pass(TICK_MS);
    expect(transport.connections).toHaveLength(1000);
    expect(clients.settled).toBe(true);
  });

  /** What happens to a share of the handshakes that are under way, after some time. */
  const step = fc.record({
    afterMs: fc.constantFrom(0, 3, 10, 30, 300, 1100),
    outcome: fc.constantFrom('open' as const, 'fail' as const, 'nothing' as const),
    share: fc.constantFrom(0.1, 0.5, 1),
    closing: fc.boolean(),
    target: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(300) }),
  });

  test('are at each time as many as the window lets, whatever happens to them', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const window = createConnectWindow();
        const begunMs = new Map<FakeConnection, number>();
        const tooMany: number[] = [];
        const rig = setUp({
          ...{ capacity: 300, backoff: () => null, connectTimeoutMs: Number.POSITIVE_INFINITY },
          server: { connected },
        });
        function connected(connection: FakeConnection) {
          const others = underWay(rig.transport).length - 1;
          if (others >= window.size) tooMany.push(others);
          begunMs.set(connection, rig.nowMs());
        }
        let target = 300;
        rig.grow(target);
        for (const { afterMs, outcome, share, closing, target: next } of steps) {
          const waiting = underWay(rig.transport);
          const chosen = waiting.slice(0, Math.ceil(share * waiting.length));
          for (const connection of chosen) {
            if (outcome === 'open') window.opened(rig.nowMs() - (begunMs.get(connection) ?? 0));
            if (outcome === 'open') connection.open();
            if (outcome === 'fail') window.failed();
            if (outcome === 'fail') connection.fail('ECONNRESET');
          }
          if (closing) rig.transport.connections.find(({ state }) => state === 'open')?.close();
          if (next !== null) rig.grow(next);
          target = next ?? target;
          rig.pass(afterMs);
          if (afterMs > TICK_MS && rig.clients.wanted < target) {
            expect(underWay(rig.transport).length).toBeGreaterThanOrEqual(window.size);
          }
        }
        expect(tooMany).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('backing off', () => {
  /** A policy that notes what it is asked; the delays are 100, 200, 300, … */
  function noting() {
    const asked: { attempt: number; previousMs: number }[] = [];
    const backoff: Backoff = (attempt, previousMs) => {
      asked.push({ attempt, previousMs });
      return 100 * asked.length;
    };
    return { asked, backoff, attempts: () => asked.map(({ attempt }) => attempt) };
  }

  test('a client that loses a stable connection begins with attempt 0, and counts each try that fails', () => {
    const { backoff, attempts } = noting();
    const { transport, grow, pass } = setUp({ backoff });
    grow(1);
    pass(TICK_MS);
    transport.of(0).open();
    pass(STABLE_MS);
    transport.of(0).close();
    for (let i = 0; i < 3; i++) {
      pass(1000);
      transport.of(0).fail('ECONNREFUSED');
    }
    expect(attempts()).toEqual([0, 1, 2, 3]);
  });

  test('the policy is told the delay before, by the client', () => {
    const { backoff, asked } = noting();
    const { transport, grow, pass } = setUp({ backoff });
    grow(2);
    pass(TICK_MS);
    for (const client of [0, 1]) transport.of(client).fail('ECONNREFUSED');
    pass(300);
    for (const client of [0, 1]) transport.of(client).fail('ECONNREFUSED');
    expect(asked.slice(2).map(({ previousMs }) => previousMs)).toEqual([100, 200]);
  });

  test('a first connection that never lasted is a loss like any other: attempt 0', () => {
    const { backoff, attempts } = noting();
    const { transport, grow, pass } = setUp({ backoff });
    grow(1);
    pass(TICK_MS);
    transport.of(0).open();
    pass(100);
    transport.of(0).close();
    expect(attempts()).toEqual([0]);
  });

  test('a client that could not connect at first begins with attempt 1', () => {
    const { backoff, attempts } = noting();
    const { transport, grow, pass } = setUp({ backoff });
    grow(1);
    pass(TICK_MS);
    for (let i = 0; i < 3; i++) {
      transport.of(0).fail('ECONNREFUSED');
      pass(1000);
    }
    expect(attempts()).toEqual([1, 2, 3]);
  });

  test('a server that accepts and then drops is backed off from, too', () => {
    const { backoff, attempts } = noting();
    const { transport, grow, pass } = setUp({ backoff });
    grow(1);
    pass(TICK_MS);
    for (let i = 0; i < 5; i++) {
      transport.of(0).open();
      pass(50);
      transport.of(0).close();
      pass(1000);
    }
    expect(attempts()).toEqual([0, 1, 2, 3, 4]);
  });

  test('a client that was let go and is wanted again is a new one: its first loss is attempt 0', () => {
    const { backoff, attempts } = noting();
    const { transport, grow, pass } = setUp({ backoff });
    grow(1);
    pass(TICK_MS);
    transport.of(0).fail('ECONNREFUSED');
    pass(1000);
    transport.of(0).open();
    grow(0);
    grow(1);
    pass(TICK_MS);
    transport.of(0).open();
    pass(50);
    transport.of(0).close();
    expect(attempts()).toEqual([1, 0]);
  });

  test('the attempts begin again only after a connection has lasted for the stable time', () => {
    const { backoff, attempts } = noting();
    const { transport, grow, pass } = setUp({ backoff });
    grow(1);
    pass(TICK_MS);
    transport.of(0).fail('ECONNREFUSED');
    pass(200);
    transport.of(0).open();
    pass(STABLE_MS - 1);
    transport.of(0).close();
    pass(1000);
    transport.of(0).open();
    pass(STABLE_MS);
    transport.of(0).close();
    expect(attempts().at(-2)).toBeGreaterThan(0);
    expect(attempts().at(-1)).toBe(0);
  });

  test('a retry begins when it is due, not before', () => {
    const { transport, grow, pass } = setUp({ backoff: () => 250 });
    grow(1);
    pass(TICK_MS);
    transport.of(0).fail('ECONNREFUSED');
    pass(240);
    expect(transport.connections).toHaveLength(1);
    pass(2 * TICK_MS);
    expect(transport.connections).toHaveLength(2);
  });

  test('a client whose policy is never to come back is given up, and counts as settled', () => {
    const { transport, grow, pass, clients, take } = setUp({ backoff: () => null });
    grow(3);
    pass(TICK_MS);
    transport.of(0).open();
    transport.of(1).fail('ECONNREFUSED');
    expect(clients.settled).toBe(false);
    transport.of(2).open();
    expect(clients.settled).toBe(true);
    transport.of(2).close();
    expect(clients.settled).toBe(true);
    expect(clients.open).toBe(1);
    pass(60_000);
    expect(transport.connections).toHaveLength(3);
    expect(take().counters).toMatchObject({ attempts: 3, established: 2 });
  });
});

describe('shrinking', () => {
  test('says goodbye to the open, ends the connecting, and forgets the waiting', () => {
    const { transport, grow, pass, clients, take } = setUp();
    grow(4);
    pass(TICK_MS);
    transport.of(0).open();
    transport.of(1).open();
    transport.of(3).fail('ECONNREFUSED');
    take();
    grow(1);
    expect(transport.connections.map(({ endedBy }) => endedBy)).toEqual([null, 'leave', 'terminate', null]);
    expect(clients.open).toBe(1);
    expect(clients.settled).toBe(true);
    pass(60_000);
    expect(transport.connections).toHaveLength(4);
    const { counters, closes, failed } = take();
    expect(closes).toEqual({});
    expect(failed).toEqual({});
    expect(counters).toMatchObject({ attempts: 0, established: 0 });
  });

  test('counts what was in flight of those it lets go as missing', () => {
    const { transport, grow, pass, inFlight, ends, take } = setUp();
    grow(2);
    pass(TICK_MS);
    for (const client of [0, 1]) transport.of(client).open();
    inFlight[1] = 3;
    grow(1);
    expect(ends).toEqual([1]);
    expect(take().counters.missing).toBe(3);
  });

  test('below what has been begun stops what was still to come', () => {
    const { transport, grow, pass } = setUp();
    grow(10, 10);
    pass(500);
    grow(3);
    pass(60_000);
    expect(new Set(transport.connections.map(({ client }) => client)).size).toBeLessThanOrEqual(5);
  });

  test('and growing again makes new connections in the next epoch, of clients that are counted once', () => {
    const { transport, grow, pass, clients, take } = setUp();
    grow(2);
    pass(TICK_MS);
    for (const client of [0, 1]) transport.of(client).open();
    grow(0);
    expect(clients.open).toBe(0);
    grow(2);
    pass(TICK_MS);
    for (const client of [0, 1]) transport.of(client).open();
    expect(clients.epoch(0)).toBe(1);
    expect(take().counters).toMatchObject({ clients: 2, established: 4, attempts: 4 });
  });

  test('and growing again leaves no retry behind that would connect a client twice', () => {
    const { transport, grow, pass, clients, take } = setUp({ backoff: () => 500 });
    grow(1);
    pass(TICK_MS);
    transport.of(0).fail('ECONNREFUSED');
    grow(0);
    grow(1);
    pass(TICK_MS);
    transport.of(0).open();
    pass(2000);
    expect(clients.open).toBe(1);
    expect(transport.connections).toHaveLength(2);
    expect(take().counters.attempts).toBe(2);
  });

  test('a retry that was overtaken does not make the next one early', () => {
    const delays = [500, 5000];
    const { transport, grow, pass, nowMs } = setUp({ backoff: () => delays.shift() ?? 0 });
    grow(1);
    pass(TICK_MS);
    transport.of(0).fail('ECONNREFUSED');
    grow(0);
    grow(1);
    pass(TICK_MS);
    transport.of(0).fail('ECONNREFUSED');
    const failedAt = nowMs();
    pass(4980);
    expect(transport.connections).toHaveLength(2);
    pass(3 * TICK_MS);
    expect(transport.connections).toHaveLength(3);
    expect(nowMs() - failedAt).toBeGreaterThanOrEqual(5000);
  });

  test('a client that had given up is tried again when it is wanted again', () => {
    const { transport, grow, pass, clients } = setUp({ backoff: () => null });
    grow(1);
    pass(TICK_MS);
    transport.of(0).fail('ECONNREFUSED');
    grow(0);
    grow(1);
    expect(clients.settled).toBe(false);
    pass(TICK_MS);
    expect(transport.connections).toHaveLength(2);
    transport.of(0).open();
    expect(clients.settled).toBe(true);
  });
});

describe('an end', () => {
  test('by the server is counted with its code and reason, and its messages in flight are missing', () => {
    const { transport, grow, pass, inFlight, take } = setUp();
    grow(2);
    pass(TICK_MS);
    for (const client of [0, 1]) transport.of(client).open();
    inFlight[0] = 4;
    transport.of(0).close(1012, 'restart');
    transport.of(1).close(1006);
    const { counters, closes } = take();
    expect(counters).toMatchObject({ missing: 4, lost: 0 });
    expect(closes).toEqual({
      1006: { count: 1, reasons: { '': 1 } },
      1012: { count: 1, reasons: { restart: 1 } },
    });
  });

  test('by us is counted nowhere, and the client comes back', () => {
    const { transport, grow, pass, clients, take } = setUp();
    grow(1);
    pass(TICK_MS);
    transport.of(0).open();
    clients.drop(0);
    expect(transport.of(0).endedBy).toBe('terminate');
    expect(clients.open).toBe(0);
    expect(take().closes).toEqual({});
    pass(110);
    transport.of(0).open();
    expect(clients.open).toBe(1);
    expect(clients.epoch(0)).toBe(1);
  });

  test('in a storm that it belongs to makes its messages lost instead of missing', () => {
    const { transport, grow, pass, clients, inFlight, nowMs, take } = setUp();
    grow(2);
    pass(TICK_MS);
    for (const client of [0, 1]) transport.of(client).open();
    inFlight.fill(2);
    clients.storm = createStorm(nowMs(), 10, clients.open, Uint8Array.of(1, 0));
    clients.drop(0);
    transport.of(1).close();
    expect(take().counters).toMatchObject({ lost: 2, missing: 2 });
    expect(clients.storm.take()).toMatchObject({ affected: 1, lost: 2, collateralErrors: 1 });
  });
});

test('messages come with their client, and none after we ended the connection', () => {
  const { transport, grow, pass, clients, heard } = setUp();
  grow(2);
  pass(TICK_MS);
  for (const client of [0, 1]) transport.of(client).open();
  transport.of(1).deliver(Buffer.from('a'));
  const dropped = transport.of(1);
  clients.drop(1);
  dropped.deliver(Buffer.from('b'));
  transport.of(0).deliver(Buffer.from('c'));
  expect(heard).toEqual(['1:a', '0:c']);
});

describe('whatever happens', () => {
  type Event =
    | { event: 'open' | 'fail' | 'close' | 'drop'; client: number }
    | { grow: number }
    | { pass: number };
  const CAPACITY = 4;
  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.record({
      event: fc.constantFrom('open' as const, 'fail' as const, 'close' as const, 'drop' as const),
      client: fc.nat(CAPACITY - 1),
    }),
    fc.record({ grow: fc.nat(CAPACITY) }),
    fc.record({ pass: fc.integer({ min: 1, max: 1500 }) }),
  );

  function apply(setup: ReturnType<typeof setUp>, happened: Event): void {
    if ('grow' in happened) setup.grow(happened.grow, 50);
    else if ('pass' in happened) setup.pass(happened.pass);
    else {
      const connection = setup.transport.connections.findLast(({ client }) => client === happened.client);
      if (happened.event === 'drop') {
        if (setup.clients.isOpen(happened.client)) setup.clients.drop(happened.client);
      } else if (connection?.state === 'connecting' && happened.event === 'open') connection.open();
      else if (connection?.state === 'connecting' && happened.event === 'fail') connection.fail('ECONNRESET');
      else if (connection?.state === 'open' && happened.event === 'close') connection.close();
    }
  }

  function checkInvariants({
    clients,
    transport,
  }: {
    clients: Clients;
    transport: ReturnType<typeof setUp>['transport'];
  }) {
    const alive = transport.connections.filter(({ state }) => state !== 'gone');
    const open = alive.filter(({ state }) => state === 'open');
    expect(clients.open).toBe(open.length);
    expect(new Set(alive.map(({ client }) => client)).size).toBe(alive.length);
    for (const { client } of alive) expect(client).toBeLessThan(clients.wanted);
    for (const connection of open) expect(clients.connection(connection.client)).toBe(connection);
  }

  test.for<[string, Backoff]>([
    ['that comes back', () => 200],
    ['that comes back at once', () => 0],
    ['that gives up', () => null],
  ])(
    'a client %s has one connection at the most, and the counts are those of the connections',
    ([, backoff]) => {
      fc.assert(
        fc.property(fc.array(event, { maxLength: 60 }), (events) => {
          const setup = setUp({ capacity: CAPACITY, backoff });
          setup.grow(CAPACITY, 100);
          for (const happened of events) {
            apply(setup, happened);
            checkInvariants(setup);
          }
          const { transport } = setup;
          const { counters, failed } = setup.take();
          expect(counters.attempts).toBe(transport.connections.length);
          const ended = transport.connections.filter(({ endedBy }) => endedBy === 'terminate').length;
          expect(failed.TIMEOUT ?? 0).toBeLessThanOrEqual(ended);
        }),
        { numRuns: 60 },
      );
    },
  );
});

describe('a client that moves', () => {
  test('leaves in order, is told what still comes, and connects anew when the server has said goodbye, too', () => {
    const { transport, grow, pass, clients, heard, take } = setUp();
    grow(2);
    pass(TICK_MS);
    for (const client of [0, 1]) transport.of(client).open();
    take();
    const before = transport.of(1);
    clients.move(1);
    expect(clients.open).toBe(1);
    expect(clients.isOpen(1)).toBe(false);
    before.deliver(Buffer.from('late'));
    expect(heard).toEqual(['1:late']);
    pass(5000);
    expect(transport.of(1)).toBe(before);

    before.close(1000);
    expect(transport.of(1)).not.toBe(before);
    transport.of(1).open();
    expect(clients.open).toBe(2);
    expect(clients.epoch(1)).toBe(1);
    const { counters, closes } = take();
    expect(counters).toMatchObject({ attempts: 1, established: 1, clients: 0, missing: 0 });
    expect(closes).toEqual({});
  });

  test('is let go on its way', () => {
    const { transport, grow, pass, clients } = setUp();
    grow(1);
    pass(TICK_MS);
    transport.of(0).open();
    clients.move(0);
    grow(0);
    expect(transport.of(0).endedBy).toBe('terminate');
    expect(clients.open).toBe(0);
    pass(5000);
    expect(transport.connections).toHaveLength(1);
  });
});
