/**
 * Edges by what holds their connections. A new one is a file beside this and a line in the table.
 */

import type { TopologyPlan } from '../../model/plan.ts';
import type { Topology, TopologyOptions } from '../topology.ts';
import { createGateways } from './gateway.ts';
import { createPushpin } from './pushpin.ts';
import { createWorkerd } from './workerd.ts';

export type EdgePlan = Extract<TopologyPlan, { kind: 'edge' }>;

const EDGES: Record<EdgePlan['edge'], (plan: EdgePlan, options: TopologyOptions) => Topology> = {
  gateway: createGateways,
  workerd: createWorkerd,
  pushpin: createPushpin,
};

/** Nothing is started before `up`. */
export function createEdge(plan: EdgePlan, options: TopologyOptions): Topology {
  return EDGES[plan.edge](plan, options);
}
