/**
 * Entry of a host process: it runs worker threads, passes messages between them and the controller, and samples
 * itself. It ends when its workers have, or when the controller is gone.
 */

import { setPriority } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../base/errors.ts';
import type { HostCommand, HostEvent, WorkerEvent, WorkerPlan } from './messages.ts';

const SAMPLE_MS = 1000;
/** Above normal (0), below what must never wait (-20). */
const PRIORITY = -10;

process.title = 'wsscale-host';
raisePriority();
// V8 collects the whole heap when it has grown by some share of what was left of it, which after a collection is
// soon, and once more some seconds later to give memory back: both in the middle of the measuring.
setFlagsFromString('--initial-old-space-size=256');
setFlagsFromString('--no-memory-reducer');
// A Ctrl-C reaches every process of the terminal; the controller decides what it means.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(1));

const workers = new Map<number, Worker>();

process.on('message', (message: HostCommand) => {
  if (message.type === 'start') for (const plan of message.workers) startWorker(plan);
  else for (const worker of workers.values()) worker.postMessage(message.command);
});

setInterval(sample, SAMPLE_MS).unref();

/**
 * Where the generator shares its cores with the server, it must not be the one that comes too late to its clock: it
 * would measure itself. The system allows this to root only; without it, lateness tells.
 */
function raisePriority(): void {
  try {
    setPriority(PRIORITY);
  } catch {
    // Not allowed; each second is judged by what the generator did in it, so nothing goes unnoticed.
  }
}

function startWorker(plan: WorkerPlan): void {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), { workerData: plan });
  workers.set(plan.worker, worker);
  let closed = false;
  worker.on('message', (event: WorkerEvent) => {
    closed ||= event.type === 'closed';
    post({ type: 'worker', worker: plan.worker, event });
  });
  worker.on('error', (error) => {
    closed = true;
    post({ type: 'worker-died', worker: plan.worker, message: messageOf(error) });
  });
  worker.on('exit', (code) => {
    if (!closed) post({ type: 'worker-died', worker: plan.worker, message: `it ended with status ${code}` });
    workers.delete(plan.worker);
    if (workers.size > 0) return;
    sample();
    process.disconnect();
  });
}

function sample(): void {
  const { user, system } = process.cpuUsage();
  const sample = { pid: process.pid, cpuS: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() };
  post({ type: 'process', sample });
}

function post(event: HostEvent): void {
  if (process.connected) process.send?.(event);
}
