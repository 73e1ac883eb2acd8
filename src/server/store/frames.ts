/**
 * What a node and the process of the embedded store say to each other over TCP, in frames as the broker's are. Answers
 * come in the order of the groups.
 *
 *     length u32 │ type u8 │ …
 *
 *     to the store    GROUP        messages, as the engine writes its own values
 *     to the node     STORED       all of a group are durable
 *                     NOT_STORED   none is
 */

import { deserialize, serialize } from 'node:v8';
import type { StoredMessage } from './store.ts';

type Row = [id: string, room: string, payload: Buffer, atMs: number];

const GROUP = 1;
const STORED = 2;
const NOT_STORED = 3;

/** The shortest body of each type. */
export const MIN_BODY_BYTES = [Infinity, 2, 1, 1];

const LENGTH_BYTES = 4;
const TYPE_BYTES = 1;

export function groupFrame(messages: readonly StoredMessage[]): Buffer {
  const rows = messages.map(({ id, room, payload, atMs }): Row => [id, room, payload, atMs]);
  return frameOf(GROUP, serialize(rows));
}

/** @param body a frame's, without its length */
export function readGroup(body: Buffer): StoredMessage[] {
  return (deserialize(body.subarray(TYPE_BYTES)) as Row[]).map(([id, room, payload, atMs]) => ({
    id,
    room,
    payload,
    atMs,
  }));
}

export function answerFrame(isStored: boolean): Buffer {
  return frameOf(isStored ? STORED : NOT_STORED, Buffer.alloc(0));
}

/** @param body a frame's, without its length */
export function readAnswer(body: Buffer): boolean {
  return body[0] === STORED;
}

function frameOf(type: number, rest: Buffer): Buffer {
  const head = Buffer.allocUnsafe(LENGTH_BYTES + TYPE_BYTES);
  head.writeUInt32LE(TYPE_BYTES + rest.length);
  head[LENGTH_BYTES] = type;
  return Buffer.concat([head, rest]);
}
