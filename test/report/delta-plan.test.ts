import { describe, expect, it } from 'vitest';
import type { PhasePlan } from '../../src/model/plan.ts';
import { planDifferences } from '../../src/report/delta-plan.ts';
import { herdPlan, phasePlan } from '../support/plans.ts';

const CLUSTER = {
  ...{ kind: 'cluster', engine: 'lean', nodes: 4, balancer: 'embedded', routing: 'sticky' },
  ...{ broker: { kind: 'embedded' }, store: { kind: 'none' } },
} as const satisfies PhasePlan['topology'];

const REDIS = { kind: 'redis', carrier: 'pubsub', url: null } as const;

/** What stands between one plan and the same with a change. */
const TECHNIQUES: [sentence: string, from: Partial<PhasePlan>, to: Partial<PhasePlan>][] = [
  [
    'store sqlite instead of none',
    { topology: CLUSTER },
    { topology: { ...CLUSTER, store: { kind: 'sqlite' } } },
  ],
  [
    'broker redis (carrier pubsub) instead of embedded',
    { topology: CLUSTER },
    { topology: { ...CLUSTER, broker: REDIS } },
  ],
  [
    'broker carrier streams instead of pubsub',
    { topology: { ...CLUSTER, broker: REDIS } },
    { topology: { ...CLUSTER, broker: { ...REDIS, carrier: 'streams' } } },
  ],
  ['nodes 8 instead of 4', { topology: CLUSTER }, { topology: { ...CLUSTER, nodes: 8 } }],
  ['heartbeat 1.00 s instead of none', {}, { service: { heartbeatMs: 1000, batch: null, audience: 'room' } }],
  [
    'batch interval 50.0 ms, timer tick, max 16.0 KB instead of none',
    {},
    {
      service: {
        ...{ heartbeatMs: null, audience: 'room' },
        batch: { intervalMs: 50, timer: 'tick', maxBytes: 16_384 },
      },
    },
  ],
  [
    'reconnect exponential instead of fixed',
    {},
    { reconnect: { ...phasePlan().reconnect, kind: 'exponential' } },
  ],
  [
    'topology single instead of cluster (nodes 4, balancer embedded, routing sticky, broker embedded, store none)',
    { topology: CLUSTER },
    { topology: { kind: 'single', engine: 'lean' } },
  ],
  ['faults drop:share=0.1 instead of none', {}, { faults: ['drop:share=0.1'] }],
];

const LOADS: [sentence: string, to: Partial<PhasePlan>][] = [
  ['rate 5/s instead of 1/s', { messages: { ...phasePlan().messages, ratePerClientPerS: 5 } }],
  ['size 1.00 KB instead of 64.0 B', { messages: { ...phasePlan().messages, sizeBytes: 1024 } }],
  ['clients 20 instead of 10', { clients: 20 }],
  ['slow readers 10.0 % instead of 0 %', { slowReadersRatio: 0.1 }],
  ['moves 1.00 %/s instead of 0 %/s', { movesRatioPerS: 0.01 }],
  ['duration 2.00 s instead of 10.0 s', { durationMs: 2000 }],
  ['herds trigger drop, share 100 %, hold 1.00 s, observe 60.0 s instead of none', { herds: [herdPlan()] }],
];

describe('what differs between two phases', () => {
  it.each(TECHNIQUES)('is told: %s', (sentence, from, to) => {
    expect(planDifferences(phasePlan(to), phasePlan(from))).toEqual({ technique: [sentence], load: [] });
  });

  it.each(LOADS)('in the load is told apart: %s', (sentence, to) => {
    expect(planDifferences(phasePlan(to), phasePlan())).toEqual({ technique: [], load: [sentence] });
  });

  it('is nothing where only the names differ', () => {
    const variant = phasePlan({ name: 'b', baseline: 'a' });
    expect(planDifferences(variant, phasePlan({ name: 'a' }))).toEqual({ technique: [], load: [] });
  });

  it('is missed for no value of a plan', () => {
    const plan = phasePlan({
      topology: { ...CLUSTER, broker: REDIS },
      service: { heartbeatMs: 1000, batch: { intervalMs: 50, timer: 'tick', maxBytes: 9 }, audience: 'room' },
      herds: [herdPlan()],
      soak: { cycles: 3, pid: null },
      handshake: { ...phasePlan().handshake, subprotocol: 'a', headers: { 'X-A': 'b' } },
    });
    const paths = pathsOf(plan).filter(([first]) => first !== 'name' && first !== 'baseline');
    expect(paths.length).toBeGreaterThan(40);
    for (const path of paths) {
      const { technique, load } = planDifferences(changedAt(plan, path), plan);
      expect([...technique, ...load], path.join('.')).toHaveLength(1);
    }
  });

  it('is cut where it is long', () => {
    const faults = Array.from({ length: 50 }, (_, i) => `drop:share=0.${i + 1}`);
    const [sentence] = planDifferences(phasePlan({ faults }), phasePlan()).technique;
    expect(sentence).toMatch(/^faults drop:share=0\.1, .*… instead of none$/);
    expect(sentence.length).toBeLessThan(160);
  });
});

/** The path to each value that is no object of others. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]));
}

function changedAt(plan: PhasePlan, path: string[]): PhasePlan {
  const changed = structuredClone(plan);
  const parent = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>(
      (at, key) => at[key] as Record<string, unknown>,
      changed as unknown as Record<string, unknown>,
    );
  const key = path[path.length - 1];
  const value = parent[key];
  parent[key] = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : 'other';
  return changed;
}
