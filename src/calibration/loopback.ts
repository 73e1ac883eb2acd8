/**
 * A real swarm of one worker against the echo server, each in a process of its own, and trials of one load after
 * another. The load is set by the number of clients, whose rate stays the same.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import { WsscaleError } from '../base/errors.ts';
import type { OsLimits } from '../base/limits.ts';
import { CONNECT_OBJECTIVE, DEFAULT_SEARCH } from '../model/objective.ts';
import { type PhasePlan, PLAIN_SERVICE } from '../model/plan.ts';
import { addCounts, createHistogram, type Histogram } from '../stats/histogram.ts';
import type { Interval, WorkerCommand, WorkerEvent } from '../swarm/messages.ts';
import { openSwarm } from '../swarm/swarm.ts';
import { planSources } from '../transport/sources.ts';

const RATE_PER_CLIENT_PER_S = 50;
/** Faster than anything can connect. */
const AT_ONCE_PER_S = 1e6;
/** Between the command and the first message. */
const LEAD_MS = 50;
const DRAIN_MS = 1000;
const START_TIMEOUT_MS = 10_000;

/** What a trial showed. */
export interface Trial {
  messagesPerS: number;
  /** Of all that were due. */
  answeredRatio: number;
  lateness: Histogram;
  service: Histogram;
}

export interface Loopback {
  /** Processes of the generator, and the echo server's. */
  readonly pids: { generator: number[]; echo: number };
  /** Goes to as many clients as can be tried; resolves with the connects that were made a second. */
  connectAll(): Promise<number>;
  /** Sends about so many messages a second for a while. */
  attempt(messagesPerS: number, durationMs: number): Promise<Trial>;
  close(): Promise<void>;
}

interface LoopbackOptions {
  clock: Clock;
  limits: OsLimits;
  /** The highest load that will be tried. */
  mostMessagesPerS: number;
}

/** @throws WsscaleError TARGET (as a rejection) if the echo server does not start */
export async function openLoopback({ clock, limits, mostMessagesPerS }: LoopbackOptions): Promise<Loopback> {
  const clients = Math.ceil(mostMessagesPerS / RATE_PER_CLIENT_PER_S);
  const echo = await startEcho();
  const phase = phaseOf(echo.url, clients);
  let taken = emptyTrial();
  const swarm = await openSwarm({
    phase,
    workers: 1,
    limits,
    base: {
      seed: 1,
      tag: 1,
      phase,
      urls: [echo.url],
      sources: planSources([echo.url], clients, false, 'one by one', limits),
      places: null,
      filling: 'together',
      ca: null,
    },
    listener: { interval: (interval) => add(taken, interval), process() {}, died() {} },
  });
  swarm.tell({ type: 'begin', originMs: clock.nowMs() });

  async function grow(to: number): Promise<void> {
    await swarm.ask(
      { type: 'grow', clients: to, ratePerS: AT_ONCE_PER_S, startMs: clock.nowMs() },
      'reached',
    );
  }

  const ask = (command: WorkerCommand, answer: WorkerEvent['type']) => swarm.ask(command, answer);

  return {
    pids: { generator: swarm.pids, echo: echo.pid },
    async connectAll() {
      const startMs = clock.nowMs();
      await grow(clients);
      return (clients * 1000) / (clock.nowMs() - startMs);
    },
    async attempt(messagesPerS, durationMs) {
      await grow(Math.max(1, Math.min(clients, Math.round(messagesPerS / RATE_PER_CLIENT_PER_S))));
      await ask({ type: 'stage', stage: 'hold' }, 'staged');
      taken = emptyTrial();
      const startMs = clock.nowMs() + LEAD_MS;
      const endMs = startMs + durationMs;
      swarm.tell({ type: 'flow', startMs, endMs });
      await delay(endMs - clock.nowMs());
      swarm.tell({ type: 'quiet' });
      await ask({ type: 'drain', untilMs: clock.nowMs() + DRAIN_MS }, 'drained');
      await ask({ type: 'stage', stage: 'drain' }, 'staged');
      const { due, sent, received, lateness, service } = taken;
      return {
        messagesPerS: (sent * 1000) / durationMs,
        answeredRatio: due > 0 ? received / due : 0,
        lateness,
        service,
      };
    },
    async close() {
      await swarm.close();
      await echo.stop();
    },
  };
}

interface Taken extends Pick<Trial, 'lateness' | 'service'> {
  due: number;
  sent: number;
  received: number;
}

function emptyTrial(): Taken {
  return { due: 0, sent: 0, received: 0, lateness: createHistogram(), service: createHistogram() };
}

function add(taken: Taken, { counters, lateness, service }: Interval): void {
  taken.due += counters.due;
  taken.sent += counters.sent;
  taken.received += counters.received;
  addCounts(taken.lateness, lateness);
  addCounts(taken.service, service);
}

function phaseOf(url: string, clients: number): PhasePlan {
  return {
    name: 'calibration',
    topology: { kind: 'target', url },
    transport: 'raw',
    clients,
    connectRatePerS: AT_ONCE_PER_S,
    handshake: { headers: {}, subprotocol: null, caFile: null, insecure: false, timeoutMs: 10_000 },
    messages: {
      mode: 'echo',
      rooms: 1,
      ratePerClientPerS: RATE_PER_CLIENT_PER_S,
      sizeBytes: 64,
      payload: 'binary',
      arrival: 'poisson',
      lowPriorityRatio: 0,
    },
    service: PLAIN_SERVICE,
    slowReadersRatio: 0,
    movesRatioPerS: 0,
    durationMs: 0,
    drainMs: DRAIN_MS,
    reconnect: { kind: 'fixed', baseMs: 200, capMs: 200, firstMs: 0, stableMs: 30_000 },
    ceiling: false,
    rateCeiling: false,
    objective: CONNECT_OBJECTIVE,
    search: DEFAULT_SEARCH,
    herds: [],
    sweep: [],
    livenessMs: null,
    soak: null,
    faults: [],
    baseline: null,
  };
}

async function startEcho(): Promise<{ url: string; pid: number; stop: () => Promise<void> }> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const child = fork(new URL(`./echo-process.${extension}`, import.meta.url), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const port = await Promise.race([firstMessage(child), ended.then(() => null)]);
  if (port === null) throw new WsscaleError('TARGET', 'The echo server for the calibration did not start.');
  return {
    url: `ws://127.0.0.1:${port}/`,
    pid: child.pid ?? 0,
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}

async function firstMessage(child: ChildProcess): Promise<number | null> {
  const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
  return once(child, 'message', { signal: timeout }).then(
    ([port]) => port as number,
    () => {
      child.kill('SIGKILL');
      return null;
    },
  );
}
