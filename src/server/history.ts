/**
 * The latest messages of every room, for those who come back. Two bounds hold the memory: messages of one room, and
 * bytes of all rooms. Where the second is passed, the room that has been silent the longest loses its oldest first,
 * so what is kept of a room is always its newest messages without a hole.
 */

/** A message as it is sent to the members of its room. */
interface Entry {
  frame: Buffer;
  isBinary: boolean;
}

export interface History {
  /** Adds the next message of a room. */
  keep(room: string, entry: Entry): void;
  /** What is kept of a room, the oldest first; valid until the next `keep`. */
  of(room: string): readonly Entry[];
}

/** What an entry costs beside its bytes, roughly. */
const ENTRY_BYTES = 128;

const NOTHING: readonly Entry[] = [];

export function createHistory(maxMessages: number, maxBytes: number): History {
  /** In the order of their last message. */
  const rooms = new Map<string, Entry[]>();
  let bytes = 0;

  function forgetOldest(entries: Entry[]): void {
    bytes -= sizeOf(entries.shift()!);
  }

  return {
    keep(room, entry) {
      const entries = rooms.get(room) ?? [];
      rooms.delete(room);
      rooms.set(room, entries);
      entries.push(entry);
      bytes += sizeOf(entry);
      if (entries.length > maxMessages) forgetOldest(entries);
      while (bytes > maxBytes) {
        const [silent, oldest] = rooms.entries().next().value!;
        forgetOldest(oldest);
        if (oldest.length === 0) rooms.delete(silent);
      }
    },
    of: (room) => rooms.get(room) ?? NOTHING,
  };
}

function sizeOf(entry: Entry): number {
  return entry.frame.length + ENTRY_BYTES;
}
