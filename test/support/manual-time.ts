/**
 * Time that passes only when a test says so: a clock and the timers that go with it.
 */

export interface ManualTime {
  nowMs: () => number;
  /** Calls back once after so many ms, in the order in which it is due. */
  after: (ms: number, callback: () => void) => void;
  /** Calls back once at that time, in place of what was asked for before. */
  at: (dueMs: number, callback: () => void) => void;
  /** Lets time pass, and runs what becomes due on the way. */
  pass: (ms: number) => void;
  /** Lets time pass while nothing can run, as when the thread is blocked or stopped. */
  block: (ms: number) => void;
}

export function createManualTime(startMs = 0): ManualTime {
  let now = startMs;
  let order = 0;
  let alarm = () => {};
  let timers: { dueMs: number; order: number; callback: () => void }[] = [];

  const next = () =>
    timers.reduce(
      (first, timer) =>
        timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order)
          ? timer
          : first,
      timers[0],
    );

  return {
    nowMs: () => now,
    after(ms, callback) {
      timers.push({ dueMs: now + ms, order: order++, callback });
    },
    at(dueMs, callback) {
      timers = timers.filter((timer) => timer.callback !== alarm);
      alarm = () => callback();
      timers.push({ dueMs, order: order++, callback: alarm });
    },
    pass(ms) {
      const untilMs = now + ms;
      for (let timer = next(); timer !== undefined && timer.dueMs <= untilMs; timer = next()) {
        timers = timers.filter((other) => other !== timer);
        now = Math.max(now, timer.dueMs);
        timer.callback();
      }
      now = Math.max(now, untilMs);
    },
    block(ms) {
      now += ms;
    },
  };
}
