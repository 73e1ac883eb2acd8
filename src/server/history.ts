/**
 * The latest messages of every room, for those who come back. Two bounds hold the memory: messages of one room, and
 * bytes of all rooms. Where the second is passed, the room that has been silent the longest loses its oldest first,
 * so what is kept of a room is always its newest messages without a hole.
 */

import type { RoomMessage } from './broker/broker.ts';

export interface History {
  /** Adds the next message of a room. */
  keep(room: string, message: RoomMessage): void;
  /** What is kept of a room, the oldest first; valid until the next `keep`. */
  of(room: string): readonly RoomMessage[];
  /** Forgets all that is kept of a room. */
  forget(room: string): void;
}

/** What a message costs beside its bytes, roughly. */
const MESSAGE_BYTES = 128;

const NOTHING: readonly RoomMessage[] = [];

export function createHistory(maxMessages: number, maxBytes: number): History {
  /** In the order of their last message. */
  const rooms = new Map<string, RoomMessage[]>();
  let bytes = 0;

  function forgetOldest(messages: RoomMessage[]): void {
    bytes -= sizeOf(messages.shift()!);
  }

  return {
    keep(room, message) {
      const messages = rooms.get(room) ?? [];
      rooms.delete(room);
      rooms.set(room, messages);
      messages.push(message);
      bytes += sizeOf(message);
      if (messages.length > maxMessages) forgetOldest(messages);
      while (bytes > maxBytes) {
        const [silent, oldest] = rooms.entries().next().value!;
        forgetOldest(oldest);
        if (oldest.length === 0) rooms.delete(silent);
      }
    },
    of: (room) => rooms.get(room) ?? NOTHING,
    forget(room) {
      for (const message of rooms.get(room) ?? NOTHING) bytes -= sizeOf(message);
      rooms.delete(room);
    },
  };
}

function sizeOf(message: RoomMessage): number {
  return message.frame.length + MESSAGE_BYTES;
}
