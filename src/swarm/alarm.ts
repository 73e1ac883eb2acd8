/**
 * One alarm at a time, far more exact than a timer: a thread sleeps until it is due (see metronome.ts).
 */

import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';

export interface MetronomeData {
  /** An Int32 that counts changes; from byte 8 on a Float64: the due time in ms, NaN to end the thread. */
  shared: SharedArrayBuffer;
  port: MessagePort;
}

export interface Alarm {
  /** Rings at the time, in place of what was set before. */
  set(dueMs: number): void;
  close(): void;
}

/** Starts the thread. */
export function createAlarm(onRing: () => void): Alarm {
  const shared = new SharedArrayBuffer(16);
  const changes = new Int32Array(shared, 0, 1);
  const due = new Float64Array(shared, 8, 1);
  due[0] = Number.POSITIVE_INFINITY;
  const { port1, port2 } = new MessageChannel();
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const thread = new Worker(new URL(`./metronome.${extension}`, import.meta.url), {
    workerData: { shared, port: port2 } satisfies MetronomeData,
    transferList: [port2],
  });
  port1.on('message', onRing);
  port1.unref();
  thread.unref();
  const set = (dueMs: number) => {
    due[0] = dueMs;
    Atomics.add(changes, 0, 1);
    Atomics.notify(changes, 0);
  };
  return {
    set,
    close() {
      set(Number.NaN);
      port1.close();
    },
  };
}
