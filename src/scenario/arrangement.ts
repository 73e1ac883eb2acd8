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
      const { nodes, routing, balancer, broker, store } = topology;
      const count = nodes === 1 ? 'one node' : `${formatCount(nodes)} nodes`;
      const parts = [
        ...describeBalancer(balancer, routing),
        ...describeBroker(broker),
        ...describeStore(store),
      ];
      return `${count} of the bundled server (${parts.join(', ') || 'nothing between them'})`;
    }
    case 'regions': {
      const { regions, nodesPerRegion, broker } = topology;
      const nodes = nodesPerRegion === 1 ? 'one node' : `${formatCount(nodesPerRegion)} nodes`;
      const carried = describeBroker(broker).map((words) => ` (${words})`);
      return `${nodes} of the bundled server in each of ${formatCount(regions.length)} regions${carried.join('')}`;
    }
    case 'edge': {
      const { edge, gateways, backends } = topology;
      if (edge === 'workerd') return 'Durable Objects of the bundled server on workerd';
      const held = edge === 'gateway' ? `${formatCount(gateways)} gateways of the bundled server` : 'Pushpin';
      const behind = edge === 'gateway' ? 'behind' : 'of the bundled server behind';
      return `${held}, ${formatCount(backends)} backends ${behind}`;
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
  const carrier = broker.carrier === 'pubsub' ? '' : ` (${broker.carrier})`;
  return [`${broker.url === null ? 'redis' : `Redis at ${redactUrl(broker.url)}`}${carrier}`];
}

function describeStore(store: Cluster['store']): string[] {
  if (store.kind === 'none') return [];
  if (store.kind === 'sqlite') return ['stored in SQLite'];
  return [`stored in ${store.url === null ? 'postgres' : `PostgreSQL at ${redactUrl(store.url)}`}`];
}
