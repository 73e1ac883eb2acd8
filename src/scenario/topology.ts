/**
 * Plans how the server side of a phase is arranged.
 */

import { REDACTED } from '../base/redact.ts';
import type { BrokerPlan, TopologyPlan } from '../model/plan.ts';
import type { TOPOLOGY_KINDS } from '../model/scenario.ts';
import type { Complain, Options } from './options.ts';

/** How the bundled server is arranged; the options that its kind knows nothing of say nothing. */
export function planTopology(kind: (typeof TOPOLOGY_KINDS)[number], options: Options): TopologyPlan {
  const { engine, nodes, balancer, broker } = options;
  if (kind === 'single') return { kind, engine };
  // Nobody routes without a balancer, whatever was said for other phases.
  const routing = balancer === 'none' ? 'sticky' : options.routing;
  return { kind, engine, nodes, balancer, routing, broker: planBroker(broker) };
}

function planBroker(broker: string): BrokerPlan {
  if (broker === 'embedded' || broker === 'none') return { kind: broker };
  return { kind: 'redis', url: broker === 'redis' ? null : broker };
}

/** A broker as a file writes it, so that `planTopology` gives it back. */
export function formatBroker(broker: BrokerPlan): string {
  return broker.kind === 'redis' ? (broker.url ?? 'redis') : broker.kind;
}

/** Complains where the broker of a topology is a Redis whose URL leads nowhere. */
export function checkBroker(topology: TopologyPlan, complain: Complain): void {
  if (topology.kind !== 'cluster' || topology.broker.kind !== 'redis' || topology.broker.url === null) return;
  const fault = redisUrlFault(topology.broker.url);
  if (fault !== null) complain('broker', fault);
}

/**
 * What is wrong with the URL of a Redis, told without the URL: it may hold a password. One with characters that end
 * the host before its time would be taken apart at the wrong place, and its password shown, so nothing but the
 * number of a database may follow the host.
 */
export function redisUrlFault(text: string): string | null {
  if (text.includes(REDACTED)) {
    return 'holds a password that a record does not keep; give the whole URL again with --redis';
  }
  const remedy = 'write it like redis://user:password@localhost:6379/0';
  if (!URL.canParse(text)) return `is not a URL; ${remedy}`;
  const { hostname, pathname, search, hash } = new URL(text);
  if (hostname === '') return `has no host; ${remedy}`;
  if (search !== '' || hash !== '' || !/^\/?\d*$/.test(pathname)) {
    return `may have the number of a database after its host, and nothing else; ${remedy}, each of / ? # in a password as %2F %3F %23`;
  }
  return null;
}
