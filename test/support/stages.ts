/**
 * A phase in one thread, on fake timers: real engines and a real tally, and a server that does what a test says. Call
 * `vi.useFakeTimers()` before, and `played` to let time pass until something is done.
 */

import { vi } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { createTally } from '../../src/collect/tally.ts';
import type { PhasePlan } from '../../src/model/plan.ts';
import type { StageContext } from '../../src/stage/context.ts';
import { createEngine } from '../../src/swarm/engine.ts';
import type { Filling, WorkerCommand, WorkerEvent } from '../../src/swarm/messages.ts';
import type { Swarm } from '../../src/swarm/swarm.ts';
import type { Topology } from '../../src/topology/topology.ts';
import type { SourcePlan } from '../../src/transport/sources.ts';
import {
  createFakeTransport,
  type FakeConnection,
  type FakeServer,
  type FakeTransport,
} from './fake-transport.ts';
import { NO_SOURCES, phasePlan } from './plans.ts';

export const fakeClock: Clock = { nowMs: () => Date.now(), wallTime: () => new Date() };

export interface StageRig extends StageContext {
  transport: FakeTransport;
  /** What the workers were told, in its order. */
  told: WorkerCommand[];
  /** Ends the phase early. */
  end: (reason: string) => void;
}

interface Options {
  phase?: Partial<PhasePlan>;
  workers?: number;
  filling?: Filling;
  sources?: SourcePlan;
  server?: FakeServer;
  faults?: Topology['faults'];
  settle?: Topology['settle'];
  /** How long a command takes to its worker. */
  commandMs?: number;
  /** How busy the workers' loops are. */
  elu?: number | (() => number);
}

export function createStageRig({
  phase = {},
  workers = 2,
  filling = 'together',
  sources = NO_SOURCES,
  server = echoServer(),
  faults = {},
  settle = () => Promise.resolve(null),
  commandMs = 1,
  elu = 0.1,
}: Options = {}): StageRig {
  const plan = phasePlan(phase);
  const over = new AbortController();
  const tally = createTally(workers);
  const transport = createFakeTransport(server);
  const told: WorkerCommand[] = [];
  const swarm = createSwarm(told, commandMs, workers, (worker, post) =>
    createEngine(
      {
        worker,
        workers,
        seed: 3,
        tag: 77,
        phase: plan,
        urls: ['ws://server'],
        sources,
        places: null,
        filling,
        ca: null,
      },
      {
        transport,
        nowMs: fakeClock.nowMs,
        after: (ms, callback) => void setTimeout(callback, ms),
        at: (dueMs, callback) => void setTimeout(callback, dueMs - fakeClock.nowMs()),
        collectGarbage: () => {},
        garbageTime: () => ({ gcMs: 0, gcMaxMs: 0 }),
        utilization: () => (typeof elu === 'number' ? elu : elu()),
        post(event) {
          if (event.type === 'interval') tally.addInterval(structuredClone(event.interval));
          else post(event);
        },
      },
    ),
  );
  const originMs = fakeClock.nowMs();
  swarm.tell({ type: 'begin', originMs });
  return {
    plan,
    swarm,
    filling,
    tally,
    topology: {
      up: () => Promise.reject(new Error('the stages do not start a topology')),
      down: () => Promise.resolve(),
      sample: () => Promise.resolve(null),
      settle,
      died: new Promise(() => {}),
      faults,
    },
    witness: null,
    clock: fakeClock,
    originMs,
    over: over.signal,
    results: {
      ...{ ceiling: null, rateCeiling: null, unusedMs: [] },
      ...{ herds: [], failovers: [], swept: null, soak: null, endedEarly: null },
    },
    transport,
    told,
    end: (reason) => over.abort(reason),
  };
}

type StartEngine = (worker: number, post: (event: WorkerEvent) => void) => (command: WorkerCommand) => void;

function createSwarm(told: WorkerCommand[], commandMs: number, workers: number, start: StartEngine): Swarm {
  const asked: { answer: WorkerEvent['type']; waiting: Set<number>; resolve: () => void }[] = [];
  const all = Array.from({ length: workers }, (_, worker) => worker);
  const engines = all.map((worker) =>
    start(worker, ({ type }) => {
      for (const question of asked.filter(({ answer }) => answer === type)) {
        question.waiting.delete(worker);
        if (question.waiting.size > 0) continue;
        asked.splice(asked.indexOf(question), 1);
        question.resolve();
      }
    }),
  );
  const tell = (command: WorkerCommand) => {
    told.push(command);
    for (const execute of engines) setTimeout(() => execute(command), commandMs);
  };
  return {
    hosts: 1,
    scheduling: 'ordinary',
    workers,
    pids: [],
    tell,
    ask(command, answer) {
      tell(command);
      return new Promise((resolve) => asked.push({ answer, waiting: new Set(all), resolve }));
    },
    close: () => Promise.resolve(),
  };
}

/** Lets time pass, in steps, until the promise is done; fails if that takes longer than an hour. */
export async function played<T>(promise: Promise<T>): Promise<T> {
  let done = false;
  const outcome = promise.finally(() => {
    done = true;
  });
  outcome.catch(() => {});
  const latest = Date.now() + 3_600_000;
  while (!done && Date.now() < latest) await vi.advanceTimersByTimeAsync(50);
  if (!done) throw new Error('this did not come to an end within an hour');
  return outcome;
}

interface EchoOptions {
  /** Connections that it holds; more are refused with 503. */
  capacity?: number;
  acceptMs?: number;
  echoMs?: number;
}

export interface EchoServer extends FakeServer {
  /** Open connections. */
  open: () => FakeConnection[];
  /** Refuses connections while it is down. */
  down: boolean;
}

/** A server that accepts up to its capacity and sends back what it hears. */
export function echoServer({
  capacity = Number.POSITIVE_INFINITY,
  acceptMs = 2,
  echoMs = 3,
}: EchoOptions = {}) {
  const connections = new Set<FakeConnection>();
  const open = () => [...connections].filter(({ state }) => state === 'open');
  const server: EchoServer = {
    down: false,
    open,
    connected(connection) {
      setTimeout(() => {
        if (connection.state !== 'connecting') return;
        if (server.down) connection.fail('ECONNREFUSED');
        else if (open().length >= capacity) connection.fail('HTTP_503');
        else {
          connections.add(connection);
          connection.open();
        }
      }, acceptMs);
    },
    received(connection, payload) {
      setTimeout(() => {
        if (connection.state === 'open') connection.deliver(payload);
      }, echoMs);
    },
  };
  return server;
}

/** A server that takes one connection after the other, each after some time, and from its capacity on none. */
export function slowServer({
  everyMs,
  capacity = Number.POSITIVE_INFINITY,
}: {
  everyMs: number;
  capacity?: number;
}) {
  const waiting: FakeConnection[] = [];
  const taken: FakeConnection[] = [];
  setInterval(() => {
    if (taken.filter(({ state }) => state === 'open').length === capacity) return;
    let next = waiting.shift();
    while (next !== undefined && next.state !== 'connecting') next = waiting.shift();
    if (next === undefined) return;
    taken.push(next);
    next.open();
  }, everyMs);
  return { connected: (connection) => void waiting.push(connection) } satisfies FakeServer;
}
