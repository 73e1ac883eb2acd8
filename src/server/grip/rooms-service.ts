import type { Clock } from '../../base/clock.ts';
import type { Counts } from '../counts.ts';
import { decodeEvents, encodeEvents } from './events.ts';
import type { GripService } from './http.ts';
import type { GripOptions } from './options.ts';
import { createPublisher } from './publisher.ts';
import { createGripRooms } from './rooms.ts';

/** The rooms as backends ask them: in the words of the proxy, which they pass on. */
export function createRoomsService(
  { limits, publishUrl }: Extract<GripOptions, { does: 'rooms' }>,
  counts: Counts,
  clock: Clock,
): GripService {
  const publisher = createPublisher(publishUrl, (messages) => {
    counts.rooms.published -= messages;
    counts.rooms.unpublished += messages;
  });
  const answer = createGripRooms(limits, counts, publisher, clock);
  return async (_path, connection, body) => {
    const events = decodeEvents(body);
    if (events === null) return { status: 400 };
    return { status: 200, isGrip: true, body: encodeEvents(await answer(connection, events)) };
  };
}
