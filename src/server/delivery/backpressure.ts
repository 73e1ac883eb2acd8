/**
 * What is sent to members that read too slowly, by the bytes that really wait for each: those that the system has not
 * taken. To the others this costs one comparison a message.
 *
 *     waiting   0 ──────── lowWaterBytes ─────────────────────── maxBufferedBytes ──
 *     sent          all          high priority only                nothing: closed with 1013
 *
 * A message that was left out is told to the member before the next one of its room, or as soon as what waits is below
 * the mark again, so that a hole in the numbers is never without a word. A member that does not get below the mark for
 * as long as the node is patient is closed, too.
 */

import type { RoomMessage } from '../broker/broker.ts';
import type { Counts } from '../counts.ts';
import { skipFrame } from '../room-frames.ts';
import type { Peer } from '../service.ts';
import type { BatchTimers } from './batcher.ts';

export interface BackpressureLimits {
  lowWaterBytes: number;
  maxBufferedBytes: number;
  patienceMs: number;
}

export type Priority = 'low' | 'high';

export interface Backpressure {
  /** Whether the peer can be sent anything. If not, room by room and message by message, `deliver` decides. */
  passes(peer: Peer): boolean;
  /** Sends a message to a member that does not pass, or leaves it out. */
  deliver(peer: Peer, room: string, message: RoomMessage, priority: Priority): void;
  /** The peer was sent much at once that it had asked for: that alone does not make it hopeless. */
  replayed(peer: Peer): void;
  /** The peer begins with the room, or has left it: what was left out before is no hole to it. */
  forgetRoom(peer: Peer, room: string): void;
  /** The peer is gone. */
  forget(peer: Peer): void;
}

/** Messages of a room in a row that were left out. */
interface LeftOut {
  epoch: number;
  last: number;
  count: number;
}

interface SlowReader {
  /** Since when too much has been waiting; null: it is below the mark, and not yet told of all that was left out. */
  sinceMs: number | null;
  limitBytes: number;
  /** It was closed, and has not gone yet. */
  isClosed: boolean;
  leftOut: Map<string, LeftOut>;
  /** Messages that were left out, of which the word has not left this process. */
  untold: number;
}

/** RFC 6455's registry: try again later. */
const TRY_AGAIN_LATER = 1013;

/** How often slow readers are looked at, as long as there are any. */
const LOOK_MS = 50;

/** @param onHopeless called before the peer is closed: it is to be no member of anything any more */
export function createBackpressure(
  { lowWaterBytes, maxBufferedBytes, patienceMs }: BackpressureLimits,
  counts: Pick<Counts, 'dropped' | 'delivery'>,
  { nowMs, after }: BatchTimers,
  onHopeless: (peer: Peer) => void,
): Backpressure {
  const slow = new Map<Peer, SlowReader>();
  const counters = counts.delivery;
  let isLooking = false;

  function begin(peer: Peer): SlowReader {
    const reader: SlowReader = {
      sinceMs: nowMs(),
      limitBytes: maxBufferedBytes,
      isClosed: false,
      leftOut: new Map(),
      untold: 0,
    };
    slow.set(peer, reader);
    if (!isLooking) lookLater();
    return reader;
  }

  function lookLater(): void {
    isLooking = true;
    after(LOOK_MS, () => {
      isLooking = false;
      for (const [peer, reader] of slow) look(peer, reader);
      if (slow.size > 0) lookLater();
    });
  }

  function look(peer: Peer, reader: SlowReader): void {
    if (reader.isClosed) return;
    if (isHopeless(peer, reader)) giveUp(peer, reader);
    else if (reader.sinceMs === null && reader.untold === 0) slow.delete(peer);
  }

  /** Brings what is known of the reader up to date. */
  function isHopeless(peer: Peer, reader: SlowReader): boolean {
    const waiting = peer.bufferedBytes;
    if (waiting <= lowWaterBytes) {
      reader.sinceMs = null;
      reader.limitBytes = maxBufferedBytes;
      for (const room of reader.leftOut.keys()) tell(peer, reader, room);
      return false;
    }
    reader.sinceMs ??= nowMs();
    return waiting > reader.limitBytes || nowMs() - reader.sinceMs > patienceMs;
  }

  function giveUp(peer: Peer, reader: SlowReader): void {
    reader.isClosed = true;
    counters.closedSlow++;
    onHopeless(peer);
    peer.close(TRY_AGAIN_LATER, 'too much was waiting to be read');
  }

  function leaveOut(reader: SlowReader, room: string, { seq, epoch }: RoomMessage): void {
    const known = reader.leftOut.get(room);
    if (known === undefined) reader.leftOut.set(room, { epoch, last: seq, count: 1 });
    else {
      known.last = seq;
      known.count++;
    }
    reader.untold++;
  }

  /** Tells of what was left out of a room, if anything was. */
  function tell(peer: Peer, reader: SlowReader, room: string): void {
    const leftOut = reader.leftOut.get(room);
    if (leftOut === undefined) return;
    const { last, epoch, count } = leftOut;
    reader.leftOut.delete(room);
    peer.deliver(skipFrame(room, last, epoch, count), false);
    peer.whenTaken(() => {
      reader.untold -= count;
    });
  }

  return {
    passes(peer) {
      const waiting = peer.bufferedBytes;
      if (waiting > counters.peakBufferedBytes) counters.peakBufferedBytes = waiting;
      return waiting <= lowWaterBytes && (slow.size === 0 || !slow.has(peer));
    },
    deliver(peer, room, message, priority) {
      const reader = slow.get(peer) ?? begin(peer);
      if (isHopeless(peer, reader)) {
        giveUp(peer, reader);
        return;
      }
      if (priority === 'low' && reader.sinceMs !== null) {
        // Of another epoch, they are not in a row.
        if (reader.leftOut.get(room)?.epoch !== message.epoch) tell(peer, reader, room);
        leaveOut(reader, room, message);
        counters[priority].dropped++;
        counts.dropped++;
        return;
      }
      tell(peer, reader, room);
      peer.deliverFrame(message.frame);
      counters[priority].sent++;
      counters.peakBufferedBytes = Math.max(counters.peakBufferedBytes, peer.bufferedBytes);
    },
    replayed(peer) {
      const waiting = peer.bufferedBytes;
      if (waiting <= lowWaterBytes) return;
      const reader = slow.get(peer) ?? begin(peer);
      reader.limitBytes = Math.max(reader.limitBytes, maxBufferedBytes + waiting);
    },
    forgetRoom(peer, room) {
      const reader = slow.get(peer);
      const count = reader?.leftOut.get(room)?.count;
      if (reader === undefined || count === undefined) return;
      reader.leftOut.delete(room);
      reader.untold -= count;
      counters.withdrawn += count;
    },
    forget(peer) {
      counters.withdrawn += slow.get(peer)?.untold ?? 0;
      slow.delete(peer);
    },
  };
}
