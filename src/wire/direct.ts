/**
 * The client's end of the direct messages of the reference protocol (docs/protocol.md): requests to be sent, and the
 * header of what is received, read without copying.
 */

/** What a server said. */
export interface DirectHeader {
  kind: 'message' | 'welcome' | 'other';
  /** The number at the end of the sender's name; -1 where it has none. */
  from: number;
  /** `message`: the region that it was sent from. `welcome`: the region that the client is in now. */
  region: number;
  /** `message`: how often it went to a place that its receiver had left, or had to wait for it. */
  detours: number;
  /** `welcome`: the node that took the client in. */
  node: number;
  /** Where the payload begins in the data that was read; the message's start where it has no header. */
  payloadAt: number;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const ZERO = 0x30;

/** Digits of the number at the end of a user's name: enough for every client of a swarm. */
const NUMBER_DIGITS = 8;

/** The name of a user by its number. All names of a run are equally long, so that one can be written over another. */
export function userName(tag: number, client: number): string {
  return `${tag.toString(36)}-${String(client).padStart(NUMBER_DIGITS, '0')}`;
}

/** @param node where the client was before, which knows what has been delivered to it; null: nowhere */
export function helloRequest(user: string, node: number | null): Buffer {
  return Buffer.from(node === null ? `HELLO ${user}` : `HELLO ${user} ${node}`);
}

/** What stands before a payload that is sent to a user. */
export function directHeader(user: string): Buffer {
  return Buffer.from(`TO ${user}\n`);
}

/** Writes the number of another user into a header that `directHeader` made. */
export function patchReceiver(message: Buffer, headerBytes: number, client: number): void {
  for (let at = headerBytes - 2; at >= headerBytes - 1 - NUMBER_DIGITS; at--) {
    message[at] = ZERO + (client % 10);
    client = Math.floor(client / 10);
  }
}

/** Reads the header of a received message, the bytes `start` to `end`, into `into`. */
export function readDirectHeader(data: Buffer, start: number, end: number, into: DirectHeader): void {
  const isMessage = startsWith(data, start, end, 'FROM ');
  into.kind = isMessage ? 'message' : startsWith(data, start, end, 'WELCOME ') ? 'welcome' : 'other';
  into.payloadAt = start;
  if (into.kind === 'other') return;
  let at = start + (isMessage ? 5 : 8);
  if (isMessage) at = readUser(data, at, end, into);
  at = readNumber(data, at, end, into, 'region');
  at = readNumber(data, at, end, into, isMessage ? 'detours' : 'node');
  if (!isMessage) return;
  at--;
  while (at < end && data[at] !== NEWLINE) at++;
  if (at >= end) into.kind = 'other';
  else into.payloadAt = at + 1;
}

/** The number at the end of the name; returns the place behind the space that follows the name. */
function readUser(data: Buffer, at: number, end: number, into: DirectHeader): number {
  let number = 0;
  let digits = 0;
  for (; at < end && data[at] !== SPACE && data[at] !== NEWLINE; at++) {
    const digit = data[at] - ZERO;
    const isDigit = digit >= 0 && digit <= 9;
    number = isDigit ? number * 10 + digit : 0;
    digits = isDigit ? digits + 1 : 0;
  }
  into.from = digits === NUMBER_DIGITS ? number : -1;
  return at + 1;
}

/** Reads the digits at a place; returns the place behind what follows them. */
function readNumber(
  data: Buffer,
  at: number,
  end: number,
  into: DirectHeader,
  field: 'region' | 'detours' | 'node',
): number {
  let value = 0;
  while (at < end && data[at] >= ZERO && data[at] <= ZERO + 9) value = value * 10 + data[at++] - ZERO;
  into[field] = value;
  return at + 1;
}

function startsWith(data: Buffer, start: number, end: number, text: string): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) if (data[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
