import type { Herd } from '../../src/model/record.ts';
import { emptySummary } from '../report/sample-summary.ts';

const STEP_MS = 20;
const STEPS_PER_S = 1000 / STEP_MS;

interface Told {
  affected: number;
  /** Seconds from the break until the server accepts. */
  acceptedS?: number;
  /** Clients that come back, and attempts, in each second from the break; spread evenly over it. */
  returns: number[];
  attempts: number[];
}

/** A herd as it is measured if this happens, second by second. */
export function aHerd({ affected, acceptedS = 0, returns, attempts }: Told): Herd {
  const seconds = Math.max(returns.length, attempts.length);
  const spread = (counts: number[]) =>
    Array.from({ length: seconds }, (_, second) => evenly(counts[second] ?? 0)).flat();
  let back = 0;
  const returned = spread(returns).map((count) => (back += count));
  const after = (share: number) => {
    const step = returned.findIndex((count) => count >= Math.ceil(share * affected - 1e-9));
    return step < 0 || affected === 0 ? null : (step + 1) * STEP_MS - acceptedS * 1000;
  };
  const total = (counts: number[]) => counts.reduce((sum, count) => sum + count, 0);
  return {
    trigger: 'drop',
    policy: 'guide',
    policyText: null,
    brokenAtMs: 10_000,
    affected,
    outageMs: acceptedS * 1000,
    heldMs: 1000,
    ...{ t50Ms: after(0.5), t95Ms: after(0.95), t99Ms: secondOf(after(0.99)), t100Ms: after(1) },
    observedMs: 60_000,
    attempts: total(attempts),
    failed: {},
    amplification: back === 0 ? null : total(attempts) / back,
    peakAttemptsPerS: Math.max(0, ...attempts),
    neverReturned: affected - back,
    ...{ lost: 0, recovered: 0 },
    collateral: { clients: 0, errors: 0, responseMs: emptySummary() },
    metastable: false,
    recommendedWindowMs: null,
    curve: { stepMs: STEP_MS, acceptedMs: acceptedS * 1000, returned, attempts: spread(attempts) },
  };
}

/** Steps of one second with so many in all. */
function evenly(count: number): number[] {
  return Array.from(
    { length: STEPS_PER_S },
    (_, i) => Math.floor(((i + 1) * count) / STEPS_PER_S) - Math.floor((i * count) / STEPS_PER_S),
  );
}

/** Whole seconds are easier to tell in a test. */
function secondOf(ms: number | null): number | null {
  return ms === null ? null : Math.ceil(ms / 1000) * 1000;
}
