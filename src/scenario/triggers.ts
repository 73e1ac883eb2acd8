/**
 * What breaks connections where. A storm that its topology cannot have would be a run that breaks nothing.
 */

import type { TopologyPlan } from '../model/plan.ts';
import type { HerdTrigger } from '../model/scenario.ts';

const TRIGGERS: Record<TopologyPlan['kind'], readonly HerdTrigger[]> = {
  target: ['drop'],
  single: ['drop', 'kill', 'restart', 'close', 'reset', 'blackhole'],
  cluster: ['drop', 'kill', 'restart', 'drain', 'close', 'reset', 'blackhole', 'rolling'],
  regions: ['drop', 'region'],
  edge: ['drop', 'kill', 'restart', 'rolling'],
};

/** Of an edge that is one process, with nothing behind it. */
const OF_WORKERD: readonly HerdTrigger[] = ['drop', 'kill', 'restart'];

/** These send the clients of a node to the others. */
const SENDING: readonly HerdTrigger[] = ['drain', 'rolling'];

/** Why a topology cannot have a trigger, and what helps; null where it can. */
export function misfitOfTrigger(topology: TopologyPlan, trigger: HerdTrigger): string | null {
  const { kind } = topology;
  if (!TRIGGERS[kind].includes(trigger)) return `${trigger} ${remedyFor(kind, trigger)}`;
  if (topology.kind === 'edge' && topology.edge === 'workerd' && !OF_WORKERD.includes(trigger)) {
    return `${trigger} does not fit; with edge: workerd, ${OF_WORKERD.join(', ')} are possible`;
  }
  if (topology.kind === 'cluster' && SENDING.includes(trigger)) {
    if (topology.balancer === 'none') {
      return `${trigger} takes nodes out of a balancer; give the cluster one with balancer: embedded or nginx`;
    }
    if (topology.nodes === 1) {
      return `${trigger} sends the clients of a node to the others, and there is but one; give it nodes: 2 or more, or use restart`;
    }
  }
  return null;
}

function remedyFor(kind: TopologyPlan['kind'], trigger: HerdTrigger): string {
  if (kind === 'target') return 'needs the bundled server; with a target, only drop is possible';
  if (trigger === 'region') return 'needs topology: regions';
  const instead = `with topology: ${kind}, ${TRIGGERS[kind].join(', ')} are possible`;
  return SENDING.includes(trigger)
    ? `needs topology: cluster with a balancer; ${instead}`
    : `does not fit; ${instead}`;
}
