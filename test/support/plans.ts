import { CONNECT_OBJECTIVE, DEFAULT_SEARCH } from '../../src/model/objective.ts';
import { type HerdPlan, type PhasePlan, PLAIN_SERVICE } from '../../src/model/plan.ts';
import type { SourcePlan } from '../../src/transport/sources.ts';

/** The system chooses where clients connect from. */
export const NO_SOURCES: SourcePlan = {
  clients: 1,
  destinations: 1,
  dealing: 'one by one',
  addresses: 0,
  ranks: 1,
  firstPort: 0,
  ports: 0,
};

/** A plan of a phase in which each value is simple; a test says what matters to it. */
export function phasePlan(said: Partial<PhasePlan> = {}): PhasePlan {
  return {
    name: 'single',
    topology: { kind: 'single', engine: 'ws' },
    transport: 'raw',
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
      lowPriorityRatio: 0,
    },
    service: PLAIN_SERVICE,
    slowReadersRatio: 0,
    movesRatioPerS: 0,
    durationMs: 10_000,
    drainMs: 5000,
    reconnect: { kind: 'fixed', baseMs: 200, capMs: 200, firstMs: 0, stableMs: 30_000 },
    livenessMs: null,
    ceiling: false,
    rateCeiling: false,
    objective: CONNECT_OBJECTIVE,
    search: DEFAULT_SEARCH,
    herds: [],
    sweep: [],
    soak: null,
    faults: [],
    baseline: null,
    ...said,
  };
}

export function herdPlan(said: Partial<HerdPlan> = {}): HerdPlan {
  return { trigger: 'drop', shareRatio: 1, holdMs: 1000, observeMs: 60_000, ...said };
}
