/**
 * Things that are due at some time, soonest first: a binary heap in typed arrays, one queue for all clients of a
 * worker instead of a timer each.
 */
export interface DueQueue {
  /** Adds an item, which may be in the queue more than once. */
  push(dueMs: number, item: number): void;
  /** Removes and returns the next item that is due by `nowMs`, or -1. */
  popDue(nowMs: number): number;
}

export function createDueQueue(): DueQueue {
  let times = new Float64Array(64);
  let items = new Uint32Array(64);
  let size = 0;

  const swap = (a: number, b: number) => {
    const time = times[a];
    const item = items[a];
    times[a] = times[b];
    items[a] = items[b];
    times[b] = time;
    items[b] = item;
  };

  return {
    push(dueMs, item) {
      if (size === times.length) {
        times = grown(times, new Float64Array(size * 2));
        items = grown(items, new Uint32Array(size * 2));
      }
      times[size] = dueMs;
      items[size] = item;
      for (let child = size++; child > 0; ) {
        const parent = (child - 1) >> 1;
        if (times[parent] <= times[child]) break;
        swap(parent, child);
        child = parent;
      }
    },
    popDue(nowMs) {
      if (size === 0 || times[0] > nowMs) return -1;
      const item = items[0];
      swap(0, --size);
      for (let parent = 0; ; ) {
        let least = 2 * parent + 1;
        if (least >= size) break;
        if (least + 1 < size && times[least + 1] < times[least]) least++;
        if (times[parent] <= times[least]) break;
        swap(parent, least);
        parent = least;
      }
      return item;
    },
  };
}

function grown<T extends Float64Array | Uint32Array>(from: T, into: T): T {
  into.set(from);
  return into;
}
