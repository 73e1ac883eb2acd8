/**
 * Rooms: what is published in one reaches all its members, numbered from 1 without a hole.
 *
 * A message gets its number and is handed to all members in one step that nothing can come between; were counting
 * and sending apart, two messages could overtake each other and the server itself would reorder.
 */

import type { Counts } from './counts.ts';
import { createHistory } from './history.ts';
import type { RoomLimits } from './options.ts';
import { errorFrame, joinedFrame, messageFrame, parseRequest, type RequestErrorCode } from './room-frames.ts';
import type { Peer, Service } from './service.ts';

interface Room {
  name: string;
  /** Number of its last message. */
  seq: number;
  members: Set<Peer>;
}

/** What is kept of a connection that has said something. */
interface Guest {
  rooms: Set<Room>;
  errors: number;
}

const POLICY_VIOLATION = 1008;

/** The rooms of one node. */
export function createRooms(limits: RoomLimits, counts: Counts): Service {
  const rooms = new Map<string, Room>();
  const guests = new Map<Peer, Guest>();
  const history = createHistory(limits.historyMessages, limits.historyBytes);

  /** The room of that name, made if need be; null where there are too many. */
  function open(name: string): Room | null {
    const known = rooms.get(name);
    if (known !== undefined) return known;
    if (rooms.size >= limits.rooms) return null;
    const room = { name, seq: 0, members: new Set<Peer>() };
    rooms.set(name, room);
    return room;
  }

  function join(peer: Peer, name: string, after: number | null): void {
    const guest = guestOf(peer);
    const known = rooms.get(name);
    const isMember = known !== undefined && guest.rooms.has(known);
    if (!isMember && guest.rooms.size >= limits.joined) {
      refuse(peer, 'too-many-rooms', `a connection may be in ${limits.joined} rooms`);
      return;
    }
    const room = open(name);
    if (room === null) {
      refuse(peer, 'server-full', `there are ${limits.rooms} rooms already`);
      return;
    }
    room.members.add(peer);
    guest.rooms.add(room);
    replay(peer, room, after);
  }

  /** Says from which number on the messages follow, and sends those that the peer missed and that are still kept. */
  function replay(peer: Peer, room: Room, after: number | null): void {
    const entries = history.of(room.name);
    const beforeOldest = room.seq - entries.length;
    const from = after === null ? room.seq : startOfReplay(after, beforeOldest, room.seq);
    peer.deliver(joinedFrame(room.name, from), false);
    for (let i = from - beforeOldest; i < entries.length; i++) {
      peer.deliver(entries[i].frame, entries[i].isBinary);
    }
  }

  function leave(peer: Peer, name: string): void {
    const room = rooms.get(name);
    if (room === undefined) return;
    room.members.delete(peer);
    guests.get(peer)?.rooms.delete(room);
  }

  function publish(peer: Peer, name: string, payload: Buffer, isBinary: boolean): void {
    const room = open(name);
    if (room === null) refuse(peer, 'server-full', `there are ${limits.rooms} rooms already`);
    else deliver(room, ++room.seq, payload, isBinary);
  }

  /** Sends a numbered message to the members that keep up, and keeps it for the others. */
  function deliver(room: Room, seq: number, payload: Buffer, isBinary: boolean): void {
    const frame = messageFrame(room.name, seq, payload);
    history.keep(room.name, { frame, isBinary });
    for (const member of room.members) {
      if (member.isFull) counts.dropped++;
      else member.deliver(frame, isBinary);
    }
  }

  function refuse(peer: Peer, code: RequestErrorCode, text: string): void {
    peer.deliver(errorFrame(code, text), false);
    if (++guestOf(peer).errors >= limits.errors) peer.close(POLICY_VIOLATION, 'too many bad requests');
  }

  function guestOf(peer: Peer): Guest {
    const known = guests.get(peer);
    if (known !== undefined) return known;
    const guest = { rooms: new Set<Room>(), errors: 0 };
    guests.set(peer, guest);
    return guest;
  }

  return {
    onMessage(peer, data, isBinary) {
      const request = parseRequest(data);
      switch (request.verb) {
        case 'PUB':
          return publish(peer, request.room, request.payload, isBinary);
        case 'JOIN':
          return join(peer, request.room, request.after);
        case 'LEAVE':
          return leave(peer, request.room);
        case 'BAD':
          return refuse(peer, request.code, request.text);
      }
    },
    onClose(peer) {
      for (const room of guests.get(peer)?.rooms ?? []) room.members.delete(peer);
      guests.delete(peer);
    },
  };
}

/**
 * The number before that of the first message to replay.
 *
 * @param after the last number that the peer has; a number that the room has not reached yet means that the room
 *   was numbered anew since, and nothing of what is kept is known to the peer
 * @param beforeOldest the number before that of the oldest message that is kept
 */
function startOfReplay(after: number, beforeOldest: number, last: number): number {
  return after > last ? beforeOldest : Math.max(after, beforeOldest);
}
