import { systemClock } from './base/clock.ts';
import { usageError } from './base/errors.ts';
import { freshSeed } from './base/random.ts';
import { parseDurationMs } from './base/units.ts';
import { type FaultPlan, readFaults } from './model/faults.ts';
import type { TopologyPlan } from './model/plan.ts';
import { LOAD_OPTIONS, type LoadKey, type LoadOptions, TOPOLOGY_KINDS } from './model/scenario.ts';
import { planRooms } from './scenario/delivery.ts';
import { misfitOf } from './scenario/faults.ts';
import { flagOf, mergeOptions } from './scenario/options.ts';
import { checkParts, planTopology } from './scenario/topology.ts';
import { DEFAULT_NODE_OPTIONS, type DeliveryOptions, type NodeOptions } from './server/options.ts';
import { createTopology } from './topology/index.ts';
import type { ProcessDeath } from './topology/topology.ts';

/** What the server is made of, as a scenario says it. */
export const SERVE_KEYS = [
  'engine',
  'heartbeat',
  'nodes',
  'routing',
  'balancer',
  'broker',
  'store',
  'edge',
  'gateways',
  'backends',
  'batchInterval',
  'batchTimer',
  'batchBytes',
  'audience',
] as const satisfies LoadKey[];

type PartKey = (typeof SERVE_KEYS)[number];
type Parts = Pick<LoadOptions, PartKey>;

export interface ServeOptions extends Parts {
  /** Parts, as a scenario says them, have their defaults there, too. */
  kind: (typeof TOPOLOGY_KINDS)[number];
  /** Of a cluster, host and port are those of its balancer; without one, its nodes have that port and the next ones. */
  host?: string;
  /** Null: a free port below the ephemeral range. */
  port?: number | null;
  maxPayloadBytes?: number;
  legacyMetricNames?: boolean;
  /** What it is to do wrong, as `--fault` says it. */
  faults?: readonly string[];
  /** Of the faults; a fresh one where it is left out. */
  seed?: number;
}

export interface RunningServer {
  urls: string[];
  /** Who sends clients to the nearest region, of the form `host:port`; null where there is but one place. */
  dns: string | null;
  /** Where its processes answer `/health` and `/metrics`, by their roles; those that are not ours do not. */
  pages: { role: string; url: string }[];
  /** Resolves if one of its processes dies unasked. */
  died: Promise<ProcessDeath>;
  stop(): Promise<void>;
}

/**
 * Starts the reference server in processes of its own.
 * @throws WsscaleError USAGE if an option has no such value, or TARGET if something does not start, naming what is
 *   in the way
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { kind, faults = [], seed = freshSeed(), ...rest } = options;
  const { parts, node } = split(rest);
  const plan = planOf(kind, parts);
  const plans = faultsOf(plan, faults);
  const { heartbeat } = parts;
  const heartbeatMs = heartbeat === undefined ? null : parseDurationMs(heartbeat) || null;
  const topology = createTopology(plan, {
    clock: systemClock,
    node: {
      ...node,
      delivery: deliveryOf(parts),
      heartbeatMs,
      faults: { plans, seed },
    },
  });
  try {
    const { urls, nodes: listening, places } = await topology.up();
    const samples = (await topology.sample()) ?? [];
    const pages = samples.flatMap(({ role, pagesUrl: url }) => (url === undefined ? [] : [{ role, url }]));
    const reachable = places === undefined ? urls : listening.map(({ url }) => url);
    return { urls: reachable, dns: places?.dns ?? null, pages, died: topology.died, stop: topology.down };
  } catch (error) {
    await topology.down();
    throw error;
  }
}

/** What a scenario would say, and what is said to the nodes themselves. */
function split(options: Omit<ServeOptions, 'kind' | 'faults' | 'seed'>): {
  parts: Parts;
  node: Partial<NodeOptions>;
} {
  const isPart = ([key]: [string, unknown]) => (SERVE_KEYS as readonly string[]).includes(key);
  const said = Object.entries(options);
  return {
    parts: Object.fromEntries(said.filter(isPart)),
    node: Object.fromEntries(said.filter((entry) => !isPart(entry))),
  };
}

function faultsOf(plan: TopologyPlan, texts: readonly string[]): FaultPlan[] {
  const problems: string[] = [];
  const faults = readFaults(texts, (message) => problems.push(`--fault: ${message}`));
  const misfit = misfitOf(plan, faults);
  if (misfit !== null) problems.push(`--fault: ${misfit}`);
  if (problems.length > 0) throw usageError(problems.join('\n'));
  return faults;
}

/** @param parts which were found to be right */
function deliveryOf(parts: Parts): DeliveryOptions {
  return { ...DEFAULT_NODE_OPTIONS.delivery, ...planRooms(mergeOptions({ phases: [parts] }, 0, {}).options) };
}

/** Every default filled in. What is wrong is told without the value: a URL may hold a password. */
function planOf(kind: ServeOptions['kind'], parts: Parts): TopologyPlan {
  if (!TOPOLOGY_KINDS.includes(kind)) {
    throw usageError(`--topology: must be one of ${TOPOLOGY_KINDS.join(', ')}`);
  }
  for (const key of Object.keys(parts) as PartKey[]) {
    const { error } = LOAD_OPTIONS[key].schema.optional().safeParse(parts[key]);
    if (error !== undefined) throw usageError(`${flagOf(key)}: ${error.issues[0].message}`);
  }
  const plan = planTopology(kind, mergeOptions({ phases: [parts] }, 0, {}).options);
  checkParts(plan, (key, fault) => {
    throw usageError(`${flagOf(key)}: the URL ${fault}`);
  });
  return plan;
}
