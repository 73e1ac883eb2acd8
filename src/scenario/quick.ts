/**
 * `--quick`: the same run, made short, to see whether everything works. Its numbers are not worth much.
 */

import type { BackoffPlan } from '../model/backoff.ts';
import type { PhasePlan, Plan, TopologyPlan } from '../model/plan.ts';

const MAX_CLIENTS = 200;
const MAX_NODES = 2;
const MAX_ROOMS = 20;
const MAX_RAMP_S = 2;
const MAX_DURATION_MS = 2000;
const MAX_DRAIN_MS = 2000;
const MAX_SOAK_CYCLES = 10;
const MAX_SOAK_DURATION_MS = 200;
const MAX_HERD_HOLD_MS = 1000;
const MAX_HERD_OBSERVE_MS = 15_000;
const MAX_FIRST_MS = 1000;
const MAX_BACKOFF_MS = 2000;

/**
 * A plan of which each phase takes some seconds. Whoever said what it was before, file or flag:
 *
 * - a phase has 200 clients at the most, and they connect within 2 s;
 * - a cluster has 2 nodes at the most, a region 1, an edge 2 gateways and 2 backends, a broadcast 20 rooms, and never more of them than clients;
 * - the hold takes 2 s at the most, the drain 2 s;
 * - a soak has 10 cycles at the most, each with a ramp and a hold of 200 ms at the most;
 * - a herd's clients count as returned after 1 s at the most, and are watched for 15 s at the most;
 * - the first reconnect comes within 1 s, and no later one waits for longer than 2 s;
 * - there are no more workers than clients.
 *
 * Rates, sizes, rules and the search for a ceiling stay.
 */
export function quicken(plan: Plan): Plan {
  const phases = plan.phases.map(quickenPhase);
  const workers = Math.min(plan.workers, ...phases.map(({ clients }) => clients));
  return { ...plan, workers, phases };
}

function quickenPhase(phase: PhasePlan): PhasePlan {
  const { soak } = phase;
  const maxDurationMs = soak === null ? MAX_DURATION_MS : MAX_SOAK_DURATION_MS;
  const maxRampS = soak === null ? MAX_RAMP_S : MAX_SOAK_DURATION_MS / 1000;
  const clients = Math.min(phase.clients, MAX_CLIENTS);
  return {
    ...phase,
    topology: quickenTopology(phase.topology),
    clients,
    connectRatePerS: Math.max(phase.connectRatePerS, clients / maxRampS),
    messages: { ...phase.messages, rooms: Math.min(phase.messages.rooms, MAX_ROOMS, clients) },
    durationMs: Math.min(phase.durationMs, maxDurationMs),
    drainMs: Math.min(phase.drainMs, MAX_DRAIN_MS),
    reconnect: quickenBackoff(phase.reconnect),
    sweep: phase.sweep.map((policy) => (policy === 'auto' ? policy : quickenBackoff(policy))),
    soak: soak && { ...soak, cycles: Math.min(soak.cycles, MAX_SOAK_CYCLES) },
    herds: phase.herds.map((herd) => ({
      ...herd,
      holdMs: Math.min(herd.holdMs, MAX_HERD_HOLD_MS),
      observeMs: Math.min(herd.observeMs, MAX_HERD_OBSERVE_MS),
    })),
  };
}

function quickenBackoff(policy: BackoffPlan): BackoffPlan {
  return {
    ...policy,
    baseMs: Math.min(policy.baseMs, MAX_BACKOFF_MS),
    capMs: Math.min(policy.capMs, MAX_BACKOFF_MS),
    firstMs: Math.min(policy.firstMs, MAX_FIRST_MS),
  };
}

function quickenTopology(topology: TopologyPlan): TopologyPlan {
  switch (topology.kind) {
    case 'cluster':
      return { ...topology, nodes: Math.min(topology.nodes, MAX_NODES) };
    case 'regions':
      return { ...topology, nodesPerRegion: 1 };
    case 'edge':
      return {
        ...topology,
        gateways: Math.min(topology.gateways, MAX_NODES),
        backends: Math.min(topology.backends, MAX_NODES),
      };
    default:
      return topology;
  }
}
