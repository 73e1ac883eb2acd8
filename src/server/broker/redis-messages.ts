/**
 * Rooms and messages as they stand in Redis; see `redis-scripts.ts`.
 */

import { messageFrame } from '../room-frames.ts';
import type { RoomMessage, RoomState } from './broker.ts';

const NEWLINE = 10;
const CLOSING_BRACE = 0x7d;

/** The keys of a room, and its channel. The braces keep them together in a cluster. */
export function roomKeys(prefix: string, room: string): { head: string; kept: string; channel: string } {
  const channel = `${prefix}:{${room}}`;
  return { head: `${channel}:head`, kept: `${channel}:kept`, channel };
}

/** The room of a channel or of a key: what stands in the braces. */
export function readRoom(prefix: string, name: Buffer): string {
  const start = Buffer.byteLength(prefix) + 2;
  return name.toString('latin1', start, name.indexOf(CLOSING_BRACE, start));
}

/** A message, with the frame for its members made. */
export function readPublished(room: string, body: Buffer): RoomMessage {
  const newline = body.indexOf(NEWLINE);
  const [epochText, seqText, isBinary] = body.toString('latin1', 0, newline).split(' ');
  const epoch = Number(epochText);
  const seq = Number(seqText);
  return { epoch, seq, frame: messageFrame(room, seq, epoch, body.subarray(newline + 1), isBinary === '1') };
}

export function readHistoryReply(room: string, [epoch, seq, ...messages]: readonly Buffer[]): RoomState {
  return {
    epoch: Number(epoch.toString('latin1')),
    seq: Number(seq.toString('latin1')),
    kept: messages.map((body) => readPublished(room, body)),
  };
}
