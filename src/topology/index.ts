/**
 * Topologies by kind. A new one is a file beside this and a line in the table.
 */

import type { TopologyPlan } from '../model/plan.ts';
import { createCluster } from './cluster.ts';
import { createEdge } from './edge/index.ts';
import { createRegions } from './regions.ts';
import { createSingle } from './single.ts';
import { createTarget } from './target.ts';
import type { Topology, TopologyOptions } from './topology.ts';

export { checkParts } from './installed.ts';

type Create<Kind> = (plan: Extract<TopologyPlan, { kind: Kind }>, options: TopologyOptions) => Topology;

const TOPOLOGIES: { [Kind in TopologyPlan['kind']]: Create<Kind> } = {
  cluster: createCluster,
  edge: createEdge,
  regions: createRegions,
  single: createSingle,
  target: createTarget,
};

/** The topology that a phase asks for. Nothing is started before `up`. */
export function createTopology(plan: TopologyPlan, options: TopologyOptions): Topology {
  // The table pairs each kind with its own plan, which is more than the compiler can follow.
  const create = TOPOLOGIES[plan.kind] as Create<TopologyPlan['kind']>;
  return create(plan, options);
}
