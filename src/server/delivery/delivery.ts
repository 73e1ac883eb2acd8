/**
 * The last step of a room's message: from the node to its members, at once or in batches, to the room alone or to
 * everyone, and to slow readers only what they can still be sent.
 */

import type { RoomMessage } from '../broker/broker.ts';
import type { Counts } from '../counts.ts';
import type { NodeOptions } from '../options.ts';
import { batchFrame, isLowPriority } from '../room-frames.ts';
import type { Peer } from '../service.ts';
import { createBackpressure, type Priority } from './backpressure.ts';
import { type BatchTimers, createBatcher, type Waiting } from './batcher.ts';

/** A room, as far as messages are sent to it. */
interface Addressees {
  name: string;
  members: Set<Peer>;
}

export interface Delivery {
  /** Sends the next message of a room. */
  send(room: Addressees, message: RoomMessage): void;
  /** The peer is to become a member: what waits for those who are has left when this returns. */
  entering(room: Addressees, peer: Peer): void;
  /** The member was sent what it had asked for of the history. */
  replayed(peer: Peer): void;
  /** The peer is a member no more. */
  left(room: Addressees, peer: Peer): void;
  /** The peer is gone. */
  forget(peer: Peer): void;
}

/** What a delivery is made from. */
export interface DeliveryDeps extends BatchTimers {
  options: Pick<NodeOptions, 'delivery' | 'maxBufferedBytes'> & { rooms: { historyBytes: number } };
  counts: Counts;
  /** A peer is about to be closed, since it does not read: it is to be no member of anything any more. */
  onHopeless: (peer: Peer) => void;
}

/** A message that waits for its batch. */
interface Item extends Waiting {
  room: Addressees;
  message: RoomMessage;
}

export function createDelivery({ options, counts, nowMs, after, onHopeless }: DeliveryDeps): Delivery {
  const { maxBufferedBytes, rooms } = options;
  const { batch, audience, lowWaterBytes, patienceMs } = options.delivery;
  const counters = counts.delivery;
  counters.maxBufferedBytes = maxBufferedBytes;
  counters.historyBytes = rooms.historyBytes;
  const pressure = createBackpressure(
    { lowWaterBytes, maxBufferedBytes, patienceMs },
    counts,
    { nowMs, after },
    onHopeless,
  );
  /** All who have joined anything; null where messages go to their rooms alone. */
  const everyone = audience === 'everyone' ? new Set<Peer>() : null;
  const batcher = batch === null ? null : createBatcher<Set<Peer>, Item>(batch, { nowMs, after }, sendBatch);

  function sendNow({ name, members }: Addressees, message: RoomMessage): void {
    const priority = priorityOf(message);
    let sent = 0;
    for (const member of members) {
      if (!pressure.passes(member)) pressure.deliver(member, name, message, priority);
      else {
        member.deliverFrame(message.frame);
        sent++;
      }
    }
    counters[priority].sent += sent;
  }

  /** Who is no member, and slow, is sent nothing: it misses nothing. */
  function sendToOthers({ members }: Addressees, { frame }: RoomMessage, all: Set<Peer>): void {
    for (const peer of all) {
      if (members.has(peer) || !pressure.passes(peer)) continue;
      peer.deliverFrame(frame);
      counters.unwanted++;
    }
  }

  /** To a slow reader a batch is single messages, of which each is sent or left out. */
  function sendBatch(to: Set<Peer>, items: Item[], isFull: boolean): void {
    const frame =
      items.length === 1 ? items[0].message.frame : batchFrame(items.map(({ message }) => message.frame));
    const priorities = items.map(({ message }) => priorityOf(message));
    let frames = 0;
    for (const peer of to) {
      if (!pressure.passes(peer)) {
        items.forEach(({ room, message }, i) => {
          if (room.members.has(peer)) pressure.deliver(peer, room.name, message, priorities[i]);
        });
        continue;
      }
      peer.deliverFrame(frame);
      frames++;
      if (everyone !== null) countForOne(peer, items, priorities);
    }
    counters.batch.frames += frames;
    counters.batch.copies += frames * items.length;
    if (everyone === null) for (const priority of priorities) counters[priority].sent += frames;
    countBatch(items, isFull);
  }

  function countForOne(peer: Peer, items: Item[], priorities: Priority[]): void {
    items.forEach(({ room }, i) => {
      if (room.members.has(peer)) counters[priorities[i]].sent++;
      else counters.unwanted++;
    });
  }

  function countBatch(items: Item[], isFull: boolean): void {
    const now = nowMs();
    counters.batch.batches++;
    if (isFull) counters.batch.full++;
    counters.batch.messages += items.length;
    for (const { atMs } of items) {
      counters.batch.waitedMs += now - atMs;
      counters.batch.maxWaitedMs = Math.max(counters.batch.maxWaitedMs, now - atMs);
    }
  }

  return {
    send(room, message) {
      if (batcher !== null) {
        const bytes = message.frame.length;
        batcher.add(everyone ?? room.members, { room, message, bytes, atMs: nowMs() });
        return;
      }
      sendNow(room, message);
      if (everyone !== null) sendToOthers(room, message, everyone);
    },
    entering(room, peer) {
      batcher?.flush(everyone ?? room.members);
      everyone?.add(peer);
      pressure.forgetRoom(peer, room.name);
    },
    replayed: pressure.replayed,
    left: (room, peer) => pressure.forgetRoom(peer, room.name),
    forget(peer) {
      everyone?.delete(peer);
      pressure.forget(peer);
    },
  };
}

function priorityOf({ frame }: RoomMessage): Priority {
  return isLowPriority(frame) ? 'low' : 'high';
}
