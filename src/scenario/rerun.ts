/**
 * A record as a scenario: its plan, written as a file would have it, so that flags can override it like any
 * other.
 */

import type { HerdPlan, PhasePlan, Plan, TopologyPlan } from '../model/plan.ts';
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
      return { topology: 'single' };
    case 'cluster': {
      const { nodes, balancer, routing, broker } = topology;
      return { topology: 'cluster', nodes, balancer, routing, broker: formatBroker(broker) };
    }
  }
}

function herdOf({ trigger, shareRatio, holdMs, observeMs }: HerdPlan) {
  const times = { hold: duration(holdMs), observe: duration(observeMs) };
  return trigger === 'drop' ? { trigger, share: shareRatio, ...times } : { trigger, ...times };
}

function duration(ms: number): string {
  return `${ms}ms`;
}
