/**
 * Plans how the server side of a phase is arranged.
 */

import { REDACTED } from '../base/redact.ts';
import { parseDurationMs } from '../base/units.ts';
import type { BrokerPlan, StorePlan, TopologyPlan } from '../model/plan.ts';
import { REDIS_CARRIERS, type TOPOLOGY_KINDS } from '../model/scenario.ts';
import type { Complain, Options } from './options.ts';
import { planWan } from './wan.ts';

/** How the bundled server is arranged; the options that its kind knows nothing of say nothing. */
export function planTopology(kind: (typeof TOPOLOGY_KINDS)[number], options: Options): TopologyPlan {
  const { engine } = options;
  switch (kind) {
    case 'single':
      return { kind, engine };
    case 'cluster': {
      const { nodes, balancer } = options;
      // Nobody routes without a balancer, whatever was said for other phases.
      const routing = balancer === 'none' ? 'sticky' : options.routing;
      const broker = planBroker(options.broker);
      return { kind, engine, nodes, balancer, routing, broker, store: planStore(options.store) };
    }
    case 'regions': {
      const { regions, nodesPerRegion, wan } = options;
      const dns = {
        ttlMs: parseDurationMs(options.dnsTtl),
        healthIntervalMs: parseDurationMs(options.healthInterval),
      };
      const broker = planBroker(options.broker);
      return { kind, engine, regions, nodesPerRegion, broker, wan: planWan(regions, wan), dns };
    }
    case 'edge': {
      const { edge } = options;
      // What somebody else is not made of stands at its least, whatever was said for other phases.
      return {
        ...{ kind, edge, engine: edge === 'gateway' ? engine : 'lean' },
        gateways: edge === 'gateway' ? options.gateways : 1,
        backends: edge === 'workerd' ? 1 : options.backends,
      };
    }
  }
}

/** `redis`, `redis-sharded`, `redis://…` and `streams+redis://…`. */
function planBroker(broker: string): BrokerPlan {
  if (broker === 'embedded' || broker === 'none') return { kind: broker };
  const carrier = REDIS_CARRIERS.find((kind) => broker === `redis-${kind}` || broker.startsWith(`${kind}+`));
  const url = broker.includes('://') ? broker.replace(/^[a-z]+\+/, '') : null;
  return { kind: 'redis', carrier: carrier ?? 'pubsub', url };
}

/** A broker as a file writes it, so that `planTopology` gives it back. */
export function formatBroker(broker: BrokerPlan): string {
  if (broker.kind !== 'redis') return broker.kind;
  const { carrier, url } = broker;
  if (url === null) return carrier === 'pubsub' ? 'redis' : `redis-${carrier}`;
  return carrier === 'pubsub' ? url : `${carrier}+${url}`;
}

function planStore(store: string): StorePlan {
  if (store === 'none' || store === 'sqlite') return { kind: store };
  return { kind: 'postgres', url: store === 'postgres' ? null : store };
}

/** A store as a file writes it. */
export function formatStore(store: StorePlan): string {
  return store.kind === 'postgres' ? (store.url ?? 'postgres') : store.kind;
}

/** Complains where a part of a topology is at a URL that leads nowhere. */
export function checkParts(topology: TopologyPlan, complain: Complain): void {
  if ('broker' in topology && topology.broker.kind === 'redis' && topology.broker.url !== null) {
    const fault = redisUrlFault(topology.broker.url);
    if (fault !== null) complain('broker', fault);
  }
  if ('store' in topology && topology.store.kind === 'postgres' && topology.store.url !== null) {
    const fault = postgresUrlFault(topology.store.url);
    if (fault !== null) complain('store', fault);
  }
}

/** The same of the URL of a PostgreSQL. Of what may follow the name of a database, only `sslmode` holds no secret. */
function postgresUrlFault(text: string): string | null {
  if (text.includes(REDACTED)) {
    return 'holds a password that a record does not keep; give the whole URL again with --store';
  }
  const remedy = 'write it like postgres://user:password@localhost:5432/database';
  if (!URL.canParse(text)) return `is not a URL; ${remedy}`;
  const { hostname, pathname, search, hash } = new URL(text);
  if (hostname === '') return `has no host; ${remedy}`;
  if (hash !== '' || !/^(\/[\w-]*)?$/.test(pathname) || !/^(\?sslmode=[\w-]+)?$/.test(search)) {
    return `may have the name of a database and ?sslmode=… after its host, and nothing else; ${remedy}, each of / ? # in a password as %2F %3F %23`;
  }
  return null;
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
