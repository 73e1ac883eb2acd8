import { toPhase } from '../../src/collect/phase.ts';
import { createTally } from '../../src/collect/tally.ts';
import type { Herd, Phase } from '../../src/model/record.ts';
import { EMPTY_SUMMARY } from '../../src/stats/histogram.ts';
import { phasePlan } from './plans.ts';

/** A phase of a record in which nothing happened; a test says what did. */
export function quietPhase(said: Partial<Phase> = {}): Phase {
  const facts = {
    plan: phasePlan(),
    urls: ['ws://127.0.0.1:8080'],
    nodes: 1,
    durationMs: 10_000,
    endedEarly: null,
    atEnd: 10,
    hosts: 1,
    workers: 1,
    herds: [],
    ceiling: null,
  };
  return { ...toPhase(facts, createTally(1), () => ({ timeline: [], valid: true, reasons: [] })), ...said };
}

/** A herd of ten that came back within a second. */
export function calmHerd(said: Partial<Herd> = {}): Herd {
  return {
    trigger: 'drop',
    policy: 'full-jitter',
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
