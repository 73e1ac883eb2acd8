import { redactUrl } from '../base/redact.ts';
import { formatCount } from '../base/units.ts';
import type { TopologyPlan } from '../model/plan.ts';

/** In words, what the clients connect to. */
export function describeTopology(topology: TopologyPlan): string {
  switch (topology.kind) {
    case 'target':
      return redactUrl(topology.url);
    case 'single':
      return 'one node of the bundled server';
    case 'cluster': {
      const { nodes, routing, balancer, broker } = topology;
      const count = nodes === 1 ? 'one node' : `${formatCount(nodes)} nodes`;
      const parts = [...describeBalancer(balancer, routing), ...describeBroker(broker)];
      return `${count} of the bundled server (${parts.join(', ') || 'nothing between them'})`;
    }
  }
}

type Cluster = Extract<TopologyPlan, { kind: 'cluster' }>;

function describeBalancer(balancer: Cluster['balancer'], routing: Cluster['routing']): string[] {
  if (balancer === 'none') return [];
  return [routing, balancer === 'embedded' ? 'embedded balancer' : balancer];
}

function describeBroker(broker: Cluster['broker']): string[] {
  if (broker.kind === 'none') return [];
  if (broker.kind === 'embedded') return ['embedded broker'];
  return [broker.url === null ? 'redis' : `Redis at ${redactUrl(broker.url)}`];
}
