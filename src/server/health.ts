/**
 * Whether a process of the server is fit, check by check: what a load balancer asks every few seconds.
 */

import type { Clock } from '../base/clock.ts';
import { readLimits } from '../base/limits.ts';
import { memoryLimitBytes, openDescriptors } from './own-process.ts';

/** A check fails above this share of its limit. */
const MAX_RATIO = 0.95;
const MAX_LAG_MS = 200;

/** How often the event loop is looked at. */
const TICK_MS = 250;

/** What is judged of any process. Limits that the system does not tell are null. */
export interface ProcessReading {
  eventLoopLagMs: number;
  memoryBytes: number;
  memoryLimitBytes: number;
  descriptors: number | null;
  descriptorLimit: number | null;
}

/** What is judged of a node. */
export interface HealthReading extends ProcessReading {
  isDraining: boolean;
  isBrokerLost: boolean;
}

export interface Check {
  ok: boolean;
  [value: string]: boolean | number | string | null;
}

type ProcessChecks = Record<'eventLoop' | 'memory' | 'descriptors', Check>;

export interface Health {
  status: 'ok' | 'failing';
  checks: ProcessChecks & Record<string, Check>;
}

/** Judges a reading of a node, and with it what else the node looks at. */
export function judge(reading: HealthReading, others: Record<string, Check> = {}): Health {
  const { isDraining, isBrokerLost } = reading;
  return judgeProcess(reading, {
    accepting: { ok: !isDraining, state: isDraining ? 'draining' : 'accepting' },
    broker: { ok: !isBrokerLost, state: isBrokerLost ? 'lost' : 'connected' },
    ...others,
  });
}

/** Judges a reading, and with it what else a process looks at; what cannot be read is not held against it. */
export function judgeProcess(reading: ProcessReading, others: Record<string, Check> = {}): Health {
  const { eventLoopLagMs, memoryBytes, memoryLimitBytes, descriptors, descriptorLimit } = reading;
  const checks = {
    eventLoop: { ok: eventLoopLagMs <= MAX_LAG_MS, lagMs: eventLoopLagMs, limitMs: MAX_LAG_MS },
    memory: {
      ok: memoryBytes <= MAX_RATIO * memoryLimitBytes,
      usedBytes: memoryBytes,
      limitBytes: memoryLimitBytes,
    },
    descriptors: {
      ok: descriptors === null || descriptorLimit === null || descriptors <= MAX_RATIO * descriptorLimit,
      used: descriptors,
      limit: descriptorLimit,
    },
    ...others,
  };
  return { status: Object.values(checks).every(({ ok }) => ok) ? 'ok' : 'failing', checks };
}

/** What a process reads of itself. */
export interface ProcessWatch {
  reading(): ProcessReading;
  stop(): void;
}

/** Watches the process that calls. */
export function watchProcess(clock: Clock): ProcessWatch {
  const lag = watchLag(clock);
  const { nofileSoft } = readLimits();
  return {
    reading: () => ({
      eventLoopLagMs: lag.lagMs(),
      memoryBytes: process.memoryUsage.rss(),
      memoryLimitBytes: memoryLimitBytes(),
      descriptors: openDescriptors(),
      descriptorLimit: nofileSoft,
    }),
    stop: lag.stop,
  };
}

/** How late the event loop is. */
export interface LagWatch {
  /** The lateness of the last tick, or of the one that is due now. */
  lagMs(): number;
  stop(): void;
}

/**
 * Watches the event loop by a slow timer. `monitorEventLoopDelay` would be finer, but its percentiles count from its
 * last reset, and the resets belong to the samples.
 */
export function watchLag(clock: Clock): LagWatch {
  let dueMs = clock.nowMs() + TICK_MS;
  let lastLagMs = 0;
  const timer = setInterval(() => {
    const nowMs = clock.nowMs();
    lastLagMs = Math.max(0, nowMs - dueMs);
    dueMs = nowMs + TICK_MS;
  }, TICK_MS);
  timer.unref();
  return {
    lagMs: () => Math.max(lastLagMs, clock.nowMs() - dueMs),
    stop: () => clearInterval(timer),
  };
}
