import type { HerdPlan, PhasePlan } from '../../src/model/plan.ts';

/** A plan of a phase in which each value is simple; a test says what matters to it. */
export function phasePlan(said: Partial<PhasePlan> = {}): PhasePlan {
  return {
    name: 'single',
    topology: { kind: 'single', engine: 'ws' },
    clients: 10,
    connectRatePerS: 1000,
    handshake: { headers: {}, subprotocol: null, caFile: null, insecure: false, timeoutMs: 10_000 },
    messages: {
      mode: 'echo',
      rooms: 1,
      ratePerClientPerS: 1,
      sizeBytes: 64,
      payload: 'binary',
      arrival: 'constant',
    },
    durationMs: 10_000,
    drainMs: 5000,
    reconnect: { kind: 'fixed', baseMs: 200, capMs: 200, firstMs: 0, stableMs: 30_000 },
    ceiling: false,
    herds: [],
    ...said,
  };
}

export function herdPlan(said: Partial<HerdPlan> = {}): HerdPlan {
  return { trigger: 'drop', shareRatio: 1, holdMs: 1000, observeMs: 60_000, ...said };
}
