/**
 * A record as a scenario: its plan, written as a file would have it, so that flags can override it like any
 * other.
 */

import { formatBackoff } from '../model/backoff.ts';
import type { Objective } from '../model/objective.ts';
import type {
  HerdPlan,
  PhasePlan,
  Plan,
  ServicePlan,
  SoakPlan,
  SweepPlan,
  TopologyPlan,
  WanPlan,
} from '../model/plan.ts';
import type { Scenario, ScenarioPhase } from '../model/scenario.ts';
import { formatBroker, formatStore } from './topology.ts';

/** The scenario that compiles to this plan. */
export function scenarioOf(plan: Plan): Scenario {
  const { name, seed, workers, gate } = plan;
  return { name, seed, workers, phases: plan.phases.map(phaseOf), gate };
}

function phaseOf(phase: PhasePlan): ScenarioPhase {
  const { topology, handshake, messages } = phase;
  return {
    name: phase.name,
    ...(phase.baseline === null ? {} : { baseline: phase.baseline }),
    ...topologyOf(topology),
    ...serviceOf(phase.service),
    transport: phase.transport,
    clients: phase.clients,
    connectRate: phase.connectRatePerS,
    connectTimeout: duration(handshake.timeoutMs),
    rate: messages.ratePerClientPerS,
    size: messages.sizeBytes,
    payload: messages.payload,
    arrival: messages.arrival,
    mode: messages.mode,
    // Other modes have no rooms to speak of.
    ...(messages.mode === 'broadcast'
      ? { rooms: messages.rooms, lowPriority: messages.lowPriorityRatio }
      : {}),
    slowReaders: phase.slowReadersRatio,
    ...(topology.kind === 'regions' && messages.mode === 'direct' ? { moves: phase.movesRatioPerS } : {}),
    duration: duration(phase.durationMs),
    drain: duration(phase.drainMs),
    reconnect: formatBackoff(phase.reconnect),
    ...(phase.livenessMs === null ? {} : { liveness: duration(phase.livenessMs) }),
    ceiling: phase.ceiling,
    rateCeiling: phase.rateCeiling,
    objective: objectiveOf(phase.objective),
    searchWidth: phase.search.widthRatio,
    trial: duration(phase.search.trialMs),
    herds: phase.herds.map(herdOf),
    ...(phase.sweep.length === 0 ? {} : { sweep: phase.sweep.map(policyOf) }),
    ...soakOf(phase.soak),
    // A target has none to speak of.
    ...(phase.faults.length === 0 ? {} : { faults: [...phase.faults] }),
    headers: handshake.headers,
    insecure: handshake.insecure,
    ...(handshake.subprotocol === null ? {} : { subprotocol: handshake.subprotocol }),
    ...(handshake.caFile === null ? {} : { ca: handshake.caFile }),
  };
}

function topologyOf(topology: TopologyPlan): Partial<ScenarioPhase> {
  switch (topology.kind) {
    case 'target':
      return { target: topology.url };
    case 'single':
      return { topology: 'single', engine: topology.engine };
    case 'cluster': {
      const { engine, nodes, balancer, routing, broker, store } = topology;
      return {
        ...{ topology: 'cluster', engine, nodes, balancer },
        ...{ broker: formatBroker(broker), store: formatStore(store) },
        ...(balancer === 'none' ? {} : { routing }),
      };
    }
    case 'regions': {
      const { engine, regions, nodesPerRegion, broker, wan, dns } = topology;
      return {
        ...{ topology: 'regions', engine, regions, nodesPerRegion, broker: formatBroker(broker) },
        wan: wanOf(regions, wan),
        ...{ dnsTtl: duration(dns.ttlMs), healthInterval: duration(dns.healthIntervalMs) },
      };
    }
    case 'edge': {
      const { edge, engine, gateways, backends } = topology;
      return {
        ...{ topology: 'edge', edge },
        ...(edge === 'gateway' && { engine, gateways }),
        ...(edge !== 'workerd' && { backends }),
      };
    }
  }
}

function wanOf(regions: readonly string[], { rttMs, jitterRatio, lossRatio }: WanPlan): ScenarioPhase['wan'] {
  const pairs = regions.flatMap((from, i) =>
    regions.slice(i + 1).map((to, j) => [`${from} ${to}`, rttMs[i][i + 1 + j]] as const),
  );
  return { rttMs: Object.fromEntries(pairs), jitter: jitterRatio, loss: lossRatio };
}

function serviceOf({ heartbeatMs, batch, audience }: ServicePlan): Partial<ScenarioPhase> {
  return {
    ...(heartbeatMs === null ? {} : { heartbeat: duration(heartbeatMs) }),
    ...(batch === null
      ? {}
      : {
          batchInterval: duration(batch.intervalMs),
          batchTimer: batch.timer,
          batchBytes: batch.maxBytes,
        }),
    ...(audience === 'room' ? {} : { audience }),
  };
}

function objectiveOf({ connectFailureRatio, connectP99Ms, responseP99Ms, lossRatio }: Objective) {
  return {
    connectFailures: connectFailureRatio,
    connectP99: duration(connectP99Ms),
    ...(responseP99Ms === null ? {} : { responseP99: duration(responseP99Ms) }),
    ...(lossRatio === null ? {} : { losses: lossRatio }),
  };
}

function herdOf({ trigger, shareRatio, holdMs, observeMs }: HerdPlan) {
  const times = { hold: duration(holdMs), observe: duration(observeMs) };
  return trigger === 'drop' ? { trigger, share: shareRatio, ...times } : { trigger, ...times };
}

function policyOf(policy: SweepPlan[number]): string {
  return policy === 'auto' ? policy : formatBackoff(policy);
}

function soakOf(soak: SoakPlan | null): Partial<ScenarioPhase> {
  if (soak === null) return {};
  return { soak: soak.cycles, ...(soak.pid === null ? {} : { pid: soak.pid }) };
}

function duration(ms: number): string {
  return `${ms}ms`;
}
