/**
 * Messages that were sent less those that have arrived, by when they were sent. A worker sends what others receive, so
 * its own balance says nothing; those of all workers together are what is missing.
 */

export interface Balance {
  /** Of all times. */
  readonly total: number;
  sent(sentMs: number): void;
  arrived(sentMs: number): void;
  /** Takes out what was sent in this time. */
  take(fromMs: number, untilMs: number): number;
}

const BIN_MS = 100;
const FIRST_BINS = 1024;

export function createBalance(): Balance {
  let bins = new Int32Array(FIRST_BINS);
  /** The number of the first bin, which is that of the first message; a worker may first hear of an earlier one. */
  let first = Number.NaN;
  let total = 0;

  function add(atMs: number, messages: number): void {
    const bin = Math.floor(atMs / BIN_MS);
    if (Number.isNaN(first)) first = bin - FIRST_BINS / 4;
    const at = Math.max(0, bin - first);
    if (at >= bins.length) {
      const more = new Int32Array(Math.max(2 * bins.length, at + 1));
      more.set(bins);
      bins = more;
    }
    bins[at] += messages;
    total += messages;
  }

  return {
    get total() {
      return total;
    },
    sent: (sentMs) => add(sentMs, 1),
    arrived: (sentMs) => add(sentMs, -1),
    take(fromMs, untilMs) {
      const [from, until] = [fromMs, untilMs].map((ms) => Math.floor(ms / BIN_MS));
      let sum = 0;
      for (let at = Math.max(0, from - first); at < Math.min(bins.length, until - first); at++) {
        sum += bins[at];
        bins[at] = 0;
      }
      total -= sum;
      return sum;
    },
  };
}
