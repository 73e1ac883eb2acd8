/**
 * The messages of the rooms, as bytes: one header line in ASCII, and after it, where the verb has one, a payload
 * that is passed on untouched. docs/protocol.md describes them for servers and clients in other languages.
 */

/** Codes of `ERR`. */
export type RequestErrorCode =
  /** The message is not one of the protocol. */
  | 'bad-request'
  /** The room's name is not one. */
  | 'bad-room'
  /** This connection is in as many rooms as it may be. */
  | 'too-many-rooms'
  /** The server has as many rooms as it may have. */
  | 'server-full';

/** What a client asked for. */
export type Request =
  /** `after`: the last number that the client has of the room; null: only what is new. */
  | { verb: 'JOIN'; room: string; after: number | null }
  | { verb: 'LEAVE'; room: string }
  | { verb: 'PUB'; room: string; payload: Buffer }
  /** Nothing that the protocol knows. */
  | { verb: 'BAD'; code: RequestErrorCode; text: string };

const NEWLINE = 10;

/** Longer than any valid header line. */
const MAX_HEADER_BYTES = 128;

const ROOM = /^[A-Za-z0-9._:-]{1,64}$/;

/** Up to 15 digits: every such number is exact. */
const SEQUENCE = /^\d{1,15}$/;

/** Reads a client's message. It never throws: what is wrong comes back as `BAD`. */
export function parseRequest(message: Buffer): Request {
  const newline = message.indexOf(NEWLINE);
  const end = newline === -1 ? message.length : newline;
  if (end > MAX_HEADER_BYTES) return bad('bad-request', 'the header line is too long');
  const header = message.toString('latin1', 0, end);
  const space = header.indexOf(' ');
  const verb = header.slice(0, space === -1 ? end : space);
  const rest = header.slice(verb.length + 1);
  switch (verb) {
    case 'PUB':
      if (newline === -1) return bad('bad-request', 'PUB needs a line end before the payload');
      return ROOM.test(rest) ? { verb, room: rest, payload: message.subarray(newline + 1) } : badRoom();
    case 'JOIN':
    case 'LEAVE':
      if (newline !== -1 && newline !== message.length - 1)
        return bad('bad-request', `${verb} has no payload`);
      return verb === 'JOIN' ? parseJoin(rest) : ROOM.test(rest) ? { verb, room: rest } : badRoom();
    default:
      return bad('bad-request', 'the header must begin with JOIN, LEAVE or PUB');
  }
}

function parseJoin(rest: string): Request {
  const [room, after, ...more] = rest.split(' ');
  if (!ROOM.test(room)) return badRoom();
  if (after === undefined) return { verb: 'JOIN', room, after: null };
  if (more.length > 0 || !SEQUENCE.test(after)) {
    return bad('bad-request', 'what follows the room in JOIN must be one number');
  }
  return { verb: 'JOIN', room, after: Number(after) };
}

function badRoom(): Request {
  return bad('bad-room', 'a room is 1 to 64 letters, digits, ".", "_", ":" or "-"');
}

function bad(code: RequestErrorCode, text: string): Request {
  return { verb: 'BAD', code, text };
}

/** @param seq the number before that of the first message that will follow */
export function joinedFrame(room: string, seq: number): Buffer {
  return Buffer.from(`JOINED ${room} ${seq}`, 'latin1');
}

export function messageFrame(room: string, seq: number, payload: Buffer): Buffer {
  const header = `MSG ${room} ${seq}\n`;
  const frame = Buffer.allocUnsafe(header.length + payload.length);
  frame.write(header, 'latin1');
  payload.copy(frame, header.length);
  return frame;
}

export function errorFrame(code: RequestErrorCode, text: string): Buffer {
  return Buffer.from(`ERR ${code} ${text}`, 'latin1');
}
