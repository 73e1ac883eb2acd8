/**
 * The rooms themselves, in the memory of one process: their numbers and their latest messages. A local broker has
 * one for its node, a broker process one for all nodes.
 */

import { createHistory } from '../history.ts';
import type { StoreLimits } from '../options.ts';
import { messageFrame } from '../room-frames.ts';
import type { RoomMessage, RoomState } from './broker.ts';

export interface Store {
  /** The room, begun if it is new; null where it would be one too many. Later messages do not change it. */
  open(room: string): RoomState | null;
  /** Gives a message its number and keeps it; null where its room would be one too many. */
  append(room: string, payload: Buffer, isBinary: boolean): RoomMessage | null;
}

/** @param epoch of all rooms when they begin: it is another one when a process begins with an empty store */
export function createStore(limits: StoreLimits, epoch: number): Store {
  /** The number of each room's last message. */
  const rooms = new Map<string, number>();
  /** Of the rooms that were numbered anew: in which epoch they are. */
  const laterEpochs = new Map<string, number>();
  const { resetAfterMessages = Number.POSITIVE_INFINITY } = limits;
  const history = createHistory(limits.historyMessages, limits.historyBytes);

  function lastOf(room: string): number | null {
    const seq = rooms.get(room);
    if (seq !== undefined) return seq;
    if (rooms.size >= limits.rooms) return null;
    rooms.set(room, 0);
    return 0;
  }

  function epochOf(room: string): number {
    return laterEpochs.get(room) ?? epoch;
  }

  /** What a store does that forgets a room. */
  function begin(room: string): number {
    laterEpochs.set(room, epochOf(room) + 1);
    history.forget(room);
    return 0;
  }

  return {
    open(room) {
      const seq = lastOf(room);
      return seq === null ? null : { epoch: epochOf(room), seq, kept: history.of(room) };
    },
    append(room, payload, isBinary) {
      const last = lastOf(room);
      if (last === null) return null;
      const seq = (last >= resetAfterMessages ? begin(room) : last) + 1;
      rooms.set(room, seq);
      const roomEpoch = epochOf(room);
      const frame = messageFrame(room, seq, roomEpoch, payload, isBinary);
      const message = { epoch: roomEpoch, seq, frame };
      history.keep(room, message);
      return message;
    },
  };
}
