/**
 * Whether a node is fit to take connections, check by check: what a load balancer asks every few seconds.
 */

import type { Clock } from '../base/clock.ts';

/** A check fails above this share of its limit. */
const MAX_RATIO = 0.95;
const MAX_LAG_MS = 200;

/** How often the event loop is looked at. */
const TICK_MS = 250;

/** What is judged. Limits that the system does not tell are null. */
export interface HealthReading {
  eventLoopLagMs: number;
  memoryBytes: number;
  memoryLimitBytes: number;
  descriptors: number | null;
  descriptorLimit: number | null;
  isDraining: boolean;
  isBrokerLost: boolean;
}

interface Check {
  ok: boolean;
  [value: string]: boolean | number | string | null;
}

export interface Health {
  status: 'ok' | 'failing';
  checks: Record<'eventLoop' | 'memory' | 'descriptors' | 'accepting' | 'broker', Check>;
}

/** Judges a reading; what cannot be read is not held against the node. */
export function judge(reading: HealthReading): Health {
  const { eventLoopLagMs, memoryBytes, memoryLimitBytes, descriptors, descriptorLimit } = reading;
  const { isDraining, isBrokerLost } = reading;
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
    accepting: { ok: !isDraining, state: isDraining ? 'draining' : 'accepting' },
    broker: { ok: !isBrokerLost, state: isBrokerLost ? 'lost' : 'connected' },
  };
  return { status: Object.values(checks).every(({ ok }) => ok) ? 'ok' : 'failing', checks };
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
