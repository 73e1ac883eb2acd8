const NOBODY_WAKES = new Int32Array(new SharedArrayBuffer(4));

/** The whole process stands still: nothing is read, sent or accepted before so many ms are over. */
export function standStill(ms: number): void {
  Atomics.wait(NOBODY_WAKES, 0, 0, ms);
}
