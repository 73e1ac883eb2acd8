/**
 * A wave of connections leaves a heap that is full of what their handshakes needed, and V8 has no reason to collect it
 * while nothing more happens. So it is told to, once, when the wave is over: of 2,600 bytes for each connection, 1,700
 * are left. For 15,000 of them that takes 45 ms, after the wave and before messages are measured.
 */

import type { Clock } from '../base/clock.ts';

/** A wave is over when no connection has been opened for so long. */
const QUIET_MS = 1000;
/** A smaller wave is not worth the pause. */
const MIN_CONNECTIONS = 1000;
/** How often is looked. */
const LOOK_MS = 250;

/**
 * Collects garbage after each wave of connections, for as long as the process runs.
 *
 * @param opened how many connections have been opened so far
 */
export function collectAfterWaves(clock: Clock, opened: () => number, collect: () => void): void {
  let collectedAt = opened();
  let last = { opened: collectedAt, atMs: clock.nowMs() };
  setInterval(() => {
    const now = { opened: opened(), atMs: clock.nowMs() };
    if (now.opened !== last.opened) last = now;
    if (now.atMs - last.atMs < QUIET_MS || last.opened - collectedAt < MIN_CONNECTIONS) return;
    collectedAt = last.opened;
    collect();
  }, LOOK_MS).unref();
}
