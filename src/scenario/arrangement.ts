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
      const before = balancer === 'embedded' ? 'embedded balancer' : balancer;
      return `${count} of the bundled server (${routing}, ${before}, ${describeBroker(broker)})`;
    }
  }
}

function describeBroker(broker: Extract<TopologyPlan, { kind: 'cluster' }>['broker']): string {
  if (broker.kind === 'embedded') return 'embedded broker';
  return broker.url === null ? 'redis' : `Redis at ${redactUrl(broker.url)}`;
}
