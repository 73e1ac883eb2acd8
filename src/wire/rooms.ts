/**
 * The client's end of the rooms of the reference protocol (docs/protocol.md): requests to be sent, and the header of
 * what is received, read without copying.
 */

/** What a server said of a room. */
export interface RoomHeader {
  kind: 'message' | 'joined' | 'skip' | 'batch' | 'other';
  /**
   * `message`: its number. `joined`: the number before that of the first message that follows. `skip`: the number of
   * the last message that was left out. `batch`: how many messages stand in it.
   */
  seq: number;
  /** Which run of the room's numbers it is; 0 where the server does not say. */
  epoch: number;
  /**
   * `joined`: the newest number of the room; messages up to it are sent again from the history. `skip`: how many
   * messages were left out, up to the last one.
   */
  newest: number;
  /** Where the payload begins in the data that was read; the message's start where it has no header. */
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
export function publishHeader(room: string, priority: 'high' | 'low' = 'high'): Buffer {
  return Buffer.from(priority === 'low' ? `PUB ${room} low\n` : `PUB ${room}\n`);
}

/** Reads the header of a received message, the bytes `start` to `end`, into `into`. */
export function readRoomHeader(data: Buffer, start: number, end: number, into: RoomHeader): void {
  into.kind = kindOf(data, start, end);
  into.payloadAt = start;
  if (into.kind === 'other') return;
  let at = indexOf(data, SPACE, start, end) + 1;
  // All but a batch have a room before their numbers.
  if (into.kind !== 'batch') at = indexOf(data, SPACE, at, end) + 1;
  at = readNumber(data, at, end, into, 'seq');
  at = readNumber(data, at, end, into, 'epoch');
  at = readNumber(data, at, end, into, 'newest');
  const newline = indexOf(data, NEWLINE, at - 1, end);
  if (newline === end && (into.kind === 'message' || into.kind === 'batch')) into.kind = 'other';
  else into.payloadAt = Math.min(end, newline + 1);
}

/** What nearly all that comes is, is asked for first. */
function kindOf(data: Buffer, start: number, end: number): RoomHeader['kind'] {
  if (startsWith(data, start, end, 'MSG ')) return 'message';
  if (startsWith(data, start, end, 'BATCH ')) return 'batch';
  if (startsWith(data, start, end, 'SKIP ')) return 'skip';
  return startsWith(data, start, end, 'JOINED ') ? 'joined' : 'other';
}

/** Where a message stands in a batch. */
export interface BatchPart {
  start: number;
  end: number;
}

/** Reads where the next message of a batch stands, of which `at` is the mark; false if there is none. */
export function readBatchPart(data: Buffer, at: number, end: number, into: BatchPart): boolean {
  let bytes = 0;
  // The mark says whether it is text or binary, which wsscale's payloads tell by themselves.
  let digit = at + 1;
  while (digit < end && data[digit] >= ZERO && data[digit] <= ZERO + 9)
    bytes = bytes * 10 + data[digit++] - ZERO;
  into.start = digit + 1;
  into.end = into.start + bytes;
  return digit < end && data[digit] === NEWLINE && into.end <= end;
}

/** Reads the digits at a place; returns the place behind them and the space that follows, if one does. */
function readNumber(
  data: Buffer,
  at: number,
  end: number,
  into: RoomHeader,
  field: 'seq' | 'epoch' | 'newest',
): number {
  let value = 0;
  while (at < end && data[at] >= ZERO && data[at] <= ZERO + 9) value = value * 10 + data[at++] - ZERO;
  into[field] = value;
  return at < end && data[at] === SPACE ? at + 1 : at;
}

/** Where the byte stands first, or `end`. */
function indexOf(data: Buffer, byte: number, start: number, end: number): number {
  let at = start;
  while (at < end && data[at] !== byte) at++;
  return at;
}

function startsWith(data: Buffer, start: number, end: number, text: string): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) if (data[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
