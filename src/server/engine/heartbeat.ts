/**
 * Heartbeats: each connection is pinged every so often, and a peer that has said nothing by the next ping is dead.
 *
 * The connections are dealt out over the slots of a wheel, and one timer goes from slot to slot: the pings are spread
 * over the interval, and whoever connected together is not pinged together. A message costs nothing more: what is
 * looked at is the count of bytes that a socket keeps anyway.
 *
 *     ping ─ heard ─ gone │ ping (heard since the last one) ─ silence │ ended        less than two intervals
 *
 * A turn of the wheel is so many ticks, not so much time: a process that stood still reads what has come meanwhile long
 * before it looks at the same connection again, so its own pauses kill nobody.
 */

import type { Clock } from '../../base/clock.ts';
import { createFrame, OPCODE } from '../../wire/frame.ts';
import type { HeartbeatCounters } from '../control.ts';
import type { Hosting } from './engine.ts';

/** A tick is this part of the interval, within the bounds of what a timer can do and what one burst of pings may take. */
const TICK_SHARE = 1 / 20;
const TICK_MS = { min: 10, max: 100 };

/** Nothing was heard yet, and nothing asked. */
const NEW = -1;

/** A ping without a payload, shared by all connections. */
export const PING = createFrame(OPCODE.ping, Buffer.alloc(0), null);

/** A connection, as its heart is listened to. */
export interface Beating {
  /** The slot of the wheel that it is in. */
  slot: number;
  /** False from its goodbye on: then it has another deadline. */
  readonly isOpen: boolean;
  /** A number that changes with each sign of life. */
  signs(): number;
  ping(): void;
  /** Ends the connection of a peer that is dead. */
  giveUp(): void;
}

export interface Heartbeats<Connection> {
  add(connection: Connection): void;
  delete(connection: Connection): void;
  stop(): void;
}

/** The heartbeats that a node was asked for, and their counters among its counts; null where it was asked for none. */
export function heartbeatsOf<Connection extends Beating>({
  options,
  clock,
  counts,
}: Hosting): Heartbeats<Connection> | null {
  if (options.heartbeatMs === null) return null;
  counts.heartbeat = { pings: 0, pongs: 0, dead: 0 };
  return createHeartbeats(clock, options.heartbeatMs, counts.heartbeat);
}

export function createHeartbeats<Connection extends Beating>(
  clock: Clock,
  intervalMs: number,
  counters: HeartbeatCounters,
): Heartbeats<Connection> {
  const wanted = Math.min(TICK_MS.max, Math.max(TICK_MS.min, intervalMs * TICK_SHARE));
  const slots = Math.max(1, Math.round(intervalMs / wanted));
  const tickMs = intervalMs / slots;
  /** With the signs of life as they were when each was pinged. */
  const wheel = Array.from({ length: slots }, () => new Map<Connection, number>());
  let nextToFill = 0;
  let nextToLook = 0;
  let dueMs = clock.nowMs() + tickMs;
  let timer = setTimeout(tick, tickMs).unref();

  function tick(): void {
    look(wheel[nextToLook]);
    nextToLook = (nextToLook + 1) % slots;
    const nowMs = clock.nowMs();
    dueMs += tickMs;
    // A little lateness is made up for; ticks that a pause has swallowed are not.
    if (dueMs < nowMs) dueMs = nowMs + tickMs;
    timer = setTimeout(tick, dueMs - nowMs).unref();
  }

  function look(slot: Map<Connection, number>): void {
    for (const [connection, before] of slot) {
      if (!connection.isOpen) continue;
      const signs = connection.signs();
      if (signs === before) {
        counters.dead++;
        slot.delete(connection);
        connection.giveUp();
      } else {
        slot.set(connection, signs);
        counters.pings++;
        connection.ping();
      }
    }
  }

  return {
    add(connection) {
      connection.slot = nextToFill;
      wheel[nextToFill].set(connection, NEW);
      nextToFill = (nextToFill + 1) % slots;
    },
    delete: (connection) => void wheel[connection.slot].delete(connection),
    stop: () => clearTimeout(timer),
  };
}
