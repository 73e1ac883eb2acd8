import { REDACTED, redactUrl } from '../base/redact.ts';
import type { BrokerPlan, PhasePlan, Plan, StorePlan, TopologyPlan } from '../model/plan.ts';

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
    case 'edge':
      return topology;
    case 'regions':
      return { ...topology, broker: hideUrl(topology.broker) };
    case 'cluster':
      return { ...topology, broker: hideUrl(topology.broker), store: hideUrl(topology.store) };
  }
}

function hideUrl<Part extends BrokerPlan | StorePlan>(part: Part): Part {
  return 'url' in part && part.url !== null ? { ...part, url: redactUrl(part.url) } : part;
}
