/**
 * Direct messages, as bytes: one header line in ASCII, and after it, where the verb has one, a payload that is passed
 * on untouched. docs/protocol.md describes them for servers and clients in other languages.
 */

import { FIN, headerBytes, OPCODE, writeHeader } from '../../wire/frame.ts';

/** Codes of `ERR`. */
export type DirectErrorCode =
  /** The message is not one of the protocol. */
  | 'bad-request'
  /** The user's name is not one. */
  | 'bad-user'
  /** Whoever sends must have said who it is. */
  | 'no-hello'
  /** The server knows as many users as it may know. */
  | 'server-full'
  /** Nobody of this name has come within the time for which its message was kept. No fault of the client. */
  | 'unknown-user'
  /** What waits for the way to that user is as much as may wait. No fault of the client. */
  | 'undelivered'
  /** The same user said hello on another connection; this one is closed. */
  | 'replaced';

/** What a client asked for. */
export type DirectRequest =
  | { verb: 'HELLO'; user: string; node: number | null }
  | { verb: 'TO'; user: string; payload: Buffer }
  /** Nothing that the protocol knows. */
  | { verb: 'BAD'; code: DirectErrorCode; text: string };

const NEWLINE = 10;

/** Longer than any valid header line. */
const MAX_HEADER_BYTES = 128;

const USER = /^[A-Za-z0-9._:-]{1,64}$/;
const NODE = /^\d{1,4}$/;

/** Reads a client's message. It never throws: what is wrong comes back as `BAD`. */
export function parseDirect(message: Buffer): DirectRequest {
  const newline = message.indexOf(NEWLINE);
  const end = newline === -1 ? message.length : newline;
  if (end > MAX_HEADER_BYTES) return bad('bad-request', 'the header line is too long');
  const [verb, user, node, ...more] = message.toString('latin1', 0, end).split(' ');
  switch (verb) {
    case 'TO':
      if (newline === -1) return bad('bad-request', 'TO needs a line end before the payload');
      if (node !== undefined) return bad('bad-request', 'TO has one user');
      return isUser(user) ? { verb, user, payload: message.subarray(newline + 1) } : badUser();
    case 'HELLO':
      if (newline !== -1 && newline !== message.length - 1) return bad('bad-request', 'HELLO has no payload');
      if (!isUser(user)) return badUser();
      if (more.length > 0 || (node !== undefined && !NODE.test(node)))
        return bad('bad-request', 'what follows the user in HELLO must be the number of a node');
      return { verb, user, node: node === undefined ? null : Number(node) };
    default:
      return bad('bad-request', 'the header must begin with HELLO or TO');
  }
}

function isUser(user: string | undefined): user is string {
  return user !== undefined && USER.test(user);
}

function badUser(): DirectRequest {
  return bad('bad-user', 'a user is 1 to 64 letters, digits, ".", "_", ":" or "-"');
}

function bad(code: DirectErrorCode, text: string): DirectRequest {
  return { verb: 'BAD', code, text };
}

/** Where the client is now: by its numbers, the region and the node in it. */
export function welcomeMessage(region: number, node: number): Buffer {
  return Buffer.from(`WELCOME ${region} ${node}`, 'latin1');
}

/** @param text for people */
export function errorMessage(code: DirectErrorCode, text: string): Buffer {
  return Buffer.from(`ERR ${code} ${text}`, 'latin1');
}

/** A message in its WebSocket frame. */
export function letterFrame(
  from: string,
  region: number,
  detours: number,
  payload: Buffer,
  isBinary: boolean,
): Buffer {
  const header = `FROM ${from} ${region} ${detours}\n`;
  const bytes = header.length + payload.length;
  const frame = Buffer.allocUnsafe(headerBytes(bytes, false) + bytes);
  const start = writeHeader(frame, FIN | (isBinary ? OPCODE.binary : OPCODE.text), bytes, null);
  frame.write(header, start, 'latin1');
  payload.copy(frame, start + header.length);
  return frame;
}
