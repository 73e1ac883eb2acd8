import type { Random } from '../../base/random.ts';

const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 1_000;

/** Attempts to reach a broker at a node's start, three seconds in all; one that was there is tried for ever. */
export const ATTEMPTS_AT_START = 8;

/**
 * How long to wait before the next attempt to reach a broker, in milliseconds: twice as long each time up to a
 * second, and a random share of half of it less, so that the nodes do not all come at once.
 *
 * @param attempt that failed, from 1
 */
export function retryDelayMs(attempt: number, random: Random): number {
  const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return delayMs * (1 - random() / 2);
}
