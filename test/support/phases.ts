import { type PhaseFacts, toPhase } from '../../src/collect/phase.ts';
import { createTally } from '../../src/collect/tally.ts';
import type { Herd, Phase } from '../../src/model/record.ts';
import { EMPTY_SUMMARY } from '../../src/stats/summary.ts';
import { phasePlan } from './plans.ts';

const NOT_JUDGED = { timeline: [], valid: true, reasons: [], judgedSeconds: 0, markedSeconds: 0 };

/** What is known of a phase in which nothing happened. */
export function phaseFacts(said: Partial<PhaseFacts> = {}): PhaseFacts {
  return {
    plan: phasePlan(),
    urls: ['ws://127.0.0.1:8080'],
    nodes: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 10_000,
    endedEarly: null,
    atEnd: 10,
    hosts: 1,
    scheduling: 'ordinary',
    workers: 1,
    herds: [],
    swept: null,
    failovers: [],
    ceiling: null,
    rateCeiling: null,
    leak: null,
    memory: {},
    ...said,
  };
}

/** A phase of a record in which nothing happened; a test says what did. */
export function quietPhase(said: Partial<Phase> = {}): Phase {
  return { ...toPhase(phaseFacts(), createTally(1), () => NOT_JUDGED), ...said };
}

/** A herd of ten that came back within a second. */
export function calmHerd(said: Partial<Herd> = {}): Herd {
  return {
    trigger: 'drop',
    policy: 'full-jitter',
    policyText: null,
    brokenAtMs: 5000,
    affected: 10,
    outageMs: 0,
    heldMs: 1000,
    t50Ms: 500,
    t95Ms: 900,
    t99Ms: 950,
    t100Ms: 950,
    observedMs: 5000,
    attempts: 10,
    failed: {},
    amplification: 1,
    peakAttemptsPerS: 10,
    neverReturned: 0,
    lost: 0,
    recovered: 0,
    collateral: { clients: 0, errors: 0, responseMs: EMPTY_SUMMARY },
    metastable: false,
    recommendedWindowMs: 100,
    curve: { stepMs: 20, acceptedMs: 0, returned: [], attempts: [] },
    ...said,
  };
}
