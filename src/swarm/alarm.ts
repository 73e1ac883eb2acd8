/**
 * One alarm at a time for the next message that is due. A metronome is a thread that sleeps until then (see
 * metronome.ts), which is far more exact than a timer of the event loop, whose grain is a millisecond. Where there are
 * many more workers than cores, a thread for each would cost more than the cores could keep of its exactness.
 */

import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';

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

export function createAlarm(kind: 'metronome' | 'timer', onRing: () => void): Alarm {
  return kind === 'metronome' ? startMetronome(onRing) : createTimer(onRing);
}

function createTimer(onRing: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined;
  return {
    set(dueMs) {
      clearTimeout(timer);
      timer = setTimeout(onRing, Math.max(0, dueMs - systemClock.nowMs()));
    },
    close: () => clearTimeout(timer),
  };
}

/** Starts the thread. */
function startMetronome(onRing: () => void): Alarm {
  const shared = new SharedArrayBuffer(16);
  const changes = new Int32Array(shared, 0, 1);
  const due = new Float64Array(shared, 8, 1);
  due[0] = Number.POSITIVE_INFINITY;
  const { port1, port2 } = new MessageChannel();
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const thread = new Worker(new URL(`./metronome.${extension}`, import.meta.url), {
    workerData: { shared, port: port2 } satisfies MetronomeData,
    transferList: [port2],
    // It needs next to nothing, and its heap would otherwise have room for a program.
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
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
