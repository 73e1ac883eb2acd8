/**
 * What a reconnect policy is, and the growth that most of them share.
 */

import type { Random } from '../../base/random.ts';

/**
 * How long a client that has lost its connection waits before it tries again, in ms; null: it never tries
 * again.
 *
 * @param attempt 0 at the loss, one more with each try that failed
 * @param previousMs the delay before this one; not looked at when `attempt` is 0
 * @param random where the policy's draws come from
 */
export type Backoff = (attempt: number, previousMs: number, random: Random) => number | null;

/** The shortest and the longest delay that a policy aims at, in ms. */
export interface Bounds {
  baseMs: number;
  capMs: number;
}

/** A policy: makes the function that draws the delays. */
export type BackoffPolicy = (bounds: Bounds) => Backoff;

/** The largest power of two that a number can hold; beyond it, 0 * Infinity would be no number at all. */
const MAX_EXPONENT = 1023;

/** min(cap, base * 2^attempt), in ms: the truncated binary exponential growth of RFC 6455, section 7.2.3. */
export function grown({ baseMs, capMs }: Bounds, attempt: number): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(attempt, MAX_EXPONENT));
}
