/**
 * The client's end of the rooms of the reference protocol (docs/protocol.md): requests to be sent, and the header of
 * what is received, read without copying.
 */

/** What a server said of a room. */
export interface RoomHeader {
  kind: 'message' | 'joined' | 'other';
  /** `message`: its number. `joined`: the number before that of the first message that follows. */
  seq: number;
  /** Which run of the room's numbers it is; 0 where the server does not say. */
  epoch: number;
  /** `joined`: the newest number of the room; messages up to it are sent again from the history. */
  newest: number;
  /** Where the payload begins. */
  payloadAt: number;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const ZERO = 0x30;

/** `JOIN <room>`, or, to go on from a number, `JOIN <room> <after> <epoch>`. */
export function joinRequest(room: string, after: { seq: number; epoch: number } | null): Buffer {
  return Buffer.from(after === null ? `JOIN ${room}` : `JOIN ${room} ${after.seq} ${after.epoch}`);
}

/** What stands before a payload that is published. */
export function publishHeader(room: string): Buffer {
  return Buffer.from(`PUB ${room}\n`);
}

/** Reads the header of a received message into `into`. */
export function readRoomHeader(message: Buffer, into: RoomHeader): void {
  const isMessage = startsWith(message, 'MSG ');
  into.kind = isMessage ? 'message' : startsWith(message, 'JOINED ') ? 'joined' : 'other';
  if (into.kind === 'other') return;
  let at = message.indexOf(SPACE, isMessage ? 4 : 7) + 1;
  at = readNumber(message, at, into, 'seq');
  at = readNumber(message, at, into, 'epoch');
  at = readNumber(message, at, into, 'newest');
  const end = message.indexOf(NEWLINE, at - 1);
  into.payloadAt = end < 0 ? message.length : end + 1;
  if (isMessage && end < 0) into.kind = 'other';
}

/** Reads the digits at a place; returns the place behind them and the space that follows, if one does. */
function readNumber(
  message: Buffer,
  at: number,
  into: RoomHeader,
  field: 'seq' | 'epoch' | 'newest',
): number {
  let value = 0;
  while (at < message.length && message[at] >= ZERO && message[at] <= ZERO + 9)
    value = value * 10 + message[at++] - ZERO;
  into[field] = value;
  return message[at] === SPACE ? at + 1 : at;
}

function startsWith(message: Buffer, text: string): boolean {
  if (message.length < text.length) return false;
  for (let i = 0; i < text.length; i++) if (message[i] !== text.charCodeAt(i)) return false;
  return true;
}
