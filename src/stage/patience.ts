import type { Clock } from '../base/clock.ts';

/**
 * Whether something has taken too long: it is due at some time, but may take longer as long as it gets on.
 *
 * @param progress how far it is; it gets on when that is more than ever
 * @param graceMs how long it may take to get on, once it is overdue
 */
export function createPatience(
  clock: Clock,
  dueMs: number,
  graceMs: number,
  progress: () => number,
): () => boolean {
  let most = 0;
  let deadlineMs = dueMs;
  return () => {
    const now = clock.nowMs();
    const far = progress();
    if (far > most) {
      most = far;
      deadlineMs = Math.max(deadlineMs, now + graceMs);
    }
    return now > deadlineMs;
  };
}
