/**
 * The rooms of docs/protocol.md behind a GRIP proxy. The proxy knows who is subscribed to what, and here is what
 * numbers the messages and keeps the latest of them.
 *
 * An answer and what is published reach a client on different ways, and nothing tells when a subscription holds. So a
 * room is still while somebody enters:
 *
 *     JOIN   from the client: hold the room's messages, and wait until the proxy has taken all earlier ones
 *     JOINED to the client, what is kept, and two subscriptions: to the room, and to a channel of this round
 *     ping   through that channel, again and again
 *     pong   from the client: the subscriptions hold; when all have answered, what was held is numbered and published
 *
 * Whoever comes meanwhile enters with the next round, together with all others, so that waiting does not add up.
 */

import type { Clock } from '../../base/clock.ts';
import { OPCODE } from '../../wire/frame.ts';
import type { RoomMessage } from '../broker/broker.ts';
import { createStore } from '../broker/store.ts';
import type { Counts } from '../counts.ts';
import type { RoomLimits } from '../options.ts';
import {
  errorFrame,
  joinedFrame,
  messageStart,
  type Position,
  parseRequest,
  type RequestErrorCode,
} from '../room-frames.ts';
import type { WebSocketEvent } from './events.ts';
import type { Publisher } from './publisher.ts';

/** A ping that comes before its subscription is lost, and nobody tells. */
const PING_EVERY_MS = 5;
/** Clients that have not answered by then are not waited for: their room goes on. */
const ROUND_TIMEOUT_MS = 1_000;

/** The proxy takes answers of up to a million bytes. */
const MAX_REPLAY_BYTES = 500_000;

const POLICY_VIOLATION = 1008;

interface Room {
  name: string;
  entering: Entrance[];
  isStill: boolean;
  /** Published while it was still. */
  held: { payload: Buffer; isBinary: boolean }[];
}

interface Entrance {
  connection: string;
  after: Position | null;
  answer: (events: WebSocketEvent[]) => void;
}

/** Those who enter a room together, until each has answered the ping. */
interface Round {
  unheard: Set<string>;
  over: () => void;
}

/** What is kept of a connection that has said something. */
interface Guest {
  rooms: Set<string>;
  errors: number;
}

/** Answers what a connection said. */
export type Answer = (connection: string, events: readonly WebSocketEvent[]) => Promise<WebSocketEvent[]>;

export function createGripRooms(
  limits: RoomLimits,
  counts: Counts,
  publisher: Publisher,
  clock: Clock,
): Answer {
  const store = createStore(limits, clock.wallTime().getTime());
  const rooms = new Map<string, Room>();
  const guests = new Map<string, Guest>();
  const rounds = new Map<string, Round>();
  let lastRound = 0;

  function answerTo(connection: string, { type, content }: WebSocketEvent): Promise<WebSocketEvent[]> {
    switch (type) {
      case 'OPEN':
        return Promise.resolve([{ type, content: null }]);
      case 'TEXT':
      case 'BINARY':
        counts.received++;
        return follow(connection, content ?? Buffer.alloc(0), type === 'BINARY');
      case 'PING':
        return Promise.resolve([{ type: 'PONG', content }]);
      case 'PONG': {
        const id = String(content);
        hear(rounds.get(id), connection);
        return Promise.resolve([control({ type: 'unsubscribe', channel: roundChannel(id) })]);
      }
      case 'CLOSE':
      case 'DISCONNECT':
        guests.delete(connection);
        for (const round of rounds.values()) hear(round, connection);
        return Promise.resolve(type === 'CLOSE' ? [{ type, content }] : []);
    }
  }

  function hear(round: Round | undefined, connection: string): void {
    round?.unheard.delete(connection);
    if (round?.unheard.size === 0) round.over();
  }

  async function follow(connection: string, data: Buffer, isBinary: boolean): Promise<WebSocketEvent[]> {
    const request = parseRequest(data);
    switch (request.verb) {
      case 'PUB':
        return publish(connection, request.room, request.payload, isBinary);
      case 'JOIN':
        return join(connection, request.room, request.after);
      case 'LEAVE':
        if (!guestOf(connection).rooms.delete(request.room)) return [];
        return [control({ type: 'unsubscribe', channel: roomChannel(request.room) })];
      case 'BAD':
        return refuse(connection, request.code, request.text);
    }
  }

  function publish(connection: string, name: string, payload: Buffer, isBinary: boolean): WebSocketEvent[] {
    const room = roomOf(name);
    if (room === null) {
      counts.rooms.unpublished++;
      return refuseFull(connection);
    }
    // The body of the request, of which it is a part, is not kept.
    if (room.isStill) room.held.push({ payload: Buffer.from(payload), isBinary });
    else append(room, payload, isBinary);
    return [];
  }

  function append({ name }: Room, payload: Buffer, isBinary: boolean): void {
    const { frame } = store.append(name, payload, isBinary) as RoomMessage;
    counts.rooms.published++;
    publisher.publish({
      kind: 'message',
      channel: roomChannel(name),
      message: frame.subarray(messageStart(frame)),
      isBinary,
    });
  }

  async function join(connection: string, name: string, after: Position | null): Promise<WebSocketEvent[]> {
    const guest = guestOf(connection);
    if (!guest.rooms.has(name) && guest.rooms.size >= limits.joined) {
      return refuse(connection, 'too-many-rooms', `a connection may be in ${limits.joined} rooms`);
    }
    const room = roomOf(name);
    if (room === null) return refuseFull(connection);
    guest.rooms.add(name);
    const answered = new Promise<WebSocketEvent[]>((answer) => {
      room.entering.push({ connection, after, answer });
    });
    if (!room.isStill) void letIn(room);
    return answered;
  }

  /** Round after round, until nobody waits. */
  async function letIn(room: Room): Promise<void> {
    room.isStill = true;
    while (room.entering.length > 0) {
      await publisher.flushed();
      const entering = room.entering.splice(0);
      const id = String(++lastRound);
      for (const entrance of entering)
        entrance.answer([
          ...enter(room.name, entrance),
          control({ type: 'subscribe', channel: roundChannel(id) }),
        ]);
      await heardOf(id, new Set(entering.map(({ connection }) => connection)));
      for (const { payload, isBinary } of room.held.splice(0)) append(room, payload, isBinary);
    }
    room.isStill = false;
  }

  /** Resolves when all of them have answered a ping or have ended, or it takes too long. */
  function heardOf(id: string, unheard: Set<string>): Promise<void> {
    const giveUpAtMs = clock.nowMs() + ROUND_TIMEOUT_MS;
    return new Promise((resolve) => {
      const over = () => {
        clearInterval(timer);
        rounds.delete(id);
        resolve();
      };
      const timer = setInterval(() => {
        if (clock.nowMs() > giveUpAtMs) over();
        else publisher.publish({ kind: 'ping', channel: roundChannel(id), content: id });
      }, PING_EVERY_MS);
      rounds.set(id, { unheard, over });
    });
  }

  function enter(name: string, { after }: Entrance): WebSocketEvent[] {
    const { epoch, seq, kept } = store.open(name) ?? { epoch: 0, seq: 0, kept: [] };
    const isKnown = after !== null && (after.epoch === null || after.epoch === epoch) && after.seq <= seq;
    const wanted = after === null ? seq : isKnown ? after.seq : 0;
    const replay = lastThatFit(kept.slice(Math.max(0, kept.length - (seq - wanted))));
    const from = seq - replay.length;
    if (after !== null) {
      counts.rooms.replayed += replay.length;
      counts.rooms.notReplayed += from - wanted;
    }
    return [
      text(joinedFrame(name, from, epoch, seq)),
      ...replay.map(({ frame }) => message(frame.subarray(messageStart(frame)), isBinaryFrame(frame))),
      control({ type: 'subscribe', channel: roomChannel(name) }),
    ];
  }

  function roomOf(name: string): Room | null {
    const known = rooms.get(name);
    if (known !== undefined) return known;
    if (store.open(name) === null) return null;
    const room = { name, entering: [], isStill: false, held: [] };
    rooms.set(name, room);
    return room;
  }

  function guestOf(connection: string): Guest {
    const known = guests.get(connection);
    if (known !== undefined) return known;
    const guest = { rooms: new Set<string>(), errors: 0 };
    guests.set(connection, guest);
    return guest;
  }

  function refuseFull(connection: string): WebSocketEvent[] {
    return refuse(connection, 'server-full', `there are ${limits.rooms} rooms already`);
  }

  function refuse(connection: string, code: RequestErrorCode, why: string): WebSocketEvent[] {
    const isOver = ++guestOf(connection).errors >= limits.errors;
    return [text(errorFrame(code, why)), ...(isOver ? [closing()] : [])];
  }

  return async (connection, events) => {
    const answers: WebSocketEvent[] = [];
    for (const event of events) answers.push(...(await answerTo(connection, event)));
    counts.sent += answers.filter(({ type }) => type === 'TEXT' || type === 'BINARY').length;
    return answers;
  };
}

/** Those of the newest that one answer has room for. */
function lastThatFit(messages: readonly RoomMessage[]): readonly RoomMessage[] {
  let bytes = 0;
  let first = messages.length;
  while (first > 0 && bytes + messages[first - 1].frame.length <= MAX_REPLAY_BYTES) {
    bytes += messages[--first].frame.length;
  }
  return messages.slice(first);
}

function roomChannel(name: string): string {
  return `room-${name}`;
}

function roundChannel(id: string): string {
  return `round-${id}`;
}

function isBinaryFrame(frame: Buffer): boolean {
  return (frame[0] & 0x0f) === OPCODE.binary;
}

/** For the client: the proxy takes the prefix away. */
function message(data: Buffer, isBinary: boolean): WebSocketEvent {
  return { type: isBinary ? 'BINARY' : 'TEXT', content: Buffer.concat([FOR_CLIENT, data]) };
}

function text(data: Buffer): WebSocketEvent {
  return message(data, false);
}

/** For the proxy. */
function control(instruction: { type: 'subscribe' | 'unsubscribe'; channel: string }): WebSocketEvent {
  return { type: 'TEXT', content: Buffer.from(`c:${JSON.stringify(instruction)}`) };
}

function closing(): WebSocketEvent {
  const content = Buffer.from('..too many bad requests');
  content.writeUInt16BE(POLICY_VIOLATION, 0);
  return { type: 'CLOSE', content };
}

const FOR_CLIENT = Buffer.from('m:');
