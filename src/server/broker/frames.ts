/**
 * What a node and the embedded broker say to each other over TCP. Every frame is its length and a body; answers come
 * in the order of the requests. Numbers are little-endian, rooms are ASCII.
 *
 *     length u32 │ type u8 │ …
 *
 *     to the broker   PUBLISH   binary u8, room length u8, room, payload
 *                     FOLLOW    room
 *                     UNFOLLOW  room
 *                     HISTORY   epoch f64, after f64, room
 *     to the node     CONFIRM   published u8                            answers PUBLISH
 *                     ANSWER    open u8, epoch f64, seq f64, count u32  answers HISTORY; `count` messages follow
 *                     MESSAGE   epoch f64, seq f64, room length u8, room, frame for the members
 */

import type { RoomMessage } from './broker.ts';

export const PUBLISH = 1;
export const FOLLOW = 2;
export const UNFOLLOW = 3;
export const HISTORY = 4;
export const CONFIRM = 5;
export const ANSWER = 6;
export const MESSAGE = 7;
/** Everything that is about regions' streams: `direct/stream-frames.ts`. */
export const STREAM = 8;

const LENGTH_BYTES = 4;
const TYPE_BYTES = 1;

/** A frame whose body has the given length, type included; what follows the type is not written yet. */
function blank(type: number, bodyBytes: number): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + bodyBytes);
  frame.writeUInt32LE(bodyBytes, 0);
  frame[LENGTH_BYTES] = type;
  return frame;
}

export function publishFrame(room: string, payload: Buffer, isBinary: boolean): Buffer {
  const frame = blank(PUBLISH, 3 + room.length + payload.length);
  frame[5] = isBinary ? 1 : 0;
  frame[6] = room.length;
  frame.write(room, 7, 'latin1');
  payload.copy(frame, 7 + room.length);
  return frame;
}

/** @param body a frame's, of type PUBLISH */
export function readPublish(body: Buffer): { room: string; payload: Buffer; isBinary: boolean } {
  const start = 3 + body[2];
  return { room: body.toString('latin1', 3, start), payload: body.subarray(start), isBinary: body[1] === 1 };
}

/** @param type FOLLOW or UNFOLLOW */
export function roomFrame(type: number, room: string): Buffer {
  const frame = blank(type, TYPE_BYTES + room.length);
  frame.write(room, 5, 'latin1');
  return frame;
}

export function readRoom(body: Buffer): string {
  return body.toString('latin1', TYPE_BYTES);
}

export function historyFrame(room: string, epoch: number, after: number): Buffer {
  const frame = blank(HISTORY, 17 + room.length);
  frame.writeDoubleLE(epoch, 5);
  frame.writeDoubleLE(after, 13);
  frame.write(room, 21, 'latin1');
  return frame;
}

export function readHistory(body: Buffer): { room: string; epoch: number; after: number } {
  return { epoch: body.readDoubleLE(1), after: body.readDoubleLE(9), room: body.toString('latin1', 17) };
}

function confirmFrame(isPublished: boolean): Buffer {
  const frame = blank(CONFIRM, 2);
  frame[5] = isPublished ? 1 : 0;
  return frame;
}

/** The two answers to a publication: they say nothing else, so one of each will do. */
export const CONFIRMED = confirmFrame(true);
export const REFUSED = confirmFrame(false);

/** @param state null: the room would be one too many */
export function answerFrame(state: { epoch: number; seq: number; count: number } | null): Buffer {
  const frame = blank(ANSWER, 22);
  frame[5] = state === null ? 0 : 1;
  frame.writeDoubleLE(state?.epoch ?? 0, 6);
  frame.writeDoubleLE(state?.seq ?? 0, 14);
  frame.writeUInt32LE(state?.count ?? 0, 22);
  return frame;
}

export function readAnswer(body: Buffer): { epoch: number; seq: number; count: number } | null {
  if (body[1] === 0) return null;
  return { epoch: body.readDoubleLE(2), seq: body.readDoubleLE(10), count: body.readUInt32LE(18) };
}

export function encodeMessage(room: string, message: RoomMessage): Buffer {
  const frame = blank(MESSAGE, 18 + room.length + message.frame.length);
  frame.writeDoubleLE(message.epoch, 5);
  frame.writeDoubleLE(message.seq, 13);
  frame[21] = room.length;
  frame.write(room, 22, 'latin1');
  message.frame.copy(frame, 22 + room.length);
  return frame;
}

export function readMessageRoom(body: Buffer): string {
  return body.toString('latin1', 18, 18 + body[17]);
}

export function readMessage(body: Buffer): RoomMessage {
  return { epoch: body.readDoubleLE(1), seq: body.readDoubleLE(9), frame: body.subarray(18 + body[17]) };
}

/** The shortest body of each type; a shorter one is none of ours. */
const MIN_BODY_BYTES = [Infinity, 3, 1, 1, 17, 2, 22, 18, 2];

/**
 * Cuts a stream into the bodies of its frames.
 *
 * @param maxBodyBytes a peer that announces more does not speak this protocol
 * @param onBody the body is a part of a chunk and shares its memory
 * @param minBodyBytes the shortest body of each type; a shorter one is none of this protocol
 * @returns takes the next chunk; false if what came is no frame: the stream cannot be read any further
 */
export function createSplitter(
  maxBodyBytes: number,
  onBody: (body: Buffer) => void,
  minBodyBytes: readonly number[] = MIN_BODY_BYTES,
): (chunk: Buffer) => boolean {
  /** The beginning of a frame whose end has not come. */
  let parts: Buffer[] = [];
  let partBytes = 0;
  let neededBytes = LENGTH_BYTES;

  return (chunk) => {
    if (partBytes > 0) {
      parts.push(chunk);
      partBytes += chunk.length;
      // Joined once all has come, and not with every chunk: a large frame comes in many.
      if (partBytes < neededBytes) return true;
      chunk = Buffer.concat(parts, partBytes);
      parts = [];
      partBytes = 0;
    }
    let at = 0;
    neededBytes = LENGTH_BYTES;
    while (chunk.length - at >= LENGTH_BYTES) {
      const bodyBytes = chunk.readUInt32LE(at);
      if (bodyBytes === 0 || bodyBytes > maxBodyBytes) return false;
      if (chunk.length - at < LENGTH_BYTES + bodyBytes) {
        neededBytes = LENGTH_BYTES + bodyBytes;
        break;
      }
      const start = at + LENGTH_BYTES;
      at = start + bodyBytes;
      if (bodyBytes < (minBodyBytes[chunk[start]] ?? Infinity)) return false;
      onBody(chunk.subarray(start, at));
    }
    if (at < chunk.length) {
      parts.push(chunk.subarray(at));
      partBytes = chunk.length - at;
    }
    return true;
  };
}
