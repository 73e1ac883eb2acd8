import type { Clock } from '../../base/clock.ts';

/** Items that all have the same time for something. */
export interface Deadlines<Item> {
  /** Its time begins now, or anew. */
  add(item: Item): void;
  delete(item: Item): void;
  /** Those whose time has begun, the first one first. */
  items(): Iterable<Item>;
}

/**
 * Watches over items, thousands of them, with one timer: since all have the same time, the one that was added first is
 * due first.
 *
 * @param expire called with an item that is still there when its time is over
 */
export function createDeadlines<Item>(
  clock: Clock,
  limitMs: number,
  expire: (item: Item) => void,
): Deadlines<Item> {
  const dueMs = new Map<Item, number>();
  let isWaiting = false;

  function wait(ms: number): void {
    isWaiting = true;
    setTimeout(look, Math.ceil(ms)).unref();
  }

  function look(): void {
    isWaiting = false;
    const nowMs = clock.nowMs();
    for (const [item, itsMs] of dueMs) {
      if (itsMs > nowMs) {
        wait(itsMs - nowMs);
        return;
      }
      dueMs.delete(item);
      expire(item);
    }
  }

  return {
    add(item) {
      dueMs.delete(item);
      dueMs.set(item, clock.nowMs() + limitMs);
      if (!isWaiting) wait(limitMs);
    },
    delete: (item) => void dueMs.delete(item),
    items: () => dueMs.keys(),
  };
}
