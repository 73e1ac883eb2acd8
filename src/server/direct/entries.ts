/**
 * What nodes say to each other through their regions' streams. Each entry is one of these; numbers are little-endian,
 * names are ASCII.
 *
 *     type u8 │ …
 *
 *     LETTER     session f64, seq f64, region u8, detours u8, binary u8, lengths of the names u8 u8, names, payload
 *     TELLING    time f64, node u16, gone u8, by u16, from u16, answer u32, user
 *     KNOWN      answer u32, time f64
 *     HANDOVER   by u16, complete u8, sessions u16, each: number f64, first f64, last f64; user
 *     ASK        by u16
 */

import type { Delivered } from './inbox.ts';
import type { Whereabouts } from './registry.ts';

/** A message from one user to another. */
export interface Letter {
  session: number;
  seq: number;
  from: string;
  to: string;
  /** Where the sender was. */
  region: number;
  detours: number;
  isBinary: boolean;
  payload: Buffer;
}

export type Entry =
  | { type: 'letter'; letter: Letter }
  /** A user is where it was not. */
  | {
      type: 'telling';
      told: Whereabouts;
      /** Who tells. */
      by: number;
      /** The node that is to hand the user over; null: none. */
      from: number | null;
      /** Under which number the teller wants to know when this is known; 0: it does not. */
      answer: number;
    }
  | { type: 'known'; answer: number; atMs: number }
  /** What the node knows of a user that has left it. */
  | { type: 'handover'; by: number; user: string; delivered: Delivered }
  /** A node has begun, and asks who is where. */
  | { type: 'ask'; by: number };

const LETTER = 1;
const TELLING = 2;
const KNOWN = 3;
const HANDOVER = 4;
const ASK = 5;

const LETTER_HEAD_BYTES = 22;
const TELLING_HEAD_BYTES = 20;
const HANDOVER_HEAD_BYTES = 6;
const SESSION_BYTES = 24;
const NOBODY = 0xffff;

export function encodeEntry(entry: Entry): Buffer {
  switch (entry.type) {
    case 'letter':
      return encodeLetter(entry.letter);
    case 'telling':
      return encodeTelling(entry);
    case 'known': {
      const body = Buffer.allocUnsafe(13);
      body[0] = KNOWN;
      body.writeUInt32LE(entry.answer, 1);
      body.writeDoubleLE(entry.atMs, 5);
      return body;
    }
    case 'handover':
      return encodeHandover(entry);
    case 'ask': {
      const body = Buffer.allocUnsafe(3);
      body[0] = ASK;
      body.writeUInt16LE(entry.by, 1);
      return body;
    }
  }
}

/** Null of what is none of these. */
export function decodeEntry(body: Buffer): Entry | null {
  switch (body[0]) {
    case LETTER:
      return { type: 'letter', letter: decodeLetter(body) };
    case TELLING: {
      const from = body.readUInt16LE(14);
      return {
        type: 'telling',
        told: {
          atMs: body.readDoubleLE(1),
          node: body.readUInt16LE(9),
          isGone: body[11] === 1,
          user: body.toString('latin1', TELLING_HEAD_BYTES),
        },
        by: body.readUInt16LE(12),
        from: from === NOBODY ? null : from,
        answer: body.readUInt32LE(16),
      };
    }
    case KNOWN:
      return { type: 'known', answer: body.readUInt32LE(1), atMs: body.readDoubleLE(5) };
    case HANDOVER:
      return decodeHandover(body);
    case ASK:
      return { type: 'ask', by: body.readUInt16LE(1) };
    default:
      return null;
  }
}

function encodeLetter({ session, seq, from, to, region, detours, isBinary, payload }: Letter): Buffer {
  const body = Buffer.allocUnsafe(LETTER_HEAD_BYTES + from.length + to.length + payload.length);
  body[0] = LETTER;
  body.writeDoubleLE(session, 1);
  body.writeDoubleLE(seq, 9);
  body[17] = region;
  body[18] = detours;
  body[19] = isBinary ? 1 : 0;
  body[20] = from.length;
  body[21] = to.length;
  body.write(from + to, LETTER_HEAD_BYTES, 'latin1');
  payload.copy(body, LETTER_HEAD_BYTES + from.length + to.length);
  return body;
}

function decodeLetter(body: Buffer): Letter {
  const fromEnd = LETTER_HEAD_BYTES + body[20];
  const toEnd = fromEnd + body[21];
  return {
    session: body.readDoubleLE(1),
    seq: body.readDoubleLE(9),
    region: body[17],
    detours: body[18],
    isBinary: body[19] === 1,
    from: body.toString('latin1', LETTER_HEAD_BYTES, fromEnd),
    to: body.toString('latin1', fromEnd, toEnd),
    payload: body.subarray(toEnd),
  };
}

function encodeTelling({ told, by, from, answer }: Extract<Entry, { type: 'telling' }>): Buffer {
  const body = Buffer.allocUnsafe(TELLING_HEAD_BYTES + told.user.length);
  body[0] = TELLING;
  body.writeDoubleLE(told.atMs, 1);
  body.writeUInt16LE(told.node, 9);
  body[11] = told.isGone ? 1 : 0;
  body.writeUInt16LE(by, 12);
  body.writeUInt16LE(from ?? NOBODY, 14);
  body.writeUInt32LE(answer, 16);
  body.write(told.user, TELLING_HEAD_BYTES, 'latin1');
  return body;
}

function encodeHandover({ by, user, delivered }: Extract<Entry, { type: 'handover' }>): Buffer {
  const { isComplete, sessions } = delivered;
  const userAt = HANDOVER_HEAD_BYTES + sessions.length * SESSION_BYTES;
  const body = Buffer.allocUnsafe(userAt + user.length);
  body[0] = HANDOVER;
  body.writeUInt16LE(by, 1);
  body[3] = isComplete ? 1 : 0;
  body.writeUInt16LE(sessions.length, 4);
  let at = HANDOVER_HEAD_BYTES;
  for (const session of sessions) for (const value of session) at = body.writeDoubleLE(value, at);
  body.write(user, userAt, 'latin1');
  return body;
}

function decodeHandover(body: Buffer): Entry {
  const sessions: Delivered['sessions'] = [];
  const userAt = HANDOVER_HEAD_BYTES + body.readUInt16LE(4) * SESSION_BYTES;
  for (let at = HANDOVER_HEAD_BYTES; at < userAt; at += SESSION_BYTES) {
    sessions.push([body.readDoubleLE(at), body.readDoubleLE(at + 8), body.readDoubleLE(at + 16)]);
  }
  const delivered = { isComplete: body[3] === 1, sessions };
  return {
    type: 'handover',
    by: body.readUInt16LE(1),
    user: body.toString('latin1', userAt),
    delivered,
  };
}
