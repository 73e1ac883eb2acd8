/**
 * A record as a scenario: its plan, written as a file would have it, so that flags can override it like any
 * other.
 */

import type { HerdPlan, PhasePlan, Plan, SoakPlan, TopologyPlan } from '../model/plan.ts';
import type { Scenario, ScenarioPhase } from '../model/scenario.ts';
import { formatReconnect } from './reconnect.ts';
import { formatBroker } from './topology.ts';

/** The scenario that compiles to this plan. */
export function scenarioOf(plan: Plan): Scenario {
  const { name, seed, workers, gate } = plan;
  return { name, seed, workers, phases: plan.phases.map(phaseOf), gate };
}

function phaseOf(phase: PhasePlan): ScenarioPhase {
  const { topology, handshake, messages } = phase;
  return {
    name: phase.name,
    ...topologyOf(topology),
    transport: phase.transport,
    clients: phase.clients,
    connectRate: phase.connectRatePerS,
    connectTimeout: duration(handshake.timeoutMs),
    rate: messages.ratePerClientPerS,
    size: messages.sizeBytes,
    payload: messages.payload,
    arrival: messages.arrival,
    mode: messages.mode,
    // An echo has no rooms to speak of.
    ...(messages.mode === 'broadcast' ? { rooms: messages.rooms } : {}),
    duration: duration(phase.durationMs),
    drain: duration(phase.drainMs),
    reconnect: formatReconnect(phase.reconnect),
    ceiling: phase.ceiling,
    herds: phase.herds.map(herdOf),
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
      const { engine, nodes, balancer, routing, broker } = topology;
      return {
        ...{ topology: 'cluster', engine, nodes, balancer, broker: formatBroker(broker) },
        ...(balancer === 'none' ? {} : { routing }),
      };
    }
  }
}

function herdOf({ trigger, shareRatio, holdMs, observeMs }: HerdPlan) {
  const times = { hold: duration(holdMs), observe: duration(observeMs) };
  return trigger === 'drop' ? { trigger, share: shareRatio, ...times } : { trigger, ...times };
}

function soakOf(soak: SoakPlan | null): Partial<ScenarioPhase> {
  if (soak === null) return {};
  return { soak: soak.cycles, ...(soak.pid === null ? {} : { pid: soak.pid }) };
}

function duration(ms: number): string {
  return `${ms}ms`;
}
