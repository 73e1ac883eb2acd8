/**
 * What connections and processes take, before anything is run. Assumptions, on the safe side of what was measured with
 * a million connections (docs/million.md): a run tells the real figures.
 */

/** Memory of a process, and of one connection at either end with its kernel buffers. */
export const PROCESS_BYTES = 20 * 2 ** 20;
export const GENERATOR_BYTES = 7.5 * 1024;
/** For each descriptor that a client takes in the bundled server. */
export const SERVER_BYTES = 7.5 * 1024;

/** Threads of a process of ours: its own, those of V8 and of libuv, a worker and its metronome. */
export const THREADS_PER_PROCESS = 13;

/** What one end of a quiet connection is charged for its buffers: two million ends were for 171,077 pages. */
export const PAGES_PER_SOCKET = 0.1;
