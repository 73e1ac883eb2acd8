/**
 * A room is a stream, which each node reads by itself. One request waits for the streams of all rooms at once, from the
 * place in each that was read last, so nothing comes between two requests. A request that waits does not know of rooms
 * that are followed after it was made: it is broken off, and made again.
 */

import type { Inlet, InletParts } from './redis-inlet.ts';
import { readPublished, readRoom, roomKeys } from './redis-messages.ts';

/** Messages of one stream that one answer has at the most. */
const MOST_AT_ONCE = 1_000;

/** Of each stream that has something new, its key and its entries, an entry being its place and its one field. */
type Answer = [key: Buffer, entries: [place: Buffer, field: Buffer[]][]][] | null;

export function createStreamInlet(parts: InletParts): Inlet {
  const { messages, commands, prefix, headOf, onMessage, onRefused } = parts;
  /** Rooms that are followed, with the place up to which each was read; null until its beginning is known. */
  const places = new Map<string, string | null>();
  let connectionId = 0;
  /** Each connection has a number of its own, which tells a reader that its time is over. */
  let connection = 0;
  let isReading = false;
  /** The request that waits does not know of all rooms. */
  let isStale = false;
  let isRenewing = false;

  /** Reads until nothing is followed any more, or the connection goes. */
  async function read(): Promise<void> {
    if (isReading) return;
    const own = connection;
    isReading = true;
    try {
      for (let known = knownPlaces(); known.length > 0 && own === connection; known = knownPlaces()) {
        isStale = false;
        take(await request(known));
      }
    } catch (error) {
      // That a connection went, whoever watches it knows.
      if (own === connection && messages.status === 'ready') onRefused(error);
    }
    if (own === connection) isReading = false;
  }

  function knownPlaces(): [room: string, place: string][] {
    return [...places].flatMap(([room, place]) => (place === null ? [] : [[room, place]]));
  }

  function request(known: [room: string, place: string][]): Promise<Answer> {
    const keys = known.map(([room]) => roomKeys(prefix, room).kept);
    const after = known.map(([, place]) => place);
    return messages.xreadBuffer('COUNT', MOST_AT_ONCE, 'BLOCK', 0, 'STREAMS', ...keys, ...after);
  }

  function take(answer: Answer): void {
    for (const [key, entries] of answer ?? []) {
      const room = readRoom(prefix, key);
      for (const [place, [, message]] of entries) {
        if (!places.has(room)) break;
        places.set(room, place.toString('latin1'));
        onMessage(room, readPublished(room, message));
      }
    }
  }

  /** Breaks off the request that waits; it may not have reached the server yet, which then says that none waits. */
  async function renew(): Promise<void> {
    if (isRenewing) return;
    isRenewing = true;
    const own = connection;
    try {
      while (own === connection && isReading && isStale) {
        await commands.call('CLIENT', 'UNBLOCK', connectionId);
      }
    } catch (error) {
      if (commands.status === 'ready') onRefused(error);
    }
    isRenewing = false;
  }

  async function begin(room: string, followed: () => void): Promise<void> {
    const own = connection;
    let head: string;
    try {
      head = await headOf(room);
    } catch {
      // The history, which is asked for as well, tells what is wrong.
      return;
    }
    const place = places.get(room);
    if (own !== connection || place === undefined) return;
    if (place === null) {
      places.set(room, head);
      isStale = true;
      void (isReading ? renew() : read());
    }
    followed();
  }

  return {
    async begin() {
      connectionId = Number(await messages.client('ID'));
    },
    follow(room, followed) {
      places.set(room, null);
      void begin(room, followed);
    },
    unfollow(room) {
      places.delete(room);
    },
    end() {
      connection++;
      isReading = false;
      places.clear();
    },
  };
}
