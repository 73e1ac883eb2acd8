/**
 * The rooms of a node: who is a member of what, and what a member is sent. Their numbers and their messages are the
 * broker's; it hands the messages of a room on in the order of their numbers, and what arrives is sent to all members
 * in one step.
 */

import type { Broker, BrokerEvents, Publication, RoomState } from './broker/broker.ts';
import type { Counts } from './counts.ts';
import { createDelivery, type DeliveryDeps } from './delivery/delivery.ts';
import type { RoomLimits } from './options.ts';
import {
  errorFrame,
  joinedFrame,
  type Position,
  parseRequest,
  type RequestErrorCode,
} from './room-frames.ts';
import type { Peer, Service } from './service.ts';

/** A room with members on this node, or with peers that are to be. */
interface Room {
  name: string;
  members: Set<Peer>;
  /** Peers that have asked to join, until the broker has told of the room; a second request replaces the first. */
  joining: Map<Peer, Position | null>;
}

/** What is kept of a connection that has said something. */
interface Guest {
  rooms: Set<Room>;
  errors: number;
}

const POLICY_VIOLATION = 1008;

/** What the rooms are to the node, and what they are to the broker. */
export interface Rooms {
  service: Service;
  events: BrokerEvents;
}

/**
 * @param broker called once the first request comes: the broker is made with the rooms' events
 * @param delivering what brings their messages to the members
 */
export function createRooms(
  limits: RoomLimits,
  counts: Counts,
  broker: () => Broker,
  delivering: Omit<DeliveryDeps, 'counts' | 'onHopeless'>,
): Rooms {
  const rooms = new Map<string, Room>();
  const guests = new Map<Peer, Guest>();
  const counters = counts.rooms;
  const delivery = createDelivery({ ...delivering, counts, onHopeless: leaveAll });

  function join(peer: Peer, name: string, after: Position | null): void {
    const guest = guestOf(peer);
    const known = rooms.get(name);
    const isIn = known !== undefined && guest.rooms.has(known);
    if (!isIn && guest.rooms.size >= limits.joined) {
      refuse(peer, 'too-many-rooms', `a connection may be in ${limits.joined} rooms`);
      return;
    }
    if (known === undefined && rooms.size >= limits.rooms) {
      refuseFull(peer);
      return;
    }
    const room = known ?? { name, members: new Set<Peer>(), joining: new Map() };
    guest.rooms.add(room);
    const state = known === undefined ? null : broker().state(name);
    if (state !== null) {
      enter(peer, room, after, state);
      return;
    }
    room.joining.set(peer, after);
    if (known !== undefined) return;
    rooms.set(name, room);
    broker().subscribe(name);
  }

  /** Makes the peer a member, says from which number on messages follow, and sends those of them that are kept. */
  function enter(peer: Peer, room: Room, after: Position | null, state: RoomState): void {
    const { epoch, seq, kept } = state;
    const beforeOldest = seq - kept.length;
    const wanted = after === null ? seq : wantedAfter(after, state);
    const from = Math.max(wanted, beforeOldest);
    delivery.entering(room, peer);
    room.members.add(peer);
    peer.deliver(joinedFrame(room.name, from, epoch, seq), false);
    for (let i = from - beforeOldest; i < kept.length; i++) peer.deliverFrame(kept[i].frame);
    if (after === null) return;
    delivery.replayed(peer);
    counters.replayed += seq - from;
    counters.notReplayed += from - wanted;
  }

  function leave(peer: Peer, name: string): void {
    const room = rooms.get(name);
    if (room === undefined) return;
    guests.get(peer)?.rooms.delete(room);
    removeFrom(room, peer);
  }

  function leaveAll(peer: Peer): void {
    const guest = guests.get(peer);
    guests.delete(peer);
    for (const room of guest?.rooms ?? []) removeFrom(room, peer);
  }

  function removeFrom(room: Room, peer: Peer): void {
    delivery.left(room, peer);
    room.members.delete(peer);
    room.joining.delete(peer);
    if (room.members.size > 0 || room.joining.size > 0 || rooms.get(room.name) !== room) return;
    rooms.delete(room.name);
    broker().unsubscribe(room.name);
  }

  function publish(peer: Peer, name: string, payload: Buffer, isBinary: boolean): void {
    broker().publish(name, payload, isBinary, (result) => conclude(peer, name, result));
  }

  function conclude(peer: Peer, name: string, result: Publication): void {
    if (result === 'published') {
      counters.published++;
      return;
    }
    counters.unpublished++;
    if (result === 'full') refuseFull(peer);
    else {
      const who = result === 'lost' ? 'broker' : 'store';
      peer.deliver(errorFrame('unpublished', `the ${who} did not confirm a message to ${name}`), false);
    }
  }

  function refuseFull(peer: Peer): void {
    refuse(peer, 'server-full', `there are ${limits.rooms} rooms already`);
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

  const service: Service = {
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
      leaveAll(peer);
      delivery.forget(peer);
    },
  };

  const events: BrokerEvents = {
    onOpened(name) {
      const room = rooms.get(name);
      const state = broker().state(name);
      if (room === undefined || state === null) return;
      const { joining } = room;
      room.joining = new Map();
      for (const [peer, after] of joining) enter(peer, room, after, state);
    },
    onRefused(name) {
      const room = rooms.get(name);
      if (room === undefined) return;
      rooms.delete(name);
      for (const peer of [...room.members, ...room.joining.keys()]) {
        guests.get(peer)?.rooms.delete(room);
        refuseFull(peer);
      }
    },
    onMessage(name, message) {
      const room = rooms.get(name);
      if (room !== undefined) delivery.send(room, message);
    },
    onSkipped(name, messages) {
      counters.notReplayed += messages * (rooms.get(name)?.members.size ?? 0);
    },
    onLost() {},
    onReconnected() {
      counters.brokerReconnects++;
    },
  };

  return { service, events };
}

/**
 * The number after which a peer that comes back wants the messages. One that has a number of another epoch, or one
 * that the room has not reached yet, knows nothing of the room as it is now: it was numbered anew since.
 */
function wantedAfter(after: Position, { epoch, seq }: RoomState): number {
  const isKnown = (after.epoch === null || after.epoch === epoch) && after.seq <= seq;
  return isKnown ? after.seq : 0;
}
