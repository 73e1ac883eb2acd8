/**
 * All rooms of docs/protocol.md, in one object. Their messages are rows of its storage, so that numbers go on and
 * history is there whatever became of the object meanwhile; who is in which room is attached to the connections.
 */

import {
  errorFrame,
  joinedFrame,
  type Position,
  parseRequest,
  type RequestErrorCode,
} from '../room-frames.ts';
import { accept, answerClose, type Environment, type HeldSocket, type ObjectState } from './runtime.ts';

/** Messages that are kept of each room. */
const KEPT_MESSAGES = 1_000;
/** Rooms of one connection: their names must find room in what can be attached to it. */
const MAX_JOINED = 16;
const MAX_ERRORS = 10;
const POLICY_VIOLATION = 1008;

interface Room {
  /** Number of the last message. */
  seq: number;
  members: Set<HeldSocket>;
}

/** What is attached to a connection. */
interface Guest {
  rooms: string[];
  errors: number;
}

export class Rooms {
  readonly #state: ObjectState;
  readonly #epoch: number;
  /** Those that somebody spoke of since the object woke. */
  readonly #rooms = new Map<string, Room>();

  constructor(state: ObjectState, { EPOCH }: Environment) {
    this.#state = state;
    this.#epoch = EPOCH;
    this.#exec(
      'CREATE TABLE IF NOT EXISTS messages (room TEXT, seq INTEGER, isBinary INTEGER, payload BLOB, PRIMARY KEY (room, seq)) WITHOUT ROWID',
    );
    for (const socket of state.getWebSockets()) {
      for (const name of guestOf(socket).rooms) this.#room(name).members.add(socket);
    }
  }

  fetch(): Response {
    return accept(this.#state);
  }

  webSocketMessage(socket: HeldSocket, message: string | ArrayBuffer): void {
    const isBinary = typeof message !== 'string';
    const request = parseRequest(typeof message === 'string' ? Buffer.from(message) : Buffer.from(message));
    switch (request.verb) {
      case 'PUB':
        this.#publish(request.room, request.payload, isBinary);
        break;
      case 'JOIN':
        this.#join(socket, request.room, request.after);
        break;
      case 'LEAVE':
        this.#leave(socket, request.room);
        break;
      case 'BAD':
        refuse(socket, request.code, request.text);
    }
  }

  webSocketClose(socket: HeldSocket, code: number, reason: string): void {
    this.#forget(socket);
    answerClose(socket, code, reason);
  }

  webSocketError(socket: HeldSocket): void {
    this.#forget(socket);
  }

  #forget(socket: HeldSocket): void {
    for (const name of guestOf(socket).rooms) this.#rooms.get(name)?.members.delete(socket);
  }

  #publish(name: string, payload: Buffer, isBinary: boolean): void {
    const room = this.#room(name);
    room.seq++;
    this.#exec('INSERT INTO messages VALUES (?, ?, ?, ?)', name, room.seq, Number(isBinary), payload);
    this.#exec('DELETE FROM messages WHERE room = ? AND seq <= ?', name, room.seq - KEPT_MESSAGES);
    const message = this.#message(name, room.seq, payload, isBinary);
    for (const member of room.members) send(member, message);
  }

  #join(socket: HeldSocket, name: string, after: Position | null): void {
    const guest = guestOf(socket);
    if (!guest.rooms.includes(name)) {
      if (guest.rooms.length >= MAX_JOINED) {
        refuse(socket, 'too-many-rooms', `a connection may be in ${MAX_JOINED} rooms`);
        return;
      }
      socket.serializeAttachment({ ...guest, rooms: [...guest.rooms, name] });
    }
    const room = this.#room(name);
    room.members.add(socket);
    const isKnown =
      after !== null && (after.epoch === null || after.epoch === this.#epoch) && after.seq <= room.seq;
    const wanted = after === null ? room.seq : isKnown ? after.seq : 0;
    const kept = this.#exec(
      'SELECT seq, isBinary, payload FROM messages WHERE room = ? AND seq > ? ORDER BY seq',
      name,
      wanted,
    );
    send(socket, String(joinedFrame(name, room.seq - kept.length, this.#epoch, room.seq)));
    for (const { seq, isBinary, payload } of kept) {
      const bytes = Buffer.from(payload as ArrayBuffer);
      send(socket, this.#message(name, Number(seq), bytes, isBinary === 1));
    }
  }

  #leave(socket: HeldSocket, name: string): void {
    const guest = guestOf(socket);
    socket.serializeAttachment({ ...guest, rooms: guest.rooms.filter((room) => room !== name) });
    this.#rooms.get(name)?.members.delete(socket);
  }

  #room(name: string): Room {
    const known = this.#rooms.get(name);
    if (known !== undefined) return known;
    const [{ last }] = this.#exec('SELECT COALESCE(MAX(seq), 0) AS last FROM messages WHERE room = ?', name);
    const room = { seq: Number(last), members: new Set<HeldSocket>() };
    this.#rooms.set(name, room);
    return room;
  }

  /** As it is sent to every member: made once. */
  #message(name: string, seq: number, payload: Buffer, isBinary: boolean): string | Buffer {
    const header = `MSG ${name} ${seq} ${this.#epoch}\n`;
    return isBinary ? Buffer.concat([Buffer.from(header), payload]) : header + payload.toString('utf8');
  }

  #exec(statement: string, ...bindings: (string | number | Buffer)[]) {
    return this.#state.storage.sql.exec(statement, ...bindings).toArray();
  }
}

function guestOf(socket: HeldSocket): Guest {
  return (socket.deserializeAttachment() as Guest | null) ?? { rooms: [], errors: 0 };
}

function refuse(socket: HeldSocket, code: RequestErrorCode, text: string): void {
  const guest = guestOf(socket);
  const errors = guest.errors + 1;
  socket.serializeAttachment({ ...guest, errors });
  send(socket, String(errorFrame(code, text)));
  if (errors >= MAX_ERRORS) socket.close(POLICY_VIOLATION, 'too many bad requests');
}

/** A connection that is closing gets nothing more. */
function send(socket: HeldSocket, message: string | Buffer): void {
  try {
    socket.send(message);
  } catch {
    // Its end is told by `webSocketClose`.
  }
}
