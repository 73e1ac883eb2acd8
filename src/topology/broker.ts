/**
 * What connects the nodes of a cluster, started before them.
 */

import { createRandom, freshSeed } from '../base/random.ts';
import type { BrokerPlan } from '../model/plan.ts';
import { type BrokerOptions, DEFAULT_BROKER_PROCESS_OPTIONS, type StoreLimits } from '../server/options.ts';
import { startPart } from './part-process.ts';
import type { Processes } from './processes.ts';
import { startRedis } from './redis.ts';

const STOP_TIMEOUT_MS = 2_000;

/**
 * Starts the broker, unless it is one that runs already.
 *
 * @param limits of the rooms that it keeps, if it is one of ours
 * @returns how nodes find it
 * @throws WsscaleError `TARGET` if it does not start
 */
export async function startBroker(
  plan: BrokerPlan,
  processes: Processes,
  limits: StoreLimits,
): Promise<BrokerOptions> {
  if (plan.kind === 'none') return { kind: 'local' };
  if (plan.kind === 'embedded') return startEmbedded(processes, limits);
  return { kind: 'redis', url: plan.url ?? (await startRedis(processes)), prefix: freshPrefix() };
}

async function startEmbedded(processes: Processes, limits: StoreLimits): Promise<BrokerOptions> {
  const argument = { ...DEFAULT_BROKER_PROCESS_OPTIONS, limits };
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

/** Runs that share a Redis must not share rooms. */
function freshPrefix(): string {
  const random = createRandom(freshSeed(), 'prefix');
  return `wsscale:${Math.floor(random() * 2 ** 32).toString(36)}:`;
}
