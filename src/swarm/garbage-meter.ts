/**
 * How long this thread stood still while V8 collected garbage. V8 tells of each collection when it is over, so that
 * nothing is measured by the way.
 */

import {
  constants,
  type NodeGCPerformanceDetail,
  type PerformanceEntry,
  PerformanceObserver,
} from 'node:perf_hooks';

/** Node's types leave out what only entries of collections have. */
type GarbageEntry = PerformanceEntry & { detail: NodeGCPerformanceDetail };

export interface GarbageTime {
  /** All pauses. */
  gcMs: number;
  /** The longest one. */
  gcMaxMs: number;
}

export interface GarbageMeter {
  /** Since the last call. */
  take(): GarbageTime;
  close(): void;
}

export function createGarbageMeter(): GarbageMeter {
  let time: GarbageTime = { gcMs: 0, gcMaxMs: 0 };
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { duration } = entry;
      const { flags = 0 } = (entry as GarbageEntry).detail;
      // What the engine asks for itself comes before anything is timed.
      if ((flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0) continue;
      time.gcMs += duration;
      time.gcMaxMs = Math.max(time.gcMaxMs, duration);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    take() {
      const taken = time;
      time = { gcMs: 0, gcMaxMs: 0 };
      return taken;
    },
    close: () => observer.disconnect(),
  };
}
