/**
 * Broadcast: each client is a member of one room, and the first member of each room publishes. Every copy that a
 * member receives is held against two orders: the publisher's, by the envelope, and the room's, by the number that the
 * server gave it. A member that comes back asks for the room from its last number on, so its streams go on.
 *
 * What a server left out for a slow reader, and said so, is neither missing nor received. What it sent to others than
 * the room's members is counted, and nothing else.
 */

import { takeDisorder } from '../stats/disorder-counts.ts';
import { createStreams, missingOf, passOver, receive, resetStream } from '../stats/ordering.ts';
import { type Envelope, EPOCH_LIMIT, envelopes } from '../wire/envelope.ts';
import {
  type BatchPart,
  joinRequest,
  publishHeader,
  type RoomHeader,
  readBatchPart,
  readRoomHeader,
} from '../wire/rooms.ts';
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
  const { clients, firstClient, plan, tag, recorder, nowMs, herd, slowReaders } = options;
  const { rooms, lowPriorityRatio } = plan;
  const isForEveryone = options.audience === 'everyone';
  const codec = envelopes[plan.payload];
  const binary = plan.payload === 'binary';
  const envelope: Envelope = { client: 0, epoch: 0, seq: 0, intendedMs: 0, sentMs: 0 };
  const header: RoomHeader = { kind: 'other', seq: 0, epoch: 0, newest: 0, payloadAt: 0 };
  const part: BatchPart = { start: 0, end: 0 };
  const roomOf = (client: number) => (firstClient + client) % rooms;
  const roomName = (client: number) => `${tag.toString(36)}-${roomOf(client)}`;

  /** By member: its publisher's messages, and its room's. */
  const publisherStreams = createStreams(clients);
  const roomStreams = createStreams(clients);
  /** Epoch of the publisher that the member heard last; -1 before the first message, and after a hole. */
  const heardEpoch = new Int32Array(clients).fill(-1);
  const hasHeard = new Uint8Array(clients);
  /** Something was left out since the member heard its publisher. */
  const hasSkipped = new Uint8Array(clients);
  const roomEpoch = new Float64Array(clients);
  const knowsRoom = new Uint8Array(clients);
  const joined = new Uint8Array(clients);
  /** Up to this number the room's messages come from its history. */
  const replayUntil = new Float64Array(clients);
  /** Those that read: what others get late is their own doing, and would be the room's fan-out. */
  const members = new Uint32Array(rooms);
  const newest = new Float64Array(rooms);
  const newestEpoch = new Float64Array(rooms);
  /** What each publisher of this worker sends: a header that stays, and a payload that is patched. */
  const frames = { high: new Map<number, PublishedFrame>(), low: new Map<number, PublishedFrame>() };
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
        // A slow reader that was closed comes back for what it missed.
        if (joined[client] === 0 && !(isSlow(client) && knowsRoom[client] === 1)) continue;
        // A publisher hears itself, which tells that the room has its messages.
        outstanding += Math.max(0, sent[client] - heardSeq(client));
        outstanding += newest[roomOf(client)] - (roomStreams.nextExpected[client] - 1);
        // What was jumped over may still come late.
        outstanding += missingOf(roomStreams, client);
      }
      return outstanding;
    },
    get owed() {
      return this.outstanding;
    },
    begin() {},
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
      const seq = ++sent[client];
      const { frame, payload } = frameOf(client, isLow(seq) ? 'low' : 'high');
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
      if (header.kind === 'batch') return takeBatch(client, data, end);
      if (header.kind === 'message') counters.frames++;
      return take(client, data, end);
    },
    endEpoch(client) {
      if (joined[client] === 1 && !isSlow(client)) members[roomOf(client)]--;
      joined[client] = 0;
      // What it misses from now on is known when it asks for the room again.
      return 0;
    },
    measureFanout(on) {
      measuring = on;
    },
    blame() {},
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
    takeRoutes: () => null,
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

  /** Reads messages that came in one frame, the last of which is answered to whoever called. */
  function takeBatch(client: number, data: Buffer, end: number): number {
    counters.frames++;
    let at = header.payloadAt;
    let responseMs = -1;
    for (let left = header.seq; left > 0; left--) {
      if (!readBatchPart(data, at, end, part)) {
        recorder.counters.foreign++;
        break;
      }
      at = part.end;
      if (responseMs >= 0) herd.answered(client, responseMs);
      readRoomHeader(data, part.start, at, header);
      responseMs = take(client, data, at);
    }
    return responseMs;
  }

  /** Takes a message whose header was read, and which ends at `end`; returns its response time, or -1. */
  function take(client: number, data: Buffer, end: number): number {
    if (header.kind === 'joined') {
      enter(client);
      return -1;
    }
    if (header.kind === 'skip') {
      takeSkip(client);
      return -1;
    }
    recorder.counters.receivedBytes += end - header.payloadAt;
    const isOurs = header.kind === 'message' && codec.read(data, header.payloadAt, end, tag, envelope);
    const isOfRoom = envelope.client === roomOf(client);
    if (isOurs && !isOfRoom && isForEveryone) {
      counters.unwanted++;
      counters.unwantedBytes += end - header.payloadAt;
      return -1;
    }
    recorder.counters.received++;
    if (!isOurs || !isOfRoom || envelope.seq < 1) {
      recorder.counters.foreign++;
      return -1;
    }
    return takeCopy(client);
  }

  /** The server has left out messages of low priority, since too much was waiting for this member. */
  function takeSkip(client: number): void {
    const { seq, newest: count } = header;
    const now = nowMs();
    if (header.epoch !== roomEpoch[client]) restart(client, 1);
    noteNewest(roomOf(client), seq);
    const skipped = passOver(roomStreams, client, seq - count + 1, seq, now);
    counters.skipped += skipped;
    hasSkipped[client] = 1;
    if (heardEpoch[client] === -1) return;
    // All that is published in a room is its publisher's.
    const next = publisherStreams.nextExpected[client];
    passOver(publisherStreams, client, next, next + skipped - 1, now);
  }

  /** The server says from which number on it sends the room to this member. */
  function enter(client: number): void {
    const room = roomOf(client);
    if (joined[client] === 0 && !isSlow(client)) members[room]++;
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
    if (isSlow(client)) return -1;
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
      const isFirstKnown = heardEpoch[client] !== -1 && hasSkipped[client] === 0;
      resetStream(publisherStreams, client, isFirstKnown ? 1 : seq);
      heardEpoch[client] = epoch;
    }
    hasSkipped[client] = 0;
    const after = heardSeq(client);
    const arrival = receive(publisherStreams, client, seq, now);
    if (arrival !== 'in-order')
      recorder.violation({ kind: arrival, client: firstClient + client, epoch, seq, after });
  }

  function heardSeq(client: number): number {
    return publisherStreams.nextExpected[client] - 1;
  }

  function isSlow(client: number): boolean {
    return slowReaders !== null && slowReaders[client] === 1;
  }

  /** Messages of low priority are spread evenly over all of a publisher's. */
  function isLow(seq: number): boolean {
    return Math.floor(seq * lowPriorityRatio) > Math.floor((seq - 1) * lowPriorityRatio);
  }

  function frameOf(client: number, priority: 'high' | 'low'): PublishedFrame {
    const known = frames[priority].get(client);
    if (known !== undefined) return known;
    const head = publishHeader(roomName(client), priority);
    const frame = Buffer.concat([head, codec.create(plan.sizeBytes, tag)]);
    const made = { frame, payload: frame.subarray(head.length) };
    frames[priority].set(client, made);
    return made;
  }
}

interface PublishedFrame {
  frame: Buffer;
  /** The part of it that is patched. */
  payload: Buffer;
}

function createRoomCounters(): RoomCounters {
  return Object.fromEntries(ROOM_COUNTERS.map((name) => [name, 0])) as RoomCounters;
}
