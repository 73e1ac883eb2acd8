import { describe, expect, test } from 'vitest';
import { createRoomTally } from '../../src/collect/rooms.ts';
import type { MessagePlan } from '../../src/model/plan.ts';
import { createHistogram, recordMs, takeCounts } from '../../src/stats/histogram.ts';
import { createBroadcast } from '../../src/swarm/broadcast.ts';
import { messageOf, ROOM_COUNTERS, type RoomInterval } from '../../src/swarm/messages.ts';
import { createRecorder } from '../../src/swarm/recorder.ts';
import { envelopes } from '../../src/wire/envelope.ts';
import { amid } from '../support/amid.ts';

const PLAN: MessagePlan = {
  mode: 'broadcast',
  rooms: 1,
  ratePerClientPerS: 1,
  sizeBytes: 64,
  payload: 'binary',
  arrival: 'constant',
  lowPriorityRatio: 0,
};

/** One worker with some members of one room, and the room's server: numbers what is published, by a script. */
function room(members: number, herdTookAway = () => false) {
  let nowMs = 1000;
  let epoch = 1;
  const recorder = createRecorder();
  const herd = { lost: 0, recovered: 0 };
  const asked: string[] = [];
  const history: Buffer[] = [];
  const conversation = createBroadcast({
    clients: members,
    firstClient: 0,
    clientsInAll: 2,
    rttMs: [[0]],
    plan: PLAN,
    tag: 99,
    recorder,
    nowMs: () => nowMs,
    herd: {
      lost(_client, messages) {
        if (!herdTookAway()) return false;
        herd.lost += messages;
        return true;
      },
      recovered: () => void herd.recovered++,
      answered() {},
    },
    audience: 'room',
    slowReaders: null,
  });
  const connection = (client: number) => ({
    send(payload: Buffer) {
      const text = payload.toString('latin1');
      if (text.startsWith('JOIN')) asked[client] = text;
      else history.push(Buffer.from(payload.subarray(payload.indexOf('\n') + 1)));
    },
    part() {},
    leave() {},
    terminate() {},
    pause() {},
    resume() {},
    ping() {},
    bytesRead: () => 0,
    bufferedBytes: () => 0,
  });
  const copyToRead = (client: number, seq: number) => {
    const message = Buffer.concat([Buffer.from(`MSG r ${seq} ${epoch}\n`), history[seq - 1]]);
    return () => conversation.receive(client, 0, ...amid(message));
  };
  const copy = (client: number, seq: number) => copyToRead(client, seq)();
  return {
    conversation,
    recorder,
    herd,
    asked,
    pass: (ms: number) => {
      nowMs += ms;
    },
    renumber: () => {
      epoch++;
      history.length = 0;
    },
    join(client: number, from = history.length, newest = history.length) {
      conversation.opened(client, connection(client));
      conversation.receive(client, 0, ...amid(Buffer.from(`JOINED r ${from} ${epoch} ${newest}`)));
    },
    publish: () => conversation.send(0, connection(0), 0, nowMs),
    copy,
    /** A copy that has left the server, to be read by the member when it is called. */
    copyToRead,
    /** Copies to all members in their order. */
    deliver(seq: number, to: number[]) {
      for (const client of to) copy(client, seq);
    },
    account() {
      conversation.finish();
      const tally = createRoomTally(1);
      const interval = conversation.takeRooms();
      if (interval !== null) tally.add(interval, 0);
      return tally.close();
    },
  };
}

describe('members of a room', () => {
  test('who get every message once and in order show nothing wrong, and the fan-out is whole', () => {
    const it = room(3);
    it.conversation.measureFanout(true);
    for (const client of [0, 1, 2]) it.join(client);
    for (let seq = 1; seq <= 10; seq++) {
      it.publish();
      for (const client of [0, 1, 2]) {
        it.pass(client + 1);
        it.copy(client, seq);
      }
    }
    const account = it.account();
    expect(account?.ordering).toMatchObject({
      streams: 3,
      expected: 30,
      received: 30,
      missing: 0,
      reordered: 0,
    });
    expect(account?.fanout).toMatchObject({ published: 10, expected: 30, delivered: 30 });
    expect(account?.fanout.firstMs.p50).toBeCloseTo(1, 2);
    expect(account?.fanout.medianMs.p50).toBeCloseTo(3, 2);
    expect(account?.fanout.lastMs.p50).toBeCloseTo(6, 2);
    // A payload's bytes, without the room's header before it.
    expect(it.recorder.counters).toMatchObject({ missing: 0, received: 30, receivedBytes: 30 * 64 });
  });

  test('who miss, repeat and swap messages are told apart, in both orders', () => {
    const it = room(2);
    it.join(0);
    it.join(1);
    for (let seq = 1; seq <= 6; seq++) it.publish();
    it.deliver(1, [0, 1]);
    for (const seq of [2, 3, 4, 5, 6]) it.copy(0, seq);
    // Member 1 does not get 2, gets 4 before 3, and 5 twice.
    it.copy(1, 4);
    it.pass(5);
    for (const seq of [3, 5, 5, 6]) it.copy(1, seq);
    const account = it.account();
    expect(account?.ordering).toMatchObject({
      expected: 12,
      missing: 1,
      duplicates: 1,
      reordered: 1,
      maxExtent: 1,
      maxLateMs: 5,
      replicatedRate: 1 / 11,
      examples: [
        { kind: 'gap', client: 1, epoch: 1, seq: 4, after: 1 },
        { kind: 'reordered', client: 1, epoch: 1, seq: 3, after: 4 },
        { kind: 'duplicate', client: 1, epoch: 1, seq: 5, after: 5 },
      ],
    });
    // Of member 0 all were in place; at member 1, 4 was early.
    expect(account?.ordering.reorderDensity?.filter((share) => share > 0)).toEqual([1 / 11, 9 / 11, 1 / 11]);
    expect(it.conversation.takeDisorder()).toMatchObject({ maxLateMs: 5 });
    expect(it.conversation.totals).toMatchObject({ reordered: 1 });
    expect(it.recorder.counters.missing).toBe(1);
  });

  test('who miss the last messages are found out, since others had them', () => {
    const it = room(2);
    it.join(0);
    it.join(1);
    for (let seq = 1; seq <= 3; seq++) it.publish();
    it.deliver(1, [0, 1]);
    it.deliver(2, [0]);
    it.deliver(3, [0]);
    expect(it.account()?.ordering.missing).toBe(2);
    expect(it.recorder.counters.unanswered).toBe(1);
  });

  test('who were away ask from their last number on, and what is sent again is recovered', () => {
    const it = room(2, () => true);
    it.join(0);
    it.join(1);
    it.publish();
    it.deliver(1, [0, 1]);
    it.conversation.endEpoch(1);
    for (let seq = 2; seq <= 4; seq++) {
      it.publish();
      it.copy(0, seq);
    }
    it.join(1, 1, 4);
    expect(it.asked[1]).toMatch(/ 1 1$/);
    for (const seq of [2, 3, 4]) expect(it.copy(1, seq)).toBe(-1);
    it.publish();
    it.deliver(5, [0, 1]);
    expect(it.herd).toEqual({ lost: 0, recovered: 3 });
    expect(it.account()?.ordering).toMatchObject({ expected: 10, missing: 0, recovered: 3, resets: 0 });
    expect(it.recorder.counters.missing).toBe(0);
  });

  test.each([
    [true, { lost: 2, recovered: 1 }, 0],
    [false, { lost: 0, recovered: 1 }, 2],
  ])(
    'for whom the history no longer reaches back (by a herd: %s) have lost the rest',
    (byHerd, herd, missing) => {
      const it = room(2, () => byHerd);
      it.join(0);
      it.join(1);
      it.publish();
      it.deliver(1, [0, 1]);
      it.conversation.endEpoch(1);
      for (let seq = 2; seq <= 4; seq++) {
        it.publish();
        it.copy(0, seq);
      }
      // Messages 2 and 3 are gone.
      it.join(1, 3, 4);
      it.copy(1, 4);
      expect(it.herd).toEqual(herd);
      expect(it.account()?.ordering).toMatchObject({ missing, recovered: 1 });
      expect(it.recorder.counters.lost).toBe(byHerd ? 2 : 0);
      expect(it.recorder.counters.missing).toBe(0);
    },
  );

  test('of a room whose numbers begin again are reset, not reordered', () => {
    const it = room(2);
    it.join(0);
    it.join(1);
    it.publish();
    it.deliver(1, [0, 1]);
    it.renumber();
    it.join(0, 0, 0);
    it.join(1, 0, 0);
    it.publish();
    it.deliver(1, [0, 1]);
    expect(it.account()?.ordering).toMatchObject({
      received: 4,
      missing: 0,
      reordered: 0,
      duplicates: 0,
      resets: 2,
    });
  });

  test('of a room whose numbers begin again while they listen are reset, too', () => {
    const it = room(2);
    it.join(0);
    it.join(1);
    for (const seq of [1, 2]) {
      it.publish();
      it.deliver(seq, [0, 1]);
    }
    it.renumber();
    it.publish();
    it.deliver(1, [0, 1]);
    expect(it.account()?.ordering).toMatchObject({ received: 6, missing: 0, duplicates: 0, resets: 2 });
  });

  test('who read the last old number after others had the first new one miss nothing', () => {
    const it = room(2);
    it.join(0);
    it.join(1);
    for (let seq = 1; seq <= 5; seq++) it.publish();
    it.deliver(1, [0, 1]);
    for (const seq of [2, 3, 4, 5]) it.copy(0, seq);
    const unread = [2, 3, 4, 5].map((seq) => it.copyToRead(1, seq));
    it.renumber();
    it.publish();
    it.copy(0, 1);
    for (const read of unread) read();
    it.copy(1, 1);
    expect(it.account()?.ordering).toMatchObject({ received: 12, missing: 0, resets: 2 });
  });

  test('have something outstanding as long as a number is missing that others had, whatever came after it', () => {
    const it = room(2);
    it.join(0);
    it.join(1);
    for (const seq of [1, 2, 3]) {
      it.publish();
      it.copy(0, seq);
    }
    it.copy(1, 1);
    it.copy(1, 3);
    expect(it.conversation.outstanding).toBe(1);
    it.copy(1, 2);
    expect(it.conversation.outstanding).toBe(0);
  });

  test('are not told apart by what a hostile server forges', () => {
    const it = room(1);
    it.join(0);
    for (const text of ['MSG r 1 1\nnothing', 'MSG r', 'ERR x y', 'MSG r 99999999999999999999 1\n']) {
      expect(it.conversation.receive(0, 0, ...amid(Buffer.from(text)))).toBe(-1);
    }
    expect(it.recorder.counters.foreign).toBe(4);
  });

  test('take no message for one of theirs that was cut short', () => {
    const it = room(1);
    it.join(0);
    it.publish();
    const payload = envelopes.binary.create(64, 99);
    envelopes.binary.patch(payload, 0, 0, 1, 1000, 1000);
    const message = (bytes: number) =>
      Buffer.concat([Buffer.from('MSG r 1 1\n'), payload.subarray(0, bytes)]);
    expect(it.conversation.receive(0, 0, ...amid(message(31)))).toBe(-1);
    expect(it.recorder.counters.foreign).toBe(1);
    expect(it.conversation.receive(0, 0, ...amid(message(32)))).toBeGreaterThanOrEqual(0);
  });
});

test('pieces of a message from several workers are put together', () => {
  const tally = createRoomTally(2);
  const piece = (expected: number, latenciesMs: number[]) => {
    const histogram = createHistogram();
    for (const ms of latenciesMs) recordMs(histogram, ms);
    return { message: 7, expected, latencies: takeCounts(histogram) };
  };
  const counters = {
    streams: 0,
    unique: 0,
    missing: 0,
    recovered: 0,
    duplicates: 0,
    reordered: 0,
    resets: 0,
    published: 0,
    ...{ frames: 0, skipped: 0, unwanted: 0, unwantedBytes: 0 },
  };
  const inOrder = { extremes: { maxExtent: 0, maxBufferDepth: 0 }, disorder: null, violations: [] };
  tally.add({ counters: { ...counters, published: 1 }, ...inOrder, pieces: [piece(2, [1, 9])] }, 0);
  tally.add({ counters, ...inOrder, pieces: [piece(3, [3, 5])] }, 1);
  const fanout = tally.close()?.fanout;
  expect(fanout).toMatchObject({ published: 1, expected: 5, delivered: 4, reachRatio: 0.8 });
  expect(
    [fanout?.firstMs.p50, fanout?.medianMs.p50, fanout?.lastMs.p50].map((ms) => Math.round(ms ?? 0)),
  ).toEqual([1, 3, 9]);
});

test('a message that reached nobody of a worker was expected by those who had the one before', () => {
  const tally = createRoomTally(2);
  const latencies = Uint32Array.of(1000, 2);
  const interval = (sequences: number[]): RoomInterval => ({
    counters: Object.fromEntries(ROOM_COUNTERS.map((name) => [name, 0])) as RoomInterval['counters'],
    ...{ extremes: { maxExtent: 0, maxBufferDepth: 0 }, disorder: null, violations: [] },
    pieces: sequences.map((seq) => ({ message: messageOf(5, 0, seq), expected: 2, latencies })),
  });
  tally.add(interval([1, 2]), 0);
  tally.add(interval([1]), 1);
  expect(tally.close()?.fanout).toMatchObject({ expected: 8, delivered: 6, reachRatio: 0.75 });
});
