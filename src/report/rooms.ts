/**
 * What became of the messages of rooms: how many of their members they reached, how fast, and in which order.
 */

import { formatCount, formatMs } from '../base/units.ts';
import type { Ordering, Phase, Server, Summary } from '../model/record.ts';
import type { Quantity } from './quantity.ts';
import { NOT_MEASURED, trusted } from './value.ts';

export type Fanout = NonNullable<Phase['fanout']>;

/** How fast a message reached the first, the median and the last member of its room. */
export const RECIPIENTS: { name: string; of: (fanout: Fanout) => Summary }[] = [
  { name: 'first', of: (fanout) => fanout.firstMs },
  { name: 'median', of: (fanout) => fanout.medianMs },
  { name: 'last', of: (fanout) => fanout.lastMs },
];

/** Whether messages went through rooms. */
export function hasRooms({ fanout, roomOrdering }: Phase): boolean {
  return fanout !== null || roomOrdering !== null;
}

/** Rows about reach and speed; none where no phase has rooms. */
export function reachQuantities(phases: Phase[]): Quantity[] {
  if (!phases.some(hasRooms)) return [];
  return [
    {
      label: 'reach',
      of: (phase) => trusted(phase, phase.fanout === null ? NOT_MEASURED : reach(phase.fanout)),
    },
    ...RECIPIENTS.map(({ name, of }) => ({
      label: `${name} recipient`,
      of: (phase: Phase) =>
        trusted(phase, phase.fanout === null ? NOT_MEASURED : bodyAndTail(of(phase.fanout))),
    })),
  ];
}

/**
 * Delivered messages of those that were expected. It is cut and not rounded: 100 % is said only where nobody was
 * left out.
 */
export function reach({ delivered, expected }: Fanout): string {
  if (expected === 0) return NOT_MEASURED;
  const hundredths = Math.floor((delivered * 10_000) / expected);
  return `${(hundredths / 100).toFixed(delivered >= expected ? 0 : 2)} %`;
}

function bodyAndTail({ p50, p99 }: Summary): string {
  return p50 === null || p99 === null ? NOT_MEASURED : `${formatMs(p50)}, p99 ${formatMs(p99)}`;
}

/** Rows about the order of rooms, and about what the server says of them; none where no phase has rooms. */
export function roomQuantities(phases: Phase[]): Quantity[] {
  if (!phases.some(hasRooms)) return [];
  return [
    inRooms('missing', (ordering) => ordering.missing),
    inRooms('recovered', (ordering) => ordering.recovered),
    inRooms('duplicated', (ordering) => ordering.duplicates),
    inRooms('reordered', (ordering) => ordering.reordered),
    { label: 'server: replayed', of: (phase) => ofServer(phase, (rooms) => rooms.replayed) },
    ...TROUBLES.filter(({ count }) =>
      phases.some(({ server }) => (server?.rooms ? count(server.rooms) : 0) > 0),
    ).map(({ label, count }) => ({ label, of: (phase: Phase) => ofServer(phase, count) })),
  ];
}

type RoomCounters = NonNullable<Server['rooms']>;

/** What is worth a row only where it happened. */
const TROUBLES: { label: string; count: (rooms: RoomCounters) => number }[] = [
  { label: 'server: forgotten', count: (rooms) => rooms.notReplayed },
  { label: 'unpublished', count: (rooms) => rooms.unpublished },
  { label: 'broker reconnects', count: (rooms) => rooms.brokerReconnects },
];

function inRooms(name: string, count: (ordering: Ordering) => number): Quantity {
  return {
    label: `rooms: ${name}`,
    of: ({ roomOrdering }) =>
      roomOrdering === null || roomOrdering.expected === 0 ? NOT_MEASURED : formatCount(count(roomOrdering)),
  };
}

function ofServer(phase: Phase, count: (rooms: RoomCounters) => number): string {
  const rooms = hasRooms(phase) ? phase.server?.rooms : null;
  return rooms == null ? NOT_MEASURED : formatCount(count(rooms));
}
