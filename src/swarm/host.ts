/**
 * Entry of a host process: it runs workers, passes messages between them and the controller, and samples itself. A
 * worker that is alone needs no thread of its own: it has the process's. A host ends when its workers have, or when
 * the controller is gone.
 */

import { setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../base/errors.ts';
import type { HostCommand, HostEvent, WorkerCommand, WorkerEvent, WorkerPlan } from './messages.ts';
import { GOODBYE_MS, runEngine } from './run-engine.ts';

const SAMPLE_MS = 1000;
/** Above normal (0), below what must never wait (-20). */
const PRIORITY = -10;

process.title = 'wsscale-host';
// A Ctrl-C reaches every process of the terminal; the controller decides what it means.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(1));

/** How each worker is told a command. */
const workers = new Map<number, (command: WorkerCommand) => void>();

process.on('message', (message: HostCommand) => {
  if (message.type === 'start') start(message.workers);
  else for (const tell of workers.values()) tell(message.command);
});

setInterval(sample, SAMPLE_MS).unref();

function start(plans: WorkerPlan[]): void {
  // Many hosts share few cores: one that always came first would keep the server from answering the others.
  if (plans[0].filling === 'together') raisePriority();
  if (plans.length === 1) void runHere(plans[0]);
  else for (const plan of plans) startWorker(plan);
}

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

async function runHere(plan: WorkerPlan): Promise<void> {
  process.on('uncaughtException', (error) => {
    post({ type: 'worker-died', worker: plan.worker, message: messageOf(error) });
    process.disconnect();
  });
  const execute = await runEngine(plan, (event) => {
    post({ type: 'worker', worker: plan.worker, event });
    if (event.type !== 'closed') return;
    sample();
    // The process now ends by itself when its last socket has.
    process.channel?.unref();
    setTimeout(() => process.exit(0), GOODBYE_MS).unref();
  });
  workers.set(plan.worker, execute);
}

function startWorker(plan: WorkerPlan): void {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), { workerData: plan });
  workers.set(plan.worker, (command) => worker.postMessage(command));
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
  const rssBytes = readRssBytes();
  if (rssBytes === null) return;
  const { user, system } = process.cpuUsage();
  post({ type: 'process', sample: { pid: process.pid, cpuS: (user + system) / 1e6, rssBytes } });
}

/** Null of a process that has no descriptor left to look at itself with: its connects tell of that. */
function readRssBytes(): number | null {
  try {
    return process.memoryUsage.rss();
  } catch {
    return null;
  }
}

function post(event: HostEvent): void {
  if (process.connected) process.send?.(event);
}
