/**
 * The typed messages between the controller, the host processes and their worker threads. They are plain data and
 * typed arrays. Numbers of clients and rates in commands are those of the whole swarm: each worker takes its share
 * by `split.ts`, so that what is asked for is what is done, to the client.
 */

import type { BackoffPlan } from '../model/backoff.ts';
import type { PhasePlan } from '../model/plan.ts';
import type { OrderingExample, StageName } from '../model/record.ts';
import type { DisorderCounts } from '../stats/disorder-counts.ts';
import type { SparseCounts } from '../stats/histogram.ts';
import type { OrderingTotals } from '../stats/ordering.ts';
import type { SourcePlan } from '../transport/sources.ts';
import type { PlacesPlan } from './places.ts';
import type { RouteInterval } from './routes.ts';

/** What a worker needs to know before the first command. */
export interface WorkerPlan {
  worker: number;
  workers: number;
  seed: number;
  /** Marks the run's own messages. */
  tag: number;
  phase: PhasePlan;
  /** Clients are dealt out to the addresses in turn. */
  urls: string[];
  sources: SourcePlan;
  /** Where clients live who look up which region to go to; null: there is but one place. */
  places: PlacesPlan | null;
  /**
   * How workers share what `grow` asks for. Many processes on few cores that all connect at once only get into each
   * other's way: there the workers are filled one after the other.
   */
  filling: Filling;
  /** Text of the certificates to trust, or null. */
  ca: string | null;
}

export type Filling = 'together' | 'in turn';

export type WorkerCommand =
  /** Begins the phase's first second. */
  | { type: 'begin'; originMs: number }
  /** Begins a stage. Answered by `staged` after an interval with what belongs to the stage before. */
  | { type: 'stage'; stage: StageName }
  /** Goes to so many clients: new ones at the given rate, too many are closed at once. Answered by `reached`. */
  | { type: 'grow'; clients: number; ratePerS: number; startMs: number }
  /** As `grow`, on the way to what a later `grow` asks for. There is no answer. */
  | { type: 'grow on'; clients: number; ratePerS: number; startMs: number }
  /** Messages are due from `startMs` until `endMs`, or until `quiet`; at the planned rate if none is given. */
  | { type: 'flow'; startMs: number; endMs: number; ratePerClientPerS?: number }
  /** No more messages; those that were due and are not sent are dropped. */
  | { type: 'quiet' }
  /** Waits for answers until `untilMs`. Answered by `drained`. */
  | { type: 'drain'; untilMs: number }
  /** Connections that break from now on belong to a herd; `dropRatio` of the connected are broken by the client. */
  | { type: 'storm'; startMs: number; dropRatio: number }
  /** The herd is over at this time. Answered by one last interval with its remaining counts. */
  | { type: 'calm'; atMs: number }
  /** From now on, clients come back by this policy, and count their attempts from 0. */
  | { type: 'reconnect'; policy: BackoffPlan }
  /** Those who are away connect now, at this rate; `everyone`: the others leave and connect anew. Answered by `rallied`. */
  | { type: 'rally'; ratePerS: number; startMs: number; everyone: boolean }
  /** Closes everything. Answered by `closed`. */
  | { type: 'close' };

export type WorkerEvent =
  | { type: 'ready' }
  | { type: 'interval'; interval: Interval }
  | { type: 'staged' }
  /** All clients that `grow` asked for are connected or have given up; an interval with them has gone before. */
  | { type: 'reached'; clients: number }
  | { type: 'drained'; outstanding: number }
  | { type: 'calmed' }
  /** All clients are connected or have given up. */
  | { type: 'rallied' }
  | { type: 'closed' };

export type HostCommand =
  | { type: 'start'; workers: WorkerPlan[] }
  | { type: 'command'; command: WorkerCommand };

export type HostEvent =
  | { type: 'worker'; worker: number; event: WorkerEvent }
  | { type: 'worker-died'; worker: number; message: string }
  | { type: 'process'; sample: ProcessSample };

export interface ProcessSample {
  pid: number;
  /** Processor time since the process began. */
  cpuS: number;
  rssBytes: number;
}

/** Counters of an interval. All of them add up over workers and seconds. */
export const COUNTERS = [
  'attempts',
  'established',
  /** Clients that connected for the first time. */
  'clients',
  'due',
  'sent',
  'received',
  'sentBytes',
  'receivedBytes',
  'foreign',
  /** Arrived before they were sent, by the clocks of two processes. */
  'negativeOneWay',
  'droppedDisconnected',
  'droppedBackpressure',
  'droppedLate',
  /** By so many messages the sender is further behind its schedule than before; below 0 where it catches up. */
  'fallenBehind',
  /** Numbered messages that arrived, each once. */
  'unique',
  'duplicates',
  'reordered',
  /** In flight when a connection ended, or never answered. */
  'missing',
  /** In flight when a herd broke the connection. */
  'lost',
  'streams',
  'resets',
  /** Connections that are open at the end, and whose last messages were never answered. */
  'unanswered',
  /** Clients that moved to another region. */
  'moved',
] as const;

export type Counters = Record<(typeof COUNTERS)[number], number>;

export function createCounters(): Counters {
  return Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Counters;
}

/** Adds `more` to `counters`. */
export function addCounters(counters: Counters, more: Counters): void {
  for (const name of COUNTERS) counters[name] += more[name];
}

/** Adds the numbers under each key of `more`. */
export function addByKey(counts: Record<string, number>, more: Record<string, number>): void {
  for (const [key, count] of Object.entries(more)) counts[key] = (counts[key] ?? 0) + count;
}

/** How connections ended that were not closed by wsscale itself, by code. */
export type Closes = Record<string, { count: number; reasons: Record<string, number> }>;

/** What one worker saw in one second, or in the part of it that belongs to one stage. */
export interface Interval {
  worker: number;
  /** Number of the second since the phase began. */
  row: number;
  stage: StageName;
  /** Clients connected at its end. */
  connected: number;
  /** Messages sent less those that have come; only the sum of all workers says how many are on their way. */
  owed: number;
  counters: Counters;
  /** Farthest and deepest so far, over the whole phase. */
  extremes: Pick<OrderingTotals, 'maxExtent' | 'maxBufferDepth'>;
  /** What the disorder was like; null as long as there is none. */
  disorder: DisorderCounts | null;
  connect: SparseCounts;
  response: SparseCounts;
  service: SparseCounts;
  lateness: SparseCounts;
  failed: Record<string, number>;
  closes: Closes;
  /** Share of the second that the worker's event loop was busy; null where the interval is less than a second. */
  elu: number | null;
  /** Longest time for which the loop did not come round, beyond what it was asked to wait. */
  lagMs: number;
  /** All pauses for garbage collection, and the longest. */
  gcMs: number;
  gcMaxMs: number;
  violations: Violation[];
  rooms: RoomInterval | null;
  routes: RouteInterval | null;
  storm: StormInterval | null;
}

/** Counts of the streams of a kind, in an interval. */
export const ROOM_COUNTERS = [
  'streams',
  /** Numbered messages that arrived, each once. */
  'unique',
  'missing',
  /** Sent again from the room's history after a reconnect. */
  'recovered',
  'duplicates',
  'reordered',
  'resets',
  /** Messages that this worker's clients published during the hold. */
  'published',
  /** Frames that had messages of rooms in them, one or a batch. */
  'frames',
  /** Messages that the server left out, and said so. */
  'skipped',
  /** Messages of rooms that the receiver is no member of, and their payloads. */
  'unwanted',
  'unwantedBytes',
] as const;

/** What a worker's clients saw of rooms in an interval. */
export interface RoomInterval {
  counters: Record<(typeof ROOM_COUNTERS)[number], number>;
  extremes: Pick<OrderingTotals, 'maxExtent' | 'maxBufferDepth'>;
  disorder: DisorderCounts | null;
  violations: Violation[];
  /** What this worker's clients got of single messages that were published during the hold. */
  pieces: FanoutPiece[];
}

/** A worker's part in one message: its clients that should get it, and how long it took to those that did. */
export interface FanoutPiece {
  /** The message, by publisher, epoch and sequence: the same number in all workers. */
  message: number;
  expected: number;
  latencies: SparseCounts;
}

/** One number for a message, the same in all workers: 20 bits of publisher, 6 of its epoch, 26 of sequence. */
export function messageOf(publisher: number, epoch: number, seq: number): number {
  return (publisher * 64 + (epoch % 64)) * 2 ** 26 + (seq % 2 ** 26);
}

/** Who published a message. */
export function publisherOf(message: number): number {
  return Math.floor(message / 2 ** 32);
}

/** A bounded sample of what was wrong with the order, as evidence. */
export type Violation = OrderingExample;

/** Adds a violation to the sample, unless it has `most` of the kind. */
export function addViolation(violations: Violation[], violation: Violation, most: number): void {
  let known = 0;
  for (const { kind } of violations) if (kind === violation.kind && ++known === most) return;
  violations.push(violation);
}

/** Violations of a kind that a worker keeps of a second. */
export const MAX_VIOLATIONS = 10;

/** What a herd did in the interval. Bins are `STORM_STEP_MS` wide and begin with the storm. */
export interface StormInterval {
  affected: number;
  attempts: number;
  established: number;
  failed: Record<string, number>;
  lost: number;
  /** Messages that affected clients were sent again after they had come back. */
  recovered: number;
  /** Clients that came back, per bin. */
  returns: SparseCounts;
  /** Clients that had come back and were lost again, per bin. */
  relapses: SparseCounts;
  attemptBins: SparseCounts;
  /** Clients that the herd did not touch so far, their response times, and those of them that broke all the same. */
  collateralClients: number;
  collateralResponse: SparseCounts;
  collateralErrors: number;
  /** Where there are several regions: how clients came from one to another. */
  failover: FailoverCounts | null;
}

/** Clients whose way has ended in the interval. Times are from the beginning of the storm. */
export interface FailoverCounts {
  /** By the number of the region that they have landed in. */
  landed: Record<string, number>;
  /** Those that had to wait for their DNS to name another region, */
  waited: number;
  /** how long they did, all together, */
  resolvedMs: number;
  /** and how long they took to be connected. */
  returnedMs: number;
}

export function emptyFailover(): FailoverCounts {
  return { landed: {}, waited: 0, resolvedMs: 0, returnedMs: 0 };
}

export function addFailover(total: FailoverCounts, more: FailoverCounts): void {
  addByKey(total.landed, more.landed);
  total.waited += more.waited;
  total.resolvedMs += more.resolvedMs;
  total.returnedMs += more.returnedMs;
}

export const STORM_STEP_MS = 20;
