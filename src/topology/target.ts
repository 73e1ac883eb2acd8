import type { TopologyPlan } from '../model/plan.ts';
import type { Topology } from './topology.ts';

/** A server that is not ours: nothing is started, sampled or broken. */
export function createTarget(plan: Extract<TopologyPlan, { kind: 'target' }>): Topology {
  return {
    up: async () => ({ urls: [plan.url], nodes: [] }),
    sample: async () => null,
    faults: {},
    died: new Promise(() => {}),
    down: async () => {},
  };
}
