/**
 * How the clients of lost nodes come back to the others, by simulation: once by the policy that was measured, and by
 * others, of which the best is recommended.
 */

import { createRandom } from '../base/random.ts';
import type { BackoffPlan } from '../model/backoff.ts';
import { type ServerModel, simulateStorm, timeBackMs } from './storm/simulate.ts';

interface Recovery {
  policy: BackoffPlan;
  t95S: number | null;
  t99S: number | null;
  amplification: number;
  peakAttemptsPerS: number;
}

export interface RecoverySweep {
  clients: number;
  acceptsPerS: number;
  today: Recovery;
  /** All that were tried, today's first. */
  all: Recovery[];
  /** The one that is back soonest, of those that do not ask for much more than the server accepts. */
  recommended: Recovery;
}

/** Runs of each policy; their median is told. */
const SEEDS = [1, 2, 3];
/** Twice the clients on servers twice as fast take as long, so no more than these need be simulated. */
const MANY_CLIENTS = 20_000;
const MAX_MS = 3_600_000;
/** What a server accepts, and a half: more at once is a herd. */
const CALM = 1.5;

/** @param today the policy that clients have now */
export function sweepRecovery(clients: number, server: ServerModel, today: BackoffPlan): RecoverySweep {
  const windowMs = Math.max(1000, Math.ceil(clients / server.acceptsPerS) * 1000);
  const policies: BackoffPlan[] = [
    today,
    { ...today, kind: 'exponential', firstMs: 0 },
    { ...today, kind: 'full-jitter', firstMs: 0 },
    ...[0.5, 1, 1.2, 2].map((share): BackoffPlan => {
      return {
        ...today,
        kind: 'full-jitter',
        firstMs: Math.round(share * windowMs),
        capMs: Math.max(today.capMs, 2 * windowMs),
      };
    }),
  ];
  const all = policies.map((policy) => recover(clients, server, policy));
  const calm = all.filter(({ peakAttemptsPerS }) => peakAttemptsPerS <= CALM * server.acceptsPerS);
  const [best] = (calm.length > 0 ? calm : all).toSorted((a, b) => timeOf(a) - timeOf(b));
  return { clients, acceptsPerS: server.acceptsPerS, today: all[0], all, recommended: best };
}

function timeOf({ t99S }: Recovery): number {
  return t99S ?? Number.POSITIVE_INFINITY;
}

function recover(clients: number, server: ServerModel, policy: BackoffPlan): Recovery {
  const scale = Math.max(1, clients / MANY_CLIENTS);
  const few = Math.round(clients / scale);
  const smaller = {
    ...server,
    acceptsPerS: server.acceptsPerS / scale,
    backlog: Math.round(server.backlog / scale),
  };
  const runs = SEEDS.map((seed) => {
    const random = createRandom(seed, 'recovery', policy.kind);
    const outcome = simulateStorm({ clients: few, policy, server: smaller, random, maxMs: MAX_MS });
    const inS = (share: number) => {
      const ms = timeBackMs(outcome, few, share);
      return ms === null ? null : ms / 1000;
    };
    const { amplification, peakAttemptsPerS } = outcome;
    return {
      policy,
      t95S: inS(0.95),
      t99S: inS(0.99),
      amplification,
      peakAttemptsPerS: peakAttemptsPerS * scale,
    };
  });
  return runs.toSorted((a, b) => timeOf(a) - timeOf(b))[Math.floor(runs.length / 2)];
}
