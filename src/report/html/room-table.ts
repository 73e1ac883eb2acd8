/**
 * Rooms as the clients saw them, and as the server's own counters tell of them.
 */

import { formatCount } from '../../base/units.ts';
import type { Phase } from '../../model/record.ts';
import { hasRooms, reach } from '../rooms.ts';
import { trusted } from '../value.ts';
import type { Content, Markup } from './markup.ts';
import { block, facts } from './table.ts';

/** The table, or null where no message went to a room. */
export function rooms(phase: Phase): Markup | null {
  return hasRooms(phase) ? block('Rooms', facts([...seen(phase), ...counted(phase)])) : null;
}

function seen(phase: Phase): [string, Content][] {
  const { fanout } = phase;
  if (fanout === null) return [];
  return [
    ['messages published', formatCount(fanout.published)],
    ['copies that members should get', formatCount(fanout.expected)],
    ['copies that they got', formatCount(fanout.delivered)],
    ['reach', trusted(phase, reach(fanout))],
  ];
}

function counted({ server }: Phase): [string, Content][] {
  if (server?.rooms == null) return [];
  const { published, unpublished, replayed, notReplayed, brokerReconnects } = server.rooms;
  return [
    ['server: messages numbered', formatCount(published)],
    ['server: not taken by the broker', formatCount(unpublished)],
    ['server: sent again from the history', formatCount(replayed)],
    ['server: asked for, but no longer kept', formatCount(notReplayed)],
    ['server: broker lost and found again', formatCount(brokerReconnects)],
  ];
}
