/**
 * What a node and the embedded broker say to each other about streams, in frames of the type STREAM of `broker/frames.ts`.
 * Numbers are little-endian; answers come in the order of the requests.
 *
 *     length u32 │ STREAM u8 │ verb u8 │ …
 *
 *     to the broker   APPEND     lane u16, entry
 *                     READ       lane u16                the last that asks for a lane has it
 *                     DONE       lane u16, number f64    acknowledges an entry
 *     to the node     APPENDED   0 or 1                  answers APPEND
 *                     ENTRY      number f64, entry
 */

import { STREAM } from '../broker/frames.ts';

export const APPEND = 1;
export const READ = 2;
export const DONE = 3;
export const APPENDED = 4;
export const ENTRY = 5;

const LENGTH_BYTES = 4;

/** The shortest body of each verb; a shorter one is none of ours. */
const MIN_BODY_BYTES = [Infinity, 4, 4, 12, 3, 10];

export function isStreamBody(body: Buffer): boolean {
  return body.length >= (MIN_BODY_BYTES[body[1]] ?? Infinity);
}

function blank(verb: number, bodyBytes: number): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + bodyBytes);
  frame.writeUInt32LE(bodyBytes, 0);
  frame[4] = STREAM;
  frame[5] = verb;
  return frame;
}

export function appendFrame(lane: number, entry: Buffer): Buffer {
  const frame = blank(APPEND, 4 + entry.length);
  frame.writeUInt16LE(lane, 6);
  entry.copy(frame, 8);
  return frame;
}

/** @param body of type APPEND */
export function readAppend(body: Buffer): { lane: number; entry: Buffer } {
  return { lane: body.readUInt16LE(2), entry: body.subarray(4) };
}

export function readFrame(lane: number): Buffer {
  const frame = blank(READ, 4);
  frame.writeUInt16LE(lane, 6);
  return frame;
}

/** @param body of type READ or DONE */
export function readLane(body: Buffer): number {
  return body.readUInt16LE(2);
}

export function doneFrame(lane: number, number: number): Buffer {
  const frame = blank(DONE, 12);
  frame.writeUInt16LE(lane, 6);
  frame.writeDoubleLE(number, 8);
  return frame;
}

/** @param body of type DONE */
export function readDone(body: Buffer): number {
  return body.readDoubleLE(4);
}

export function appendedFrame(isAppended: boolean): Buffer {
  const frame = blank(APPENDED, 3);
  frame[6] = isAppended ? 1 : 0;
  return frame;
}

export function entryFrame(number: number, entry: Buffer): Buffer {
  const frame = blank(ENTRY, 10 + entry.length);
  frame.writeDoubleLE(number, 6);
  entry.copy(frame, 14);
  return frame;
}

/** @param body of type ENTRY */
export function readEntry(body: Buffer): { number: number; entry: Buffer } {
  return { number: body.readDoubleLE(2), entry: body.subarray(10) };
}
