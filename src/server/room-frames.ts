/**
 * The messages of the rooms, as bytes: one header line in ASCII, and after it, where the verb has one, a payload
 * that is passed on untouched. docs/protocol.md describes them for servers and clients in other languages.
 */

import { FIN, headerBytes, OPCODE, writeHeader } from '../wire/frame.ts';

/** Codes of `ERR`. */
export type RequestErrorCode =
  /** The message is not one of the protocol. */
  | 'bad-request'
  /** The room's name is not one. */
  | 'bad-room'
  /** This connection is in as many rooms as it may be. */
  | 'too-many-rooms'
  /** The server has as many rooms as it may have. */
  | 'server-full'
  /** The broker did not confirm the message. No fault of the client. */
  | 'unpublished';

/** The last message that a client has of a room. */
export interface Position {
  seq: number;
  /** Null of a client that did not say which epoch its number is of. */
  epoch: number | null;
}

/** What a client asked for. */
export type Request =
  | { verb: 'JOIN'; room: string; after: Position | null }
  | { verb: 'LEAVE'; room: string }
  /** `payload` is what is carried of the message; see `messageFrame`. */
  | { verb: 'PUB'; room: string; payload: Buffer }
  /** Nothing that the protocol knows. */
  | { verb: 'BAD'; code: RequestErrorCode; text: string };

const NEWLINE = 10;

/** What ends the header line of a message that a slow reader can do without, or cannot, which need not be said. */
const LOW = ' low';
const HIGH = ' high';
const SPACE = 0x20;
const LAST_OF_LOW = LOW.charCodeAt(LOW.length - 1);

/** Longer than any valid header line. */
const MAX_HEADER_BYTES = 128;

const ROOM = /^[A-Za-z0-9._:-]{1,64}$/;

/** Up to 15 digits: every such number is exact. */
const NUMBER = /^\d{1,15}$/;

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
      return parsePublication(message, rest, newline);
    case 'JOIN':
    case 'LEAVE':
      if (newline !== -1 && newline !== message.length - 1)
        return bad('bad-request', `${verb} has no payload`);
      return verb === 'JOIN' ? parseJoin(rest) : ROOM.test(rest) ? { verb, room: rest } : badRoom();
    default:
      return bad('bad-request', 'the header must begin with JOIN, LEAVE or PUB');
  }
}

function parsePublication(message: Buffer, rest: string, newline: number): Request {
  const priority = rest.endsWith(LOW) ? LOW : rest.endsWith(HIGH) ? HIGH : '';
  const room = rest.slice(0, rest.length - priority.length);
  if (!ROOM.test(room)) return badRoom();
  const published = message.subarray(newline + 1);
  if (priority === LOW) return { verb: 'PUB', room, payload: message.subarray(newline - LOW.length) };
  const payload = markOf(published) === '' ? published : Buffer.concat([Buffer.from(`${HIGH}\n`), published]);
  return { verb: 'PUB', room, payload };
}

/** The mark of a priority with which a payload begins as it is carried, or none. */
function markOf(payload: Buffer): typeof LOW | typeof HIGH | '' {
  if (payload[0] !== SPACE) return '';
  const line = payload.toString('latin1', 0, HIGH.length + 1);
  if (line === `${HIGH}\n`) return HIGH;
  return line.startsWith(`${LOW}\n`) ? LOW : '';
}

function parseJoin(rest: string): Request {
  const [room, seq, epoch, ...more] = rest.split(' ');
  if (!ROOM.test(room)) return badRoom();
  if (seq === undefined) return { verb: 'JOIN', room, after: null };
  if (more.length > 0 || !NUMBER.test(seq) || (epoch !== undefined && !NUMBER.test(epoch))) {
    return bad('bad-request', 'what follows the room in JOIN must be one number, or two');
  }
  const after = { seq: Number(seq), epoch: epoch === undefined ? null : Number(epoch) };
  return { verb: 'JOIN', room, after };
}

function badRoom(): Request {
  return bad('bad-room', 'a room is 1 to 64 letters, digits, ".", "_", ":" or "-"');
}

function bad(code: RequestErrorCode, text: string): Request {
  return { verb: 'BAD', code, text };
}

/**
 * @param seq the number before that of the first message that will follow
 * @param newest the newest number of the room: messages up to it come from the history, later ones are live
 */
export function joinedFrame(room: string, seq: number, epoch: number, newest: number): Buffer {
  return Buffer.from(`JOINED ${room} ${seq} ${epoch} ${newest}`, 'latin1');
}

/**
 * A message of a room in its WebSocket frame. It goes to hundreds of members, so its frame is made once and every
 * member's socket is given the same bytes.
 *
 * @param payload as brokers carry it: as it was published, but behind ` low` and a line feed where its priority is low, and
 *   behind ` high` and a line feed where it would begin like one of these by itself
 */
export function messageFrame(
  room: string,
  seq: number,
  epoch: number,
  payload: Buffer,
  isBinary: boolean,
): Buffer {
  const mark = markOf(payload);
  const header = `MSG ${room} ${seq} ${epoch}${mark === LOW ? LOW : ''}\n`;
  const body = publishedBytes(payload);
  const bytes = header.length + body.length;
  const frame = Buffer.allocUnsafe(headerBytes(bytes, false) + bytes);
  const start = writeHeader(frame, FIN | (isBinary ? OPCODE.binary : OPCODE.text), bytes, null);
  frame.write(header, start, 'latin1');
  body.copy(frame, start + header.length);
  return frame;
}

/** What was published, of what brokers carry. */
export function publishedBytes(payload: Buffer): Buffer {
  const mark = markOf(payload);
  return mark === '' ? payload : payload.subarray(mark.length + 1);
}

/** Whether a message may be left out where its reader is slow; an epoch, which else ends the line, is a number. */
export function isLowPriority(frame: Buffer): boolean {
  return frame[frame.indexOf(NEWLINE, messageStart(frame)) - 1] === LAST_OF_LOW;
}

/**
 * Messages in one WebSocket frame, which is binary whatever they are: each has its kind and its length before it.
 * @param frames as `messageFrame` makes them
 */
export function batchFrame(frames: readonly Buffer[]): Buffer {
  const header = `BATCH ${frames.length}\n`;
  const marks = frames.map((frame) => {
    const kind = (frame[0] & 0x0f) === OPCODE.binary ? 'b' : 't';
    return `${kind}${frame.length - messageStart(frame)}\n`;
  });
  const bytes = frames.reduce(
    (sum, frame, i) => sum + marks[i].length + frame.length - messageStart(frame),
    header.length,
  );
  const batch = Buffer.allocUnsafe(headerBytes(bytes, false) + bytes);
  let at = writeHeader(batch, FIN | OPCODE.binary, bytes, null);
  at += batch.write(header, at, 'latin1');
  frames.forEach((frame, i) => {
    at += batch.write(marks[i], at, 'latin1');
    at += frame.copy(batch, at, messageStart(frame));
  });
  return batch;
}

/** Tells a member of messages that were left out, `count` of them up to the number `last`. */
export function skipFrame(room: string, last: number, epoch: number, count: number): Buffer {
  return Buffer.from(`SKIP ${room} ${last} ${epoch} ${count}`, 'latin1');
}

/** Where the message begins in a frame that `messageFrame` made. */
export function messageStart(frame: Buffer): number {
  return frame[1] < 126 ? 2 : frame[1] === 126 ? 4 : 10;
}

/** @param text for people */
export function errorFrame(code: RequestErrorCode, text: string): Buffer {
  return Buffer.from(`ERR ${code} ${text}`, 'latin1');
}
