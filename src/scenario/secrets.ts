import { REDACTED, redactUrl } from '../base/redact.ts';
import type { PhasePlan, Plan, TopologyPlan } from '../model/plan.ts';

/** A plan as it may stand in a record: the same, without the values of its headers and what its URLs must not tell. */
export function withoutSecrets(plan: Plan): Plan {
  return { ...plan, phases: plan.phases.map(hidePhase) };
}

function hidePhase(phase: PhasePlan): PhasePlan {
  const headers = Object.fromEntries(Object.keys(phase.handshake.headers).map((name) => [name, REDACTED]));
  return {
    ...phase,
    topology: hideUrls(phase.topology),
    handshake: { ...phase.handshake, headers },
  };
}

function hideUrls(topology: TopologyPlan): TopologyPlan {
  switch (topology.kind) {
    case 'target':
      return { ...topology, url: redactUrl(topology.url) };
    case 'single':
      return topology;
    case 'cluster': {
      const { broker } = topology;
      if (broker.kind !== 'redis' || broker.url === null) return topology;
      return { ...topology, broker: { ...broker, url: redactUrl(broker.url) } };
    }
  }
}
