/**
 * What connects the nodes of a cluster, started before them.
 */

import { createRandom, freshSeed } from '../base/random.ts';
import type { BrokerPlan } from '../model/plan.ts';
import { type BrokerOptions, DEFAULT_BROKER_PROCESS_OPTIONS, type StoreLimits } from '../server/options.ts';
import { freePort } from './address.ts';
import { startPart } from './part-process.ts';
import type { Processes } from './processes.ts';
import { REDIS_HOST, startRedis } from './redis.ts';
import { startRedisCluster } from './redis-cluster.ts';

const STOP_TIMEOUT_MS = 2_000;

/**
 * Starts the broker, unless it is one that runs already.
 *
 * @param limits of the rooms that it keeps, if it is one of ours
 * @param site where it is to be, so that it is found there again after its end; null: wherever it likes
 * @returns how nodes find it
 * @throws WsscaleError `TARGET` if it does not start
 */
export async function startBroker(
  plan: BrokerPlan,
  processes: Processes,
  limits: StoreLimits,
  site: BrokerSite | null = null,
): Promise<BrokerOptions> {
  if (plan.kind === 'none') return { kind: 'local' };
  if (plan.kind === 'embedded') return startEmbedded(processes, limits, site);
  const { carrier } = plan;
  const start = () =>
    carrier === 'sharded' ? startRedisCluster(processes) : startRedis(processes, site?.port ?? null);
  return { kind: 'redis', carrier, url: plan.url ?? (await start()), prefix: site?.prefix ?? freshPrefix() };
}

/** Where a broker is, and what its keys begin with where others may have keys, too. */
export interface BrokerSite {
  region: string;
  port: number;
  prefix: string;
}

/** How nodes find the broker of a site, whether it has been started or not. */
export function brokerAt(plan: BrokerPlan, { port, prefix }: BrokerSite): BrokerOptions {
  if (plan.kind === 'none') return { kind: 'local' };
  if (plan.kind === 'embedded') return { kind: 'embedded', host: DEFAULT_BROKER_PROCESS_OPTIONS.host, port };
  return { kind: 'redis', carrier: plan.carrier, url: plan.url ?? `redis://${REDIS_HOST}:${port}`, prefix };
}

/** A place for the broker of a region that is free now. */
export async function chooseSite(region: string): Promise<BrokerSite> {
  return { region, port: await freePort(DEFAULT_BROKER_PROCESS_OPTIONS.host, null), prefix: freshPrefix() };
}

async function startEmbedded(
  processes: Processes,
  limits: StoreLimits,
  site: BrokerSite | null,
): Promise<BrokerOptions> {
  const argument = { ...DEFAULT_BROKER_PROCESS_OPTIONS, limits, ...(site && placed(site)) };
  const broker = processes.start(() =>
    startPart({
      part: 'broker',
      role: argument.role,
      title: 'The broker',
      entry: 'server/broker/process',
      argument,
      stopTimeoutMs: STOP_TIMEOUT_MS,
    }),
  );
  const { port } = await broker.listening;
  return { kind: 'embedded', host: argument.host, port };
}

function placed({ region, port }: BrokerSite) {
  return { role: `${region}/broker`, region, port };
}

/** Runs that share a Redis must not share rooms. */
function freshPrefix(): string {
  const random = createRandom(freshSeed(), 'prefix');
  return `wsscale:${Math.floor(random() * 2 ** 32).toString(36)}:`;
}
