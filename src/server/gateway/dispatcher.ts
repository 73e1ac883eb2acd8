/**
 * Brings the events of all connections to the backends: those of one connection one after the other, in their order,
 * those of different ones side by side. An event whose backend is gone goes to another one; where there is none, it
 * waits, within bounds of number, bytes and time. Each event ends by one call of `told`.
 *
 *     add ──→ lane of its connection ──first──→ ready ──→ under way ──→ answered
 *                                                 ↑           │
 *                                                 └─ again ───┘ the backend could not be reached
 */

import type { Clock } from '../../base/clock.ts';
import { Fifo } from '../broker/fifo.ts';
import { createDeadlines } from '../engine/deadlines.ts';
import type { Backends } from './backends.ts';
import { countAnswered, countQueued, countUnqueued, type GatewayCounts } from './counts.ts';
import type { Answer, EventKind } from './events.ts';
import type { GatewayOptions } from './options.ts';

/** One event on its way. */
interface Job {
  lane: object;
  kind: EventKind;
  text: string;
  addedAtMs: number;
  told: (answer: Answer | null) => void;
  /** It waits, and counts as doing so. */
  isQueued: boolean;
  /** Gives up the request that is under way. */
  giveUp: () => void;
  isOver: boolean;
  /** The next event of its lane. */
  next: Job | null;
}

export interface Dispatcher {
  /**
   * @param lane what the event must keep its order with: its connection
   * @param told called once, perhaps at once: with null if no backend answered
   */
  add(lane: object, kind: EventKind, text: string, told: (answer: Answer | null) => void): void;
  /** Waits until nothing is on its way, for so long at the most. */
  idle(timeoutMs: number): Promise<void>;
  /** What is on its way has failed. */
  close(): void;
}

export function createDispatcher(
  options: GatewayOptions,
  backends: Backends,
  clock: Clock,
  counts: GatewayCounts,
): Dispatcher {
  /** The last event of each connection that has any on its way. */
  const lanes = new Map<object, Job>();
  const ready = new Fifo<Job>();
  /** Those whose backend was gone; they were first. */
  const again = new Fifo<Job>();
  const deadlines = createDeadlines<Job>(clock, options.eventTimeoutMs, (job) => {
    expire(job);
    pump();
  });
  let trial: NodeJS.Timeout | null = null;
  let onEmpty = () => {};

  function pump(): void {
    for (let job = firstReady(); job !== undefined; job = firstReady()) {
      const backend = backends.choose();
      if (backend === null) {
        waitForTrial();
        return;
      }
      if (again.first() === job) again.take();
      else ready.take();
      send(job, backend);
    }
  }

  /** The event whose turn it is; those that have failed meanwhile make room for the next ones of their lanes. */
  function firstReady(): Job | undefined {
    for (const queue of [again, ready]) {
      for (let job = queue.first(); job !== undefined; job = queue.first()) {
        if (!job.isOver) return job;
        queue.take();
        advance(job);
      }
    }
    return undefined;
  }

  function waitForTrial(): void {
    const atMs = backends.nextTrialMs();
    if (atMs === null || trial !== null) return;
    const resume = () => {
      trial = null;
      pump();
    };
    trial = setTimeout(resume, Math.max(1, Math.ceil(atMs - clock.nowMs())));
    trial.unref();
  }

  function enqueue(job: Job): void {
    job.isQueued = true;
    countQueued(counts, job.text.length);
  }

  function dequeue(job: Job): void {
    job.isQueued = false;
    countUnqueued(counts, job.text.length);
  }

  function send(job: Job, backend: number): void {
    dequeue(job);
    job.giveUp = backends.post(backend, job.text, (outcome) => {
      if (outcome.type === 'unreachable') {
        counts.retried++;
        enqueue(job);
        again.add(job);
      } else {
        conclude(job, outcome.type === 'answered' ? outcome.answer : null);
        advance(job);
      }
      pump();
    });
  }

  /** Its time is over, wherever it is. One that waits is passed over when its turn comes. */
  function expire(job: Job): void {
    const wasQueued = job.isQueued;
    if (wasQueued) dequeue(job);
    else job.giveUp();
    conclude(job, null);
    if (!wasQueued) advance(job);
  }

  function conclude(job: Job, answer: Answer | null): void {
    if (answer === null) counts.failed[job.kind]++;
    else countAnswered(counts, job.kind, clock.nowMs() - job.addedAtMs);
    job.isOver = true;
    deadlines.delete(job);
    job.told(answer);
  }

  /** The event is no longer the first of its lane: the next one is. */
  function advance(job: Job): void {
    let next = job.next;
    while (next?.isOver) next = next.next;
    if (next !== null) ready.add(next);
    else lanes.delete(job.lane);
    if (lanes.size === 0) onEmpty();
  }

  return {
    add(lane, kind, text, told) {
      counts.events[kind]++;
      const job: Job = {
        ...{ lane, kind, text, told, addedAtMs: clock.nowMs() },
        ...{ isQueued: false, giveUp: () => {}, isOver: false, next: null },
      };
      // How many connections can end is bounded already, and a backend should learn of it.
      const isFull =
        counts.queued >= options.queuedEvents || counts.queuedBytes + text.length > options.queuedBytes;
      if (isFull && kind !== 'disconnect') {
        counts.failed[kind]++;
        return told(null);
      }
      enqueue(job);
      deadlines.add(job);
      const last = lanes.get(lane);
      lanes.set(lane, job);
      if (last === undefined) ready.add(job);
      else last.next = job;
      pump();
    },
    async idle(timeoutMs) {
      if (lanes.size === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    close() {
      for (const job of [...deadlines.items()]) expire(job);
      if (trial !== null) clearTimeout(trial);
      backends.close();
    },
  };
}
