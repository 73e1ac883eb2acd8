/**
 * Swarms as they are run, built: hosts are processes, and workers are threads in them or, where one is alone, the
 * process itself.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../dist/base/clock.js';
import { openSwarm, type Swarm, type SwarmOptions } from '../../dist/swarm/swarm.js';
import { readLimits } from '../../src/base/limits.ts';
import { addCounters, createCounters, type Filling, type ProcessSample } from '../../src/swarm/messages.ts';
import { NO_SOURCES, phasePlan } from '../support/plans.ts';
import { eventually, isGone } from '../topology/inhabitants.ts';

const WITHIN_MS = 5000;
const CLIENTS = 6;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface EchoServer {
  url: string;
  sockets: WebSocket[];
  /** How each connection was closed, so far. */
  codes: number[];
  /** Resolves when so many messages have come. */
  heard(messages: number): Promise<void>;
}

async function startEcho(): Promise<EchoServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  cleanups.push(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: WebSocket[] = [];
  const codes: number[] = [];
  let messages = 0;
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data, isBinary) => {
      socket.send(data, { binary: isBinary });
      messages++;
      server.emit('heard');
    });
    socket.on('close', (code) => void codes.push(code));
  });
  return {
    ...{ url: `ws://127.0.0.1:${port}`, sockets, codes },
    async heard(count) {
      while (messages < count) await once(server, 'heard');
    },
  };
}

const optionsFor = (url: string, filling: Filling, workers: number): Omit<SwarmOptions, 'listener'> => {
  const messages = { ...phasePlan().messages, ratePerClientPerS: 10 };
  const phase = phasePlan({ clients: CLIENTS, messages });
  const limits = { ...readLimits(), nofileSoft: 10_000 };
  const base = { seed: 1, tag: 2, phase, urls: [url], sources: NO_SOURCES, places: null, filling, ca: null };
  return { phase, workers, limits, base };
};

/** A swarm of one host, and what it reports. */
async function open(url: string, filling: Filling, workers: number) {
  const counters = createCounters();
  const samples: ProcessSample[] = [];
  const died: string[] = [];
  const swarm = await openSwarm({
    ...optionsFor(url, filling, workers),
    listener: {
      interval: (interval) => addCounters(counters, interval.counters),
      process: (sample) => void samples.push(sample),
      died: (message) => void died.push(message),
    },
  });
  cleanups.push(() => swarm.close());
  swarm.tell({ type: 'begin', originMs: systemClock.nowMs() });
  return { swarm, counters, samples, died, pid: swarm.pids[0] };
}

const grow = (swarm: Swarm) =>
  swarm.ask({ type: 'grow', clients: CLIENTS, ratePerS: 1e6, startMs: systemClock.nowMs() }, 'reached');

const threadsOf = (pid: number) => readdirSync(`/proc/${pid}/task`).length;

describe.each([
  { filling: 'together', workers: 1 },
  { filling: 'together', workers: 2 },
  { filling: 'in turn', workers: 1 },
  { filling: 'in turn', workers: 2 },
] as const)('a host of workers that are filled $filling, with $workers of them,', ({ filling, workers }) => {
  test('connects, sends what is due, to the message, and says goodbye to each', async () => {
    const echo = await startEcho();
    const { swarm, counters, samples, died, pid } = await open(echo.url, filling, workers);
    expect([swarm.hosts, swarm.workers]).toEqual([1, workers]);
    await grow(swarm);
    expect(echo.sockets).toHaveLength(CLIENTS);
    const startMs = systemClock.nowMs() + 50;
    swarm.tell({ type: 'flow', startMs, endMs: startMs + 500 });
    await echo.heard(5 * CLIENTS);
    await swarm.ask({ type: 'drain', untilMs: systemClock.nowMs() + WITHIN_MS }, 'drained');
    await swarm.close();
    expect(counters).toMatchObject({ sent: 30, unique: 30, missing: 0, foreign: 0, clients: CLIENTS });
    expect(echo.codes).toEqual(Array(CLIENTS).fill(1000));
    expect(samples.at(-1)).toMatchObject({ pid, rssBytes: expect.any(Number) });
    expect(isGone(pid)).toBe(true);
    expect(died).toEqual([]);
  });

  test('that is killed takes its workers with it, and nobody waits for their answers', async () => {
    const echo = await startEcho();
    const { swarm, died, pid } = await open(echo.url, filling, workers);
    await grow(swarm);
    // This is no answer to that, so nothing but death ends the wait.
    const asked = swarm.ask({ type: 'stage', stage: 'hold' }, 'drained');
    process.kill(pid, 'SIGKILL');
    await asked;
    expect(died).toEqual(Array(workers).fill('host process 0 died: SIGKILL'));
    await swarm.ask({ type: 'stage', stage: 'hold' }, 'staged');
    await swarm.close();
  });

  test('tells what each of its workers dies of', async () => {
    const { swarm, died, pid } = await open('nowhere', filling, workers);
    await grow(swarm);
    const numbers = Array.from({ length: workers }, (_, i) => i);
    expect(died.toSorted()).toEqual(numbers.map((worker) => `worker ${worker} died: Invalid URL`));
    await swarm.close();
    expect(isGone(pid)).toBe(true);
  });

  test('ends with its controller', async () => {
    const echo = await startEcho();
    const controller = startController(echo.url, filling, workers);
    const [pid] = await once(controller, 'message');
    expect(isGone(pid as number)).toBe(false);
    controller.kill('SIGKILL');
    expect(await eventually(() => isGone(pid as number), WITHIN_MS)).toBe(true);
  });
});

test('a host is not held up by a server that does not answer its goodbye', async () => {
  const echo = await startEcho();
  const opened = [await open(echo.url, 'together', 1), await open(echo.url, 'together', 2)];
  await Promise.all(opened.map(({ swarm }) => grow(swarm)));
  for (const socket of echo.sockets) socket.pause();
  const startMs = systemClock.nowMs();
  await Promise.all(opened.map(({ swarm }) => swarm.close()));
  // After four seconds it would have been killed.
  expect(systemClock.nowMs() - startMs).toBeLessThan(3900);
  expect(opened.filter(({ pid }) => !isGone(pid))).toEqual([]);
  expect(opened.flatMap(({ died }) => died)).toEqual([]);
});

test('a worker that is alone has the process to itself, and a thread of its own otherwise', async () => {
  const echo = await startEcho();
  const [one, two, three] = [
    await open(echo.url, 'in turn', 1),
    await open(echo.url, 'in turn', 2),
    await open(echo.url, 'in turn', 3),
  ].map(({ pid }) => threadsOf(pid));
  expect(two - one).toBe(2);
  expect(three - two).toBe(1);
});

/** A process that opens a swarm, and tells the process id of its host when all clients are connected. */
function startController(url: string, filling: Filling, workers: number): ChildProcess {
  const script = `
    import { openSwarm } from '${new URL('../../dist/swarm/swarm.js', import.meta.url)}';
    const options = JSON.parse(process.argv[1]);
    const listener = { interval() {}, process() {}, died() {} };
    const swarm = await openSwarm({ ...options, listener });
    swarm.tell({ type: 'begin', originMs: performance.now() });
    await swarm.ask({ type: 'grow', clients: ${CLIENTS}, ratePerS: 1e6, startMs: 0 }, 'reached');
    process.send(swarm.pids[0]);
  `;
  const options = JSON.stringify(optionsFor(url, filling, workers));
  const controller = spawn(process.execPath, ['--input-type=module', '--eval', script, options], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  cleanups.push(() => controller.kill('SIGKILL'));
  return controller;
}
