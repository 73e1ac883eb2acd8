import { REDACTED, redactUrl } from '../base/redact.ts';
import type { PhasePlan, Plan } from '../model/plan.ts';

/** A plan as it may stand in a record: the same, without the values of its headers and of its targets' queries. */
export function withoutSecrets(plan: Plan): Plan {
  return { ...plan, phases: plan.phases.map(hidePhase) };
}

function hidePhase(phase: PhasePlan): PhasePlan {
  const headers = Object.fromEntries(Object.keys(phase.handshake.headers).map((name) => [name, REDACTED]));
  const { topology } = phase;
  return {
    ...phase,
    topology: topology.kind === 'target' ? { ...topology, url: redactUrl(topology.url) } : topology,
    handshake: { ...phase.handshake, headers },
  };
}
