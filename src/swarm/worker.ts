/** Entry of a worker thread: an engine with the real clock, timers and sockets. */

import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { wsTransport } from '../transport/ws.ts';
import { createAlarm } from './alarm.ts';
import { createEngine } from './engine.ts';
import type { WorkerCommand, WorkerEvent, WorkerPlan } from './messages.ts';

/** After `close`, goodbyes that the server does not answer are waited for so long. */
const GOODBYE_MS = 2000;

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');

let ring = () => {};
const alarm = createAlarm(() => ring());

// The flag is read when a context is made, so a new one has the function that this one lacks.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let lastUtilization = performance.eventLoopUtilization();

const execute = createEngine(workerData as WorkerPlan, {
  transport: wsTransport,
  nowMs: systemClock.nowMs,
  after: (ms, callback) => (ms === 0 ? setImmediate(callback) : setTimeout(callback, ms)),
  at(dueMs, callback) {
    ring = callback;
    alarm.set(dueMs);
  },
  utilization() {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, lastUtilization);
    lastUtilization = now;
    return utilization;
  },
  collectGarbage,
  post(event: WorkerEvent) {
    port.postMessage(event);
    if (event.type !== 'closed') return;
    // The thread now ends by itself when its last socket has.
    port.close();
    alarm.close();
    setTimeout(() => process.exit(0), GOODBYE_MS).unref();
  },
});

port.on('message', (command: WorkerCommand) => execute(command));
