/**
 * Options that are meant for a kind of phase that there is not. Taken in silence, they would let somebody believe in a
 * run that is not the one that was made.
 */

import type { TopologyPlan } from '../model/plan.ts';
import type { LoadKey, LoadOptions } from '../model/scenario.ts';
import type { Overrides } from './flags.ts';
import { isHeldByUs } from './holding.ts';
import { flagOf, type Options, type Report } from './options.ts';

/** A phase, as far as it decides what it listens to, and what it says by itself. */
interface Listener {
  topology: TopologyPlan;
  options: Options;
  said: LoadOptions;
  index: number;
}

interface Audience {
  keys: readonly LoadKey[];
  listens: (phase: Listener) => boolean;
  remedy: string;
}

const AUDIENCES: Audience[] = [
  {
    keys: ['engine', 'faults', 'heartbeat'],
    listens: ({ topology }) => isHeldByUs(topology),
    remedy: 'the bundled server',
  },
  {
    keys: ['batchInterval', 'batchTimer', 'batchBytes', 'audience'],
    listens: ({ topology, options }) => isHeldByUs(topology) && options.mode === 'broadcast',
    remedy: 'the bundled server and mode: broadcast',
  },
  {
    keys: ['lowPriority'],
    listens: ({ topology, options }) =>
      options.mode === 'broadcast' && (topology.kind === 'target' || isHeldByUs(topology)),
    remedy: 'mode: broadcast and a server that knows of priorities',
  },
  {
    keys: ['nodes', 'balancer', 'store'],
    listens: ({ topology }) => topology.kind === 'cluster',
    remedy: 'a phase with topology: cluster',
  },
  {
    keys: ['broker'],
    listens: ({ topology }) => 'broker' in topology,
    remedy: 'a phase with topology: cluster or regions',
  },
  {
    keys: ['regions', 'nodesPerRegion', 'wan', 'dnsTtl', 'healthInterval'],
    listens: ({ topology }) => topology.kind === 'regions',
    remedy: 'a phase with topology: regions',
  },
  {
    keys: ['moves'],
    listens: ({ topology, options }) => topology.kind === 'regions' && options.mode === 'direct',
    remedy: 'a phase with topology: regions and mode: direct',
  },
  {
    keys: ['edge'],
    listens: ({ topology }) => topology.kind === 'edge',
    remedy: 'a phase with topology: edge',
  },
  {
    keys: ['gateways'],
    listens: ({ topology }) => topology.kind === 'edge' && topology.edge === 'gateway',
    remedy: 'a phase with topology: edge and edge: gateway',
  },
  {
    keys: ['backends'],
    listens: ({ topology }) => topology.kind === 'edge' && topology.edge !== 'workerd',
    remedy: 'a phase with topology: edge and edge: gateway or pushpin',
  },
  {
    keys: ['routing'],
    listens: ({ topology }) => topology.kind === 'cluster' && topology.balancer !== 'none',
    remedy: 'a phase with topology: cluster and a balancer',
  },
  {
    keys: ['pid'],
    listens: ({ topology, options }) => topology.kind === 'target' && options.soak > 0,
    remedy: 'a target and a soak',
  },
  {
    keys: ['rooms'],
    listens: ({ options }) => options.mode === 'broadcast',
    remedy: 'mode: broadcast',
  },
];

/**
 * Complains of what nobody listens to: a flag, if no phase of the scenario does; what a phase says by itself, if that
 * phase does not. Defaults are for whom they concern.
 */
export function checkUnheard(phases: readonly Listener[], flags: Overrides, report: Report): void {
  for (const { keys, listens, remedy } of AUDIENCES) {
    const message = `says nothing here: it needs ${remedy}`;
    const isHeard = phases.some(listens);
    for (const key of keys) {
      if (flags[key] !== undefined && !isHeard) report({ flag: typedAs(key, flags) }, message);
      for (const phase of phases) {
        if (phase.said[key] === undefined || listens(phase)) continue;
        report({ file: ['phases', phase.index, key] }, message);
      }
    }
  }
}

/** The flag by which an option was said. */
function typedAs(key: LoadKey, { redis }: Overrides): string {
  return key === 'broker' && redis !== undefined ? '--redis' : flagOf(key);
}
