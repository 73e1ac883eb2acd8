import type { Server } from '../model/record.ts';
import type { ProcessSample } from '../topology/sample.ts';

/** What the server's own counters tell of rooms, over all processes that have some; null where none does. */
export function toServerRooms(samples: readonly ProcessSample[]): Server['rooms'] {
  const counters = samples.flatMap(({ rooms }) => rooms ?? []);
  if (counters.length === 0) return null;
  const sum = (of: (rooms: (typeof counters)[number]) => number) =>
    counters.reduce((total, rooms) => total + of(rooms), 0);
  return {
    published: sum((rooms) => rooms.published),
    unpublished: sum((rooms) => rooms.unpublished),
    replayed: sum((rooms) => rooms.replayed),
    notReplayed: sum((rooms) => rooms.notReplayed),
    brokerReconnects: sum((rooms) => rooms.brokerReconnects),
  };
}
