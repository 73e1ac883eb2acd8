/**
 * The only place that reads time. Everything else is handed a `Clock`, so tests decide what time it is.
 */

/** A monotonic clock that all processes and threads of one host share, and the wall clock for labels. */
export interface Clock {
  /** Milliseconds, with a fraction, since an origin that is the same in every process of this host. */
  nowMs(): number;
  /** The calendar time, for names and timestamps only; it may jump. */
  wallTime(): Date;
}

/**
 * `performance.now()` counts from the start of its own thread, `hrtime` from the start of the machine. Both read
 * CLOCK_MONOTONIC, so one subtraction at load turns the first, which allocates nothing, into the second.
 */
const originMs = readOriginMs();

/** A thread may be put aside between two readings, so the tightest of several pairs counts. */
function readOriginMs(): number {
  let best = { gapMs: Number.POSITIVE_INFINITY, originMs: 0 };
  for (let i = 0; i < 20; i++) {
    const before = performance.now();
    const machineMs = Number(process.hrtime.bigint()) / 1e6;
    const after = performance.now();
    const gapMs = after - before;
    if (gapMs < best.gapMs) best = { gapMs, originMs: machineMs - (before + after) / 2 };
  }
  return best.originMs;
}

/** The real clock. */
export const systemClock: Clock = {
  nowMs: () => originMs + performance.now(),
  wallTime: () => new Date(),
};
