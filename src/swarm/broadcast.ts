/**
 * Broadcast: each client is a member of one room, and the first member of each room publishes. Every copy that a
 * member receives is held against two orders: the publisher's, by the envelope, and the room's, by the number that the
 * server gave it. A member that comes back asks for the room from its last number on, so its streams go on.
 */

import { takeDisorder } from '../stats/disorder-counts.ts';
import { createStreams, missingOf, receive, resetStream } from '../stats/ordering.ts';
import { type Envelope, EPOCH_LIMIT, envelopes } from '../wire/envelope.ts';
import { joinRequest, publishHeader, type RoomHeader, readRoomHeader } from '../wire/rooms.ts';
import { type Conversation, type ConversationOptions, MAX_BUFFERED_BYTES } from './conversation.ts';
import { createFanout } from './fanout.ts';
import {
  addViolation,
  MAX_VIOLATIONS,
  messageOf,
  ROOM_COUNTERS,
  type RoomInterval,
  type Violation,
} from './messages.ts';

type RoomCounters = RoomInterval['counters'];

export function createBroadcast(options: ConversationOptions): Conversation {
  const { clients, firstClient, plan, tag, recorder, nowMs, herd } = options;
  const { rooms } = plan;
  const codec = envelopes[plan.payload];
  const binary = plan.payload === 'binary';
  const envelope: Envelope = { client: 0, epoch: 0, seq: 0, intendedMs: 0, sentMs: 0 };
  const header: RoomHeader = { kind: 'other', seq: 0, epoch: 0, newest: 0, payloadAt: 0 };
  const roomOf = (client: number) => (firstClient + client) % rooms;
  const roomName = (client: number) => `${tag.toString(36)}-${roomOf(client)}`;

  /** By member: its publisher's messages, and its room's. */
  const publisherStreams = createStreams(clients);
  const roomStreams = createStreams(clients);
  /** Epoch of the publisher that the member heard last; -1 before the first message, and after a hole. */
  const heardEpoch = new Int32Array(clients).fill(-1);
  const hasHeard = new Uint8Array(clients);
  const roomEpoch = new Float64Array(clients);
  const knowsRoom = new Uint8Array(clients);
  const joined = new Uint8Array(clients);
  /** Up to this number the room's messages come from its history. */
  const replayUntil = new Float64Array(clients);
  const members = new Uint32Array(rooms);
  const newest = new Float64Array(rooms);
  const newestEpoch = new Float64Array(rooms);
  /** What each publisher of this worker sends: a header that stays, and a payload that is patched. */
  const frames = new Map<number, { frame: Buffer; payload: Buffer }>();
  const sent = new Uint32Array(clients);

  const fanout = createFanout();
  let measuring = false;
  let counters = createRoomCounters();
  let violations: Violation[] = [];
  let reported = { ...roomStreams.totals };
  let finished = false;

  return {
    totals: publisherStreams.totals,
    get outstanding() {
      let outstanding = 0;
      for (let client = 0; client < clients; client++) {
        if (joined[client] === 0) continue;
        // A publisher hears itself, which tells that the room has its messages.
        outstanding += Math.max(0, sent[client] - heardSeq(client));
        outstanding += newest[roomOf(client)] - (roomStreams.nextExpected[client] - 1);
        // What was jumped over may still come late.
        outstanding += missingOf(roomStreams, client);
      }
      return outstanding;
    },
    speakers: (wanted) => Math.max(0, Math.min(wanted, rooms - firstClient)),
    opened(client, connection) {
      sent[client] = 0;
      const after = { seq: roomStreams.nextExpected[client] - 1, epoch: roomEpoch[client] };
      connection.send(joinRequest(roomName(client), knowsRoom[client] === 1 ? after : null), false);
    },
    send(client, connection, epoch, intendedMs) {
      if (connection.bufferedBytes() > MAX_BUFFERED_BYTES) {
        recorder.counters.droppedBackpressure++;
        return;
      }
      const now = nowMs();
      const { frame, payload } = frameOf(client);
      const seq = ++sent[client];
      codec.patch(payload, firstClient + client, epoch % EPOCH_LIMIT, seq, intendedMs, now);
      connection.send(frame, binary);
      if (measuring) {
        counters.published++;
        fanout.expect(messageOf(firstClient + client, epoch, seq), members[roomOf(client)]);
      }
      recorder.counters.sent++;
      recorder.counters.sentBytes += payload.length;
      recorder.late(now - intendedMs);
    },
    receive(client, _epoch, data, start, end) {
      readRoomHeader(data, start, end, header);
      if (header.kind === 'joined') {
        enter(client);
        return -1;
      }
      recorder.counters.received++;
      recorder.counters.receivedBytes += end - header.payloadAt;
      const isOurs = header.kind === 'message' && codec.read(data, header.payloadAt, end, tag, envelope);
      if (!isOurs || envelope.client !== roomOf(client) || envelope.seq < 1) {
        recorder.counters.foreign++;
        return -1;
      }
      return takeCopy(client);
    },
    endEpoch(client) {
      if (joined[client] === 1) members[roomOf(client)]--;
      joined[client] = 0;
      // What it misses from now on is known when it asks for the room again.
      return 0;
    },
    measureFanout(on) {
      measuring = on;
    },
    finish() {
      for (let client = 0; client < clients; client++) {
        recorder.counters.missing += missingOf(publisherStreams, client);
        resetStream(publisherStreams, client);
        if (knowsRoom[client] === 0) continue;
        const neverCame = Math.max(0, newest[roomOf(client)] - (roomStreams.nextExpected[client] - 1));
        counters.missing += missingOf(roomStreams, client) + neverCame;
        if (joined[client] === 1 && neverCame > 0) recorder.counters.unanswered++;
        resetStream(roomStreams, client);
      }
      finished = true;
    },
    takeDisorder: () => takeDisorder(publisherStreams),
    takeRooms() {
      const { totals } = roomStreams;
      counters.unique = totals.received - reported.received;
      counters.duplicates = totals.duplicates - reported.duplicates;
      counters.reordered = totals.reordered - reported.reordered;
      const { maxExtent, maxBufferDepth } = totals;
      const taken: RoomInterval = {
        counters,
        extremes: { maxExtent, maxBufferDepth },
        disorder: takeDisorder(roomStreams),
        violations,
        pieces: fanout.take(finished),
      };
      reported = { ...totals };
      counters = createRoomCounters();
      violations = [];
      return taken;
    },
  };

  /** The server says from which number on it sends the room to this member. */
  function enter(client: number): void {
    const room = roomOf(client);
    if (joined[client] === 0) members[room]++;
    joined[client] = 1;
    const isNew = knowsRoom[client] === 0;
    const isReset = !isNew && header.epoch !== roomEpoch[client];
    if (isNew) {
      counters.streams++;
      roomEpoch[client] = header.epoch;
      resetStream(roomStreams, client, header.seq + 1);
    } else if (isReset) {
      restart(client, header.seq + 1);
    } else {
      skip(client, header.seq - (roomStreams.nextExpected[client] - 1));
      replayUntil[client] = header.newest;
    }
    if (newestEpoch[room] === 0) newestEpoch[room] = header.epoch;
    noteNewest(room, header.newest);
    knowsRoom[client] = 1;
  }

  /** The room's numbers begin again. How many of the old ones were never seen, nobody can tell any more. */
  function restart(client: number, first: number): void {
    counters.resets++;
    counters.missing += missingOf(roomStreams, client);
    resetStream(roomStreams, client, first);
    if (newestEpoch[roomOf(client)] !== header.epoch) newest[roomOf(client)] = 0;
    newestEpoch[roomOf(client)] = header.epoch;
    roomEpoch[client] = header.epoch;
    replayUntil[client] = 0;
  }

  /** A member may read the last of the old numbers when another has had the first of the new ones. */
  function noteNewest(room: number, seq: number): void {
    if (header.epoch === newestEpoch[room]) newest[room] = Math.max(newest[room], seq);
  }

  /** So many messages are no longer to be had. They are the herd's, if one took this member away. */
  function skip(client: number, messages: number): void {
    if (messages <= 0) return;
    counters.missing += missingOf(roomStreams, client);
    if (herd.lost(client, messages)) recorder.counters.lost += messages;
    else counters.missing += messages;
    resetStream(roomStreams, client, header.seq + 1);
    forgetPublisher(client);
  }

  /** Whatever its publisher's next number is, what was missed has been counted. */
  function forgetPublisher(client: number): void {
    recorder.counters.missing += missingOf(publisherStreams, client);
    resetStream(publisherStreams, client, 1);
    heardEpoch[client] = -1;
  }

  function takeCopy(client: number): number {
    const now = nowMs();
    const { epoch, seq, intendedMs, sentMs } = envelope;
    const room = roomOf(client);
    if (header.epoch !== roomEpoch[client]) restart(client, 1);
    noteNewest(room, header.seq);
    const after = roomStreams.nextExpected[client] - 1;
    const inRoom = receive(roomStreams, client, header.seq, now);
    if (inRoom !== 'in-order') {
      const where = { client: firstClient + client, epoch: header.epoch, seq: header.seq, after };
      addViolation(violations, { kind: inRoom, ...where }, MAX_VIOLATIONS);
    }
    if (inRoom === 'duplicate') return -1;
    hear(client, epoch, seq, now);
    if (header.seq <= replayUntil[client]) {
      // Its delay is the time for which this member was away, not the server's.
      counters.recovered++;
      herd.recovered(client);
      return -1;
    }
    recorder.answered(now - intendedMs, now - sentMs);
    const key = messageOf(envelope.client, epoch, seq);
    if (measuring || fanout.isOpen(key)) fanout.deliver(key, members[room], now - intendedMs);
    return now - intendedMs;
  }

  /** The publisher's own order. A publisher that came back begins at 1; a member that came late begins where it is. */
  function hear(client: number, epoch: number, seq: number, now: number): void {
    if (heardEpoch[client] !== epoch) {
      if (hasHeard[client] === 0) recorder.counters.streams++;
      else if (heardEpoch[client] !== -1) recorder.counters.resets++;
      hasHeard[client] = 1;
      recorder.counters.missing += missingOf(publisherStreams, client);
      resetStream(publisherStreams, client, heardEpoch[client] === -1 ? seq : 1);
      heardEpoch[client] = epoch;
    }
    const after = heardSeq(client);
    const arrival = receive(publisherStreams, client, seq, now);
    if (arrival !== 'in-order')
      recorder.violation({ kind: arrival, client: firstClient + client, epoch, seq, after });
  }

  function heardSeq(client: number): number {
    return publisherStreams.nextExpected[client] - 1;
  }

  function frameOf(client: number): { frame: Buffer; payload: Buffer } {
    const known = frames.get(client);
    if (known !== undefined) return known;
    const head = publishHeader(roomName(client));
    const frame = Buffer.concat([head, codec.create(plan.sizeBytes, tag)]);
    const made = { frame, payload: frame.subarray(head.length) };
    frames.set(client, made);
    return made;
  }
}

function createRoomCounters(): RoomCounters {
  return Object.fromEntries(ROOM_COUNTERS.map((name) => [name, 0])) as RoomCounters;
}
