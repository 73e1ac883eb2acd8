/**
 * How a phase's messages reached the members of their rooms, from the counts of both ends.
 */

import type { Backpressure, Batching, Delivery } from '../model/delivery.ts';
import type { PhasePlan } from '../model/plan.ts';
import { slowReadersOf } from '../model/slow-readers.ts';
import { expectedOfBatches } from '../stats/batching.ts';
import type { RoomInterval } from '../swarm/messages.ts';
import { isNode, type NodeSample, type ProcessSample } from '../topology/sample.ts';
import type { Tally } from './tally.ts';

type Counters = NonNullable<NodeSample['delivery']>;

/** What a connection takes beside what waits for it, and the one message that may go over the limit. */
const CONNECTION_BYTES = 16 * 1024 + 64 * 1024;

/**
 * @param rooms what the clients counted; null where there are no rooms
 * @param isWhole the hold was as long as it was planned, and messages flowed in it only
 */
export function toDelivery(
  plan: PhasePlan,
  { server }: Pick<Tally, 'server'>,
  rooms: RoomInterval['counters'] | null,
  isWhole: boolean,
): Delivery | null {
  if (rooms === null) return null;
  const nodes = server?.last.filter(isNode).flatMap(({ delivery }) => delivery ?? []) ?? [];
  const delivery: Delivery = {
    batch: toBatching(plan, nodes, rooms, isWhole),
    unwanted:
      plan.service.audience === 'everyone' || rooms.unwanted > 0
        ? { messages: rooms.unwanted, bytes: rooms.unwantedBytes }
        : null,
    backpressure: server === null ? null : toBackpressure(plan, nodes, rooms, server),
  };
  return Object.values(delivery).every((part) => part === null) ? null : delivery;
}

function toBatching(
  { service, clients, durationMs, messages: { arrival } }: PhasePlan,
  nodes: Counters[],
  rooms: RoomInterval['counters'],
  isWhole: boolean,
): Batching | null {
  if (service.batch === null || nodes.length === 0) return null;
  const of = (count: (counters: Counters['batch']) => number) => total(nodes, ({ batch }) => count(batch));
  const messages = of(({ copies }) => copies);
  const frames = of((batch) => batch.frames);
  const each = of((batch) => batch.messages);
  const full = of((batch) => batch.full);
  const memberS = isWhole ? (clients * durationMs) / 1000 : 0;
  const messagesPerS = per(messages, memberS);
  const isExpected = arrival === 'poisson' && full === 0 && messagesPerS !== null && messagesPerS > 0;
  const expected = isExpected ? expectedOfBatches(service.batch, messagesPerS) : null;
  return {
    messages,
    frames,
    framesReceived: rooms.frames,
    full,
    messagesPerFrame: per(messages, frames),
    messagesPerS,
    framesPerS: per(frames, memberS),
    addedDelayMs: per(
      of(({ waitedMs }) => waitedMs),
      each,
    ),
    maxAddedDelayMs: each > 0 ? Math.max(...nodes.map(({ batch }) => batch.maxWaitedMs)) : null,
    expectedFramesPerS: expected?.framesPerS ?? null,
    expectedDelayMs: expected?.delayMs ?? null,
  };
}

function toBackpressure(
  plan: PhasePlan,
  nodes: Counters[],
  rooms: RoomInterval['counters'],
  server: NonNullable<Tally['server']>,
): Backpressure | null {
  const of = (count: (counters: Counters) => number) => total(nodes, count);
  const slowReaders = slowReadersOf(plan);
  const closedSlow = of((counters) => counters.closedSlow);
  const dropped = of(({ low, high }) => low.dropped + high.dropped);
  const isAsked = slowReaders > 0 || plan.messages.lowPriorityRatio > 0;
  if (nodes.length === 0 || (!isAsked && closedSlow + dropped === 0)) return null;
  return {
    low: { sent: of(({ low }) => low.sent), dropped: of(({ low }) => low.dropped) },
    high: { sent: of(({ high }) => high.sent), dropped: of(({ high }) => high.dropped) },
    skipped: rooms.skipped,
    withdrawn: of(({ withdrawn }) => withdrawn),
    slowReaders,
    closedSlow,
    peakBufferedBytes: Math.max(...nodes.map(({ peakBufferedBytes }) => peakBufferedBytes)),
    maxBufferedBytes: Math.max(...nodes.map(({ maxBufferedBytes }) => maxBufferedBytes)),
    rssBytes: server.peakRssBytes,
    boundBytes: boundBytes(plan, nodes, server.first),
  };
}

/** What the processes held before the load, the histories of all that keep one, and what may wait for all clients. */
function boundBytes({ clients }: PhasePlan, nodes: Counters[], first: ProcessSample[]): number {
  const { historyBytes, maxBufferedBytes } = nodes[0];
  const brokers = first.filter(({ part }) => part === 'broker').length;
  const atStart = total(first, ({ rssBytes }) => rssBytes ?? 0);
  return atStart + (nodes.length + brokers) * historyBytes + clients * (maxBufferedBytes + CONNECTION_BYTES);
}

function per(count: number, of: number): number | null {
  return of > 0 ? count / of : null;
}

function total<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
