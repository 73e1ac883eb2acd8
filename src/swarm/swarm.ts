/**
 * The controller's end of the swarm: it opens as many host processes as the descriptor limit asks, sends commands
 * to all workers and gathers what they report.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { connectionsPerProcess, type OsLimits } from '../base/limits.ts';
import type { PhasePlan } from '../model/plan.ts';
import type {
  Filling,
  HostCommand,
  HostEvent,
  Interval,
  ProcessSample,
  WorkerCommand,
  WorkerEvent,
  WorkerPlan,
} from './messages.ts';
import { launcherOf, type Scheduling, schedulingOf } from './scheduling.ts';

/** A host that has not ended so long after its workers were told to close is killed. */
const EXIT_GRACE_MS = 4000;

interface SwarmListener {
  interval(interval: Interval): void;
  process(sample: ProcessSample): void;
  /** A worker or host ended unasked; what it held is lost, what it reported stands. */
  died(message: string): void;
}

export interface Swarm {
  readonly hosts: number;
  readonly workers: number;
  /** Process ids of the hosts. */
  readonly pids: number[];
  /** How the hosts get a core. */
  readonly scheduling: Scheduling;
  tell(command: WorkerCommand): void;
  /** Sends a command and waits until every living worker has answered with an event of this type. */
  ask(command: WorkerCommand, answer: WorkerEvent['type']): Promise<void>;
  /** Closes all connections and ends all processes. */
  close(): Promise<void>;
}

interface SwarmSize {
  hosts: number;
  workers: number;
}

/** How many hosts and workers hold so many clients under the machine's limits. */
export function swarmSize(clients: number, workers: number, limits: OsLimits): SwarmSize {
  const hosts = Math.ceil(clients / connectionsPerProcess(limits));
  return { hosts, workers: hosts * Math.max(1, Math.ceil(Math.min(workers, clients) / hosts)) };
}

/** From so many hosts a core on, they connect one after the other, and are kept small. */
const MANY_HOSTS_PER_CORE = 2;

/** How the workers of such a swarm share what is asked for. */
export function fillingOf({ hosts }: SwarmSize): Filling {
  return hosts > MANY_HOSTS_PER_CORE * availableParallelism() ? 'in turn' : 'together';
}

/**
 * The numbers of a host's workers. Each host gets as many, in turn: the first workers may have a client more than the
 * others, and no host must get several of these, or it would have more clients than descriptors.
 */
export function workersOfHost(host: number, { hosts, workers }: SwarmSize): number[] {
  return Array.from({ length: workers / hosts }, (_, i) => host + i * hosts);
}

export interface SwarmOptions {
  phase: PhasePlan;
  workers: number;
  limits: OsLimits;
  /** A worker's plan, without its number. */
  base: Omit<WorkerPlan, 'worker' | 'workers'>;
  listener: SwarmListener;
}

/** Starts the hosts and workers; resolves when all of them are ready. */
export async function openSwarm(options: SwarmOptions): Promise<Swarm> {
  const size = swarmSize(options.phase.clients, options.workers, options.limits);
  const alive = new Set<number>();
  const asked: { answer: WorkerEvent['type']; waiting: Set<number>; resolve: () => void }[] = [];
  let closing = false;

  const settle = (worker: number, answer: WorkerEvent['type'] | null) => {
    for (const question of asked.slice()) {
      if (answer !== null && question.answer !== answer) continue;
      question.waiting.delete(worker);
      if (question.waiting.size > 0) continue;
      asked.splice(asked.indexOf(question), 1);
      question.resolve();
    }
  };
  const bury = (worker: number, message: string) => {
    if (!alive.delete(worker)) return;
    if (!closing) options.listener.died(message);
    settle(worker, null);
  };
  const onEvent = (event: HostEvent) => {
    if (event.type === 'process') options.listener.process(event.sample);
    else if (event.type === 'worker-died')
      bury(event.worker, `worker ${event.worker} died: ${event.message}`);
    else if (event.event.type === 'interval') options.listener.interval(event.event.interval);
    else settle(event.worker, event.event.type);
  };

  const until = (answer: WorkerEvent['type']) =>
    new Promise<void>((resolve) => {
      if (alive.size === 0) resolve();
      else asked.push({ answer, waiting: new Set(alive), resolve });
    });
  const hosts: ChildProcess[] = [];
  const scheduling = schedulingOf(options.phase.topology, size.workers, availableParallelism());
  const tell = (command: WorkerCommand) => {
    for (const host of hosts) send(host, { type: 'command', command });
  };

  const killAll = () => {
    for (const host of hosts) host.kill('SIGKILL');
  };

  for (let worker = 0; worker < size.workers; worker++) alive.add(worker);
  const ready = until('ready');
  for (let index = 0; index < size.hosts; index++) {
    const numbers = workersOfHost(index, size);
    const host = startHost(options.base.filling, scheduling, onEvent, (how) => {
      for (const worker of numbers) bury(worker, `host process ${index} died: ${how}`);
    });
    send(host, {
      type: 'start',
      workers: numbers.map((worker) => ({ ...options.base, worker, workers: size.workers })),
    });
    hosts.push(host);
  }
  await ready;

  return {
    hosts: size.hosts,
    workers: size.workers,
    scheduling,
    pids: hosts.map((host) => host.pid ?? 0),
    tell,
    ask(command, answer) {
      const answered = until(answer);
      tell(command);
      return answered;
    },
    async close() {
      closing = true;
      const exits = hosts.map(exited);
      const closed = until('closed');
      tell({ type: 'close' });
      const timer = setTimeout(killAll, EXIT_GRACE_MS);
      await closed;
      await Promise.all(exits);
      clearTimeout(timer);
    },
  };
}

/**
 * V8's flags. V8 collects the whole heap when it has grown by some share of what was left of it, which after a
 * collection is soon, and once more some seconds later to give memory back: both in the middle of the measuring. So
 * where memory is plenty, the heap may grow first. Of many hosts each must be small: what a small young generation
 * costs in time is little, and without it each heap keeps some megabytes that were garbage long ago. Helpers of their
 * collectors would only be more threads that wait for the same few cores.
 */
const V8_FLAGS: Record<Filling, string[]> = {
  together: ['--max-semi-space-size=4', '--initial-old-space-size=256', '--no-memory-reducer'],
  'in turn': ['--max-semi-space-size=1', '--no-memory-reducer', '--single-threaded-gc'],
};

function startHost(
  filling: Filling,
  scheduling: Scheduling,
  onEvent: (event: HostEvent) => void,
  onExit: (how: string) => void,
): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const { execPath, before } = launcherOf(scheduling);
  const host = fork(new URL(`./host.${extension}`, import.meta.url), {
    serialization: 'advanced',
    execPath,
    execArgv: [...before, ...V8_FLAGS[filling]],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  host.on('message', (event) => onEvent(event as HostEvent));
  host.on('error', (error) => onExit(error.message));
  host.on('exit', (code, signal) => onExit(signal === null ? `status ${code}` : signal));
  return host;
}

function send(host: ChildProcess, message: HostCommand): void {
  // A host that dies meanwhile is reported by its exit; the error of this send says nothing more.
  if (host.connected) host.send(message, () => {});
}

function exited(host: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (host.exitCode !== null || host.signalCode !== null) resolve();
    else host.once('exit', () => resolve());
  });
}
