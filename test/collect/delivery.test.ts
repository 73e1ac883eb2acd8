import { describe, expect, test } from 'vitest';
import { toDelivery } from '../../src/collect/delivery.ts';
import { createTally } from '../../src/collect/tally.ts';
import type { PhasePlan } from '../../src/model/plan.ts';
import { createDeliveryCounters, type DeliveryCounters } from '../../src/server/delivery/counters.ts';
import { ROOM_COUNTERS, type RoomInterval } from '../../src/swarm/messages.ts';
import { phasePlan } from '../support/plans.ts';
import { serverSample } from '../support/server-sample.ts';

type Rooms = RoomInterval['counters'];

const rooms = (said: Partial<Rooms> = {}): Rooms => ({
  ...(Object.fromEntries(ROOM_COUNTERS.map((name) => [name, 0])) as Rooms),
  ...said,
});

const node = (said: Partial<DeliveryCounters>): DeliveryCounters => ({
  ...createDeliveryCounters(),
  ...{ maxBufferedBytes: 1_000_000, historyBytes: 5_000_000 },
  ...said,
});

/** A tally to which the nodes have told what they counted. */
function serverOf(...nodes: DeliveryCounters[]) {
  const tally = createTally(1);
  const samples = nodes.map((delivery, i) => serverSample({ pid: i, rssBytes: 20_000_000, delivery }));
  tally.addServer(samples, 0);
  tally.addServer(
    samples.map((sample) => ({ ...sample, rssBytes: 30_000_000 })),
    1,
  );
  return tally;
}

const BATCH = { intervalMs: 50, timer: 'tick', maxBytes: 1000 } as const;

function batching(said: Partial<PhasePlan> = {}): PhasePlan {
  const { messages, service } = phasePlan();
  return phasePlan({
    clients: 10,
    durationMs: 20_000,
    messages: { ...messages, mode: 'broadcast', arrival: 'poisson' },
    service: { ...service, batch: BATCH },
    ...said,
  });
}

describe('batches', () => {
  const counted = {
    ...{ batches: 180, full: 0, messages: 500, waitedMs: 12_500, maxWaitedMs: 50 },
    ...{ frames: 1800, copies: 5000 },
  };

  test('add up over the nodes, and are held against the formula at the rate that there was', () => {
    const tally = serverOf(node({ batch: counted }), node({ batch: { ...counted, maxWaitedMs: 60 } }));
    const delivery = toDelivery(batching(), tally, rooms({ frames: 3600 }), true);
    expect(delivery?.batch).toMatchObject({
      ...{ messages: 10_000, frames: 3600, framesReceived: 3600, full: 0 },
      ...{ messagesPerFrame: 10_000 / 3600, messagesPerS: 50, framesPerS: 18 },
      ...{ addedDelayMs: 25, maxAddedDelayMs: 60, expectedDelayMs: 25 },
    });
    expect(delivery?.batch?.expectedFramesPerS).toBeCloseTo(18.36, 2);
    expect(delivery).toMatchObject({ unwanted: null, backpressure: null });
  });

  test('have no rate where messages flowed for longer than the hold', () => {
    const delivery = toDelivery(batching(), serverOf(node({ batch: counted })), rooms(), false);
    expect(delivery?.batch).toMatchObject({ framesPerS: null, messagesPerS: null, expectedFramesPerS: null });
  });

  test.each([
    ['come at constant gaps', { arrival: 'constant' as const }, counted],
    ['filled a batch', {}, { ...counted, full: 1 }],
  ])('have no formula where messages %s', (_what, messages, batch) => {
    const plan = batching();
    const said = { ...plan, messages: { ...plan.messages, ...messages } };
    const delivery = toDelivery(said, serverOf(node({ batch })), rooms(), true);
    expect(delivery?.batch).toMatchObject({ framesPerS: 9, expectedFramesPerS: null, expectedDelayMs: null });
  });
});

describe('backpressure', () => {
  const dropped = node({
    ...{ low: { sent: 70, dropped: 30 }, high: { sent: 10, dropped: 0 }, withdrawn: 5, closedSlow: 1 },
    peakBufferedBytes: 900_000,
  });

  test('has the counts of both ends beside each other, and the memory beside its bound', () => {
    const { messages } = batching();
    const plan = phasePlan({ clients: 20, slowReadersRatio: 0.1, messages });
    const delivery = toDelivery(plan, serverOf(dropped, dropped), rooms({ skipped: 50 }), true);
    expect(delivery?.backpressure).toEqual({
      ...{ low: { sent: 140, dropped: 60 }, high: { sent: 20, dropped: 0 } },
      ...{ skipped: 50, withdrawn: 10, slowReaders: 2, closedSlow: 2 },
      ...{ peakBufferedBytes: 900_000, maxBufferedBytes: 1_000_000 },
      rssBytes: 60_000_000,
      boundBytes: 40_000_000 + 2 * 5_000_000 + 20 * (1_000_000 + 81_920),
    });
  });

  test('is told, too, where nobody asked for slow readers and there were some', () => {
    const { messages } = batching();
    const plain = phasePlan({ messages: { ...messages, mode: 'broadcast' } });
    expect(toDelivery(plain, serverOf(dropped), rooms(), true)?.backpressure?.closedSlow).toBe(1);
    expect(toDelivery(plain, serverOf(node({})), rooms(), true)).toBeNull();
  });
});

test('a server that is not ours has what the clients counted, and nothing else', () => {
  const { messages, service } = phasePlan();
  const plan = phasePlan({ messages: { ...messages, mode: 'broadcast' }, slowReadersRatio: 0.5 });
  const none = createTally(1);
  expect(toDelivery(plan, none, rooms(), true)).toBeNull();
  expect(toDelivery({ ...plan, service: { ...service, audience: 'everyone' } }, none, rooms(), true)).toEqual(
    {
      ...{ batch: null, unwanted: { messages: 0, bytes: 0 }, backpressure: null },
    },
  );
});

test('an echo has no rooms', () => {
  expect(toDelivery(phasePlan(), serverOf(node({})), null, true)).toBeNull();
});
