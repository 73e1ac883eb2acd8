import { autoPolicies, type Swept } from '../collect/sweep.ts';
import type { BackoffPlan } from '../model/backoff.ts';
import type { Herd } from '../model/record.ts';
import { ask, enterStage, type StageContext } from './context.ts';
import { storm } from './storm.ts';

/**
 * Repeats the herds with each policy of the sweep. Before each, the clients are told the policy, those who are away
 * are called back, and all count their attempts from 0, so that each policy begins with the same crowd. What was
 * measured is put into the results policy by policy.
 */
export async function sweep(context: StageContext): Promise<void> {
  const { plan, results } = context;
  const auto = autoPolicies(results.herds);
  results.swept = [];
  for (const policy of plan.sweep.flatMap((policy) => (policy === 'auto' ? auto : [policy]))) {
    const herds: Herd[] = [];
    for (const herd of plan.herds) {
      await gather(context, policy, herd.observeMs);
      // Only the first storms are the phase's own.
      const results = { ...context.results, herds: [], failovers: [] };
      herds.push(await storm({ ...context, results }, herd, policy));
    }
    results.swept.push({ policy, herds } satisfies Swept);
  }
  await gather(context, plan.reconnect, Math.max(...plan.herds.map(({ observeMs }) => observeMs)));
}

/** Brings all clients together again. Where a server has several nodes, all connect anew, to be spread as at first. */
async function gather(context: StageContext, policy: BackoffPlan, patienceMs: number): Promise<void> {
  const { plan, swarm, clock } = context;
  const { kind } = plan.topology;
  const isSpread =
    kind !== 'single' && kind !== 'target' && plan.herds.some(({ trigger }) => trigger !== 'drop');
  await enterStage(context, 'storm');
  swarm.tell({ type: 'reconnect', policy });
  const startMs = clock.nowMs();
  const rally = { type: 'rally', ratePerS: plan.connectRatePerS, startMs, everyone: isSpread } as const;
  await ask(context, rally, 'rallied', startMs + patienceMs);
  // Those who came back just now have tried before.
  swarm.tell({ type: 'reconnect', policy });
}
