import { describe, expect, test } from 'vitest';
import { createRoomTally } from '../../src/collect/rooms.ts';
import { createBroadcast } from '../../src/swarm/broadcast.ts';
import type { ConversationOptions } from '../../src/swarm/conversation.ts';
import { createRecorder } from '../../src/swarm/recorder.ts';
import { envelopes } from '../../src/wire/envelope.ts';
import { amid } from '../support/amid.ts';
import { phasePlan } from '../support/plans.ts';

const TAG = 99;
const EPOCH = 5;

/** Members of rooms, client 0 the publisher of room 0, and a server whose messages a test makes up. */
function setUp(
  said: Partial<ConversationOptions> & { rooms?: number; lowPriorityRatio?: number; joined?: number[] } = {},
) {
  const { rooms = 1, lowPriorityRatio = 0, joined = [0, 1], ...options } = said;
  let nowMs = 1000;
  const recorder = createRecorder();
  const answered: number[] = [];
  const published: string[] = [];
  const { messages } = phasePlan();
  const conversation = createBroadcast({
    clients: 2,
    firstClient: 0,
    clientsInAll: 2,
    rttMs: [[0]],
    plan: { ...messages, mode: 'broadcast', rooms, lowPriorityRatio },
    tag: TAG,
    recorder,
    nowMs: () => nowMs,
    herd: { lost: () => false, recovered() {}, answered: (_client, ms) => void answered.push(ms) },
    audience: 'room',
    slowReaders: null,
    ...options,
  });
  const connection = {
    send: (data: Buffer) => void published.push(data.toString('latin1', 0, data.indexOf('\n'))),
    part() {},
    leave() {},
    terminate() {},
    pause() {},
    resume() {},
    ping() {},
    bytesRead: () => 0,
    bufferedBytes: () => 0,
  };
  const hear = (client: number, message: Buffer | string) =>
    conversation.receive(client, 0, ...amid(Buffer.from(message as string)));
  for (const client of joined) hear(client, `JOINED r 0 ${EPOCH} 0`);
  return {
    ...{ conversation, recorder, answered, published, hear },
    pass: (ms: number) => {
      nowMs += ms;
    },
    publish: () => conversation.send(0, connection, 0, nowMs),
    account() {
      conversation.finish();
      const tally = createRoomTally(1);
      const interval = conversation.takeRooms();
      if (interval !== null) tally.add(interval, 0);
      const account = tally.close();
      if (account === null) throw new Error('there are no rooms');
      return account;
    },
  };
}

/** A message of a room as a server sends it; `ofPublisher`: whose, by which number of its own. */
function message(
  seq: number,
  ofPublisher: { publisher?: number; seq?: number; epoch?: number } = {},
): Buffer {
  const { publisher = 0, epoch = 0 } = ofPublisher;
  const payload = envelopes.binary.create(64, TAG);
  envelopes.binary.patch(payload, publisher, epoch, ofPublisher.seq ?? seq, 1000, 1000);
  return Buffer.concat([Buffer.from(`MSG r ${seq} ${EPOCH}\n`), payload]);
}

function batch(messages: Buffer[]): Buffer {
  const parts = messages.flatMap((one) => [Buffer.from(`b${one.length}\n`), one]);
  return Buffer.concat([Buffer.from(`BATCH ${messages.length}\n`), ...parts]);
}

describe('a batch', () => {
  test('is taken apart: each message counts and is timed as if it had come by itself', () => {
    const it = setUp();
    it.pass(7);
    expect(it.hear(1, batch([message(1), message(2), message(3)]))).toBe(7);
    it.pass(1);
    expect(it.hear(1, message(4))).toBe(8);
    // The last one of a batch is answered to whoever took the frame.
    expect(it.answered).toEqual([7, 7]);
    const { ordering, counters } = it.account();
    expect(ordering).toMatchObject({ received: 4, reordered: 0, duplicates: 0 });
    expect(counters).toMatchObject({ frames: 2, unique: 4 });
    expect(it.recorder.counters).toMatchObject({ received: 4, receivedBytes: 4 * 64, foreign: 0 });
  });

  test('with disorder in it is seen as disorder', () => {
    const it = setUp();
    it.hear(1, batch([message(1), message(3), message(2), message(2)]));
    expect(it.account().ordering).toMatchObject({ received: 3, reordered: 1, duplicates: 1 });
  });

  test.each([
    [
      'fewer messages than it says',
      (whole: Buffer) => Buffer.concat([Buffer.from('BATCH 9'), whole.subarray(7)]),
      2,
      1,
    ],
    ['a message that is cut', (whole: Buffer) => whole.subarray(0, whole.length - 1), 1, 1],
    ['no messages', () => Buffer.from('BATCH 2\n'), 0, 1],
    ['another batch in it', (whole: Buffer) => batch([whole]), 0, 1],
    ['no line end', () => Buffer.from('BATCH 2'), 0, 1],
  ])('that has %s is foreign from there on', (_what, spoil, unique, foreign) => {
    const it = setUp();
    it.hear(1, spoil(batch([message(1), message(2)])));
    expect(it.account().counters.unique).toBe(unique);
    expect(it.recorder.counters.foreign).toBe(foreign);
  });
});

describe('what was left out', () => {
  test('and said so is neither missing nor received, in the order of the room and of its publisher', () => {
    const it = setUp({ joined: [1] });
    it.hear(1, message(1));
    it.hear(1, `SKIP r 4 ${EPOCH} 3`);
    it.hear(1, message(5));
    it.hear(1, `SKIP r 6 ${EPOCH} 1`);
    expect(it.conversation.outstanding).toBe(0);
    const { ordering, counters } = it.account();
    expect(counters.skipped).toBe(4);
    expect(ordering).toMatchObject({ received: 2, missing: 0, reordered: 0, resets: 0 });
    expect(it.recorder.counters).toMatchObject({ missing: 0, received: 2, foreign: 0 });
  });

  test('hides nothing else that is missing', () => {
    const it = setUp({ joined: [1] });
    it.hear(1, message(1));
    // 2 is lost; 3 and 4 were left out; 5 is lost.
    it.hear(1, `SKIP r 4 ${EPOCH} 2`);
    it.hear(1, message(6));
    const { ordering, counters } = it.account();
    expect(counters.skipped).toBe(2);
    expect(ordering.missing).toBe(2);
    expect(it.recorder.counters.missing).toBe(2);
  });

  test('is not counted twice, and what is late is still late', () => {
    const it = setUp({ joined: [1] });
    it.hear(1, message(1));
    it.hear(1, message(3));
    it.hear(1, `SKIP r 5 ${EPOCH} 2`);
    it.hear(1, `SKIP r 5 ${EPOCH} 2`);
    it.hear(1, message(2));
    const { ordering, counters } = it.account();
    expect(counters.skipped).toBe(2);
    expect(ordering).toMatchObject({ received: 3, missing: 0, reordered: 1, duplicates: 0 });
  });

  test('is still outstanding as long as nobody has said so', () => {
    const it = setUp();
    it.hear(0, message(1));
    it.hear(1, message(1));
    it.hear(0, message(2));
    expect(it.conversation.outstanding).toBe(1);
    it.hear(1, `SKIP r 2 ${EPOCH} 1`);
    expect(it.conversation.outstanding).toBe(0);
  });

  test('of a publisher that came back meanwhile is not missing either', () => {
    const it = setUp();
    it.hear(1, message(1));
    // 2 was the last of its first epoch, 3 and 4 the first ones of the next.
    it.hear(1, `SKIP r 4 ${EPOCH} 3`);
    it.hear(1, message(5, { seq: 3, epoch: 1 }));
    it.hear(1, message(6, { seq: 4, epoch: 1 }));
    it.account();
    expect(it.recorder.counters.missing).toBe(0);
  });
});

describe('messages for everyone', () => {
  test('of other rooms are counted as unwanted, and belong to no order', () => {
    const it = setUp({ rooms: 2, audience: 'everyone' });
    expect(it.hear(1, message(1, { publisher: 0 }))).toBe(-1);
    it.hear(1, batch([message(1, { publisher: 1 }), message(2, { publisher: 0 })]));
    const { ordering, counters } = it.account();
    expect(counters).toMatchObject({ unwanted: 2, unwantedBytes: 128, frames: 2 });
    expect(ordering).toMatchObject({ received: 1, missing: 0 });
    expect(it.recorder.counters).toMatchObject({ foreign: 0, missing: 0, received: 1, receivedBytes: 192 });
  });

  test('are foreign where the server was to send them to their room alone', () => {
    const it = setUp({ rooms: 2 });
    it.hear(1, message(1, { publisher: 0 }));
    expect(it.account().counters.unwanted).toBe(0);
    expect(it.recorder.counters.foreign).toBe(1);
  });
});

test('a share of the messages is published as of low priority, spread evenly', () => {
  const it = setUp({ lowPriorityRatio: 0.4 });
  for (let i = 0; i < 10; i++) it.publish();
  const room = it.published[0].split(' ')[1];
  expect(it.published.map((line) => line.replace(`PUB ${room}`, 'PUB'))).toEqual([
    'PUB',
    'PUB',
    'PUB low',
    'PUB',
    'PUB low',
    'PUB',
    'PUB',
    'PUB low',
    'PUB',
    'PUB low',
  ]);
});

test('how late a slow reader is says nothing of the server, and nobody waits for it in the fan-out', () => {
  const it = setUp({ slowReaders: Uint8Array.of(0, 1) });
  it.conversation.measureFanout(true);
  it.publish();
  it.pass(3);
  it.hear(0, message(1));
  it.pass(10_000);
  expect(it.hear(1, message(1))).toBe(-1);
  const { fanout, ordering } = it.account();
  expect(fanout).toMatchObject({ published: 1, expected: 1, delivered: 1, reachRatio: 1 });
  expect(fanout.lastMs.max).toBeLessThan(4);
  expect(ordering).toMatchObject({ received: 2, missing: 0 });
});

test('a slow reader that was closed is waited for', () => {
  const it = setUp({ slowReaders: Uint8Array.of(0, 1) });
  it.hear(0, message(1));
  it.conversation.endEpoch(1);
  expect(it.conversation.outstanding).toBe(1);
  it.hear(1, `JOINED r 0 ${EPOCH} 1`);
  it.hear(1, message(1));
  expect(it.conversation.outstanding).toBe(0);
  expect(it.account().ordering).toMatchObject({ recovered: 1, missing: 0 });
});
