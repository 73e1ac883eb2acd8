/**
 * Reorder density and reorder buffer-occupancy density of one stream, RFC 5236. Both forget what is farther away than a
 * threshold, so they need memory for so many numbers, whatever the length of the stream; each arrival costs a pass
 * through them. They are meant for a sample of streams, whose counts add up when they share them.
 *
 *     arrivals        1  4  2  5  3  6  7  8
 *     receive index   1  2  3  4  5  6  7  8     skips what is lost
 *     displacement    0 -2  1 -1  2  0  0  0     index − number: early < 0 < late
 *     occupancy       0  1  1  2  0  0  0  0     held back, after the arrival, for the sake of order
 */

export interface OccupancyDensity {
  /** Arrivals by how many messages were held back after them: index 0 to the threshold. */
  counts: Uint32Array;
  receive(seq: number): void;
}

export interface ReorderDensity {
  /** Messages by displacement, from −threshold at index 0 to +threshold. */
  counts: Uint32Array;
  receive(seq: number): void;
  /** Counts the last `threshold` arrivals too, which waited for later ones to say what is lost. The stream is over. */
  end(): void;
}

/**
 * Reorder density of a stream that begins at `first` (RFC 5236, sections 3.6 and 7.1, stay-back method). An arrival gets
 * its index when `threshold` more have come: numbers that are not among them or held as early are lost, and skipped.
 * Messages displaced by more than the threshold count as lost, and duplicates not at all.
 */
export function createReorderDensity(
  threshold: number,
  first = 1,
  counts: Uint32Array = new Uint32Array(2 * threshold + 1),
): ReorderDensity {
  let receiveIndex = first;
  const window: number[] = [];
  /** Numbers that have been counted before their index came; all are within `threshold` of it. */
  const early = new Set<number>();

  function countOldest(): void {
    receiveIndex = lowestPresent();
    const seq = window.shift() as number;
    const displacement = receiveIndex - seq;
    if (Math.abs(displacement) > threshold) return;
    counts[displacement + threshold]++;
    early.delete(receiveIndex);
    if (displacement < 0) early.add(seq);
    receiveIndex++;
  }

  /**
   * The next index. There is one while anything is in the window: for each late number in it an early one went ahead,
   * which is still held.
   */
  function lowestPresent(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const seq of window) if (seq >= receiveIndex && seq < lowest) lowest = seq;
    for (const seq of early) if (seq < lowest) lowest = seq;
    return lowest;
  }

  return {
    counts,
    receive(seq) {
      if (seq < receiveIndex || early.has(seq) || window.includes(seq)) return;
      window.push(seq);
      if (window.length > threshold) countOldest();
    },
    end() {
      while (window.length > 0) countOldest();
    },
  };
}

/**
 * Reorder buffer-occupancy density of a stream that begins at `first` (RFC 5236, sections 3.11 and 7.2). A buffer holds
 * back what came too early. When it would have to hold more than `threshold` messages, what it waits for is lost, and
 * it goes on with the lowest number that it has. Duplicates, and what comes after it was given up, do not count.
 *
 * The RFC's code forgets the arrival that overflows the buffer, if it is not released with the others. It is held here,
 * as section 3.8 has it.
 */
export function createOccupancyDensity(
  threshold: number,
  first = 1,
  counts: Uint32Array = new Uint32Array(threshold + 1),
): OccupancyDensity {
  let expected = first;
  const held = new Set<number>();

  return {
    counts,
    receive(seq) {
      if (seq < expected || held.has(seq)) return;
      held.add(seq);
      if (held.size > threshold) expected = Math.min(...held);
      while (held.delete(expected)) expected++;
      counts[held.size]++;
    },
  };
}

/** The counts as shares of their sum; zeros if nothing was counted. */
export function densityOf(counts: Uint32Array): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Array.from(counts, (count) => (total > 0 ? count / total : 0));
}
