/**
 * Holds things for a time of their own, and lets none overtake another: each is due when its time is over and all
 * before it have gone. Timers alone would reorder, since those of different lengths are not kept in one queue.
 */

export interface DelayLine {
  /** @param go called with the time for which it was held */
  add(delayMs: number, go: (heldMs: number) => void): void;
}

interface Waiting {
  arrivedMs: number;
  dueMs: number;
  go: (heldMs: number) => void;
}

export function createDelayLine({
  nowMs,
  after,
}: {
  nowMs: () => number;
  after: (ms: number, callback: () => void) => void;
}): DelayLine {
  const queue: Waiting[] = [];

  function wait(): void {
    after(Math.max(0, queue[0].dueMs - nowMs()), look);
  }

  function look(): void {
    while (queue.length > 0 && queue[0].dueMs <= nowMs()) {
      const { arrivedMs, go } = queue.shift() as Waiting;
      go(nowMs() - arrivedMs);
    }
    // A timer may be early by a part of a millisecond.
    if (queue.length > 0) wait();
  }

  return {
    add(delayMs, go) {
      const arrivedMs = nowMs();
      const before = queue.at(-1)?.dueMs ?? 0;
      queue.push({ arrivedMs, dueMs: Math.max(before, arrivedMs + delayMs), go });
      if (queue.length === 1) wait();
    },
  };
}
