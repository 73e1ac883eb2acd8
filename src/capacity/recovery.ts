/**
 * How the clients of lost nodes come back to the others, by simulation: once by the policy that was measured, and by
 * others, of which the best is recommended.
 */

import { createRandom } from '../base/random.ts';
import { type BackoffPlan, isLibrary } from '../model/backoff.ts';
import { amplificationOf, peakAttemptsPerS, timeBackMs } from './storm/outcome.ts';
import { ORDINARY_SERVER, type ServerModel } from './storm/server.ts';
import { simulateStorm } from './storm/simulate.ts';

/** A figure of the server, and where it is from. */
export interface Given<Value = number> {
  value: Value;
  basis: 'measured' | 'assumed' | 'given';
  /** How it was come by, in a sentence without a dot. */
  words: string;
}

/** The nodes that are left, as one server: what a storm depends on, and how each of it is known. */
export type StormServer = { [Figure in keyof ServerModel]: Given<ServerModel[Figure]> };

/** The least and the most of all seeds; null: not reached within an hour. */
type Range = [min: number | null, max: number | null];

/** Medians of all seeds; null: not reached within an hour. */
export interface Recovery {
  policy: BackoffPlan;
  /** When 95 % and 99 % of the clients are back. */
  t95S: number | null;
  t95RangeS: Range;
  t99S: number | null;
  t99RangeS: Range;
  amplification: number;
  peakAttemptsPerS: number;
  /** Share of the handshakes that were done for clients that had left. */
  wastedRatio: number;
  /** Clients that were not back within an hour. */
  neverReturned: number;
}

export interface RecoverySweep {
  clients: number;
  server: StormServer;
  acceptsPerS: number;
  /** N/µ: nobody can be back sooner. */
  windowS: number;
  today: Recovery;
  /** All that were tried, today's first. */
  all: Recovery[];
  /** The one that is back soonest, of those that do not ask for much more than the server accepts. */
  recommended: Recovery;
}

/** Runs of each policy, and of those that are told. */
const FEW_SEEDS = 3;
const SEEDS = 20;
/** Twice the clients on servers twice as fast take as long, so no more than these need be simulated. */
const MANY_CLIENTS = 20_000;
const MAX_MS = 3_600_000;
/** What a server accepts, and a half: more at once is a herd. */
const CALM = 1.5;

/** What is said of figures that nobody has measured. */
const ASSUMED: { [Figure in keyof typeof ORDINARY_SERVER]: string } = {
  backlog: 'a node lets as many wait as Node.js does, and one more, as Linux does',
  overflow: 'the kernel does not answer who finds the queue full',
  clientTimeoutMs: 'clients give up after 10 s',
  abandonedCost: 'a handshake takes as much if its client has left',
  refusedCost: 'nobody is refused',
  path: 'clients are not on the same machine',
  synAgainMs: 'clients connect again as Linux does since 6.5',
  requestAgainMs: 'clients send again as Linux does',
  maxOrphans: 'each client is on a machine of its own',
};

/**
 * Nodes of which it is known how many connections each accepts in a second.
 *
 * @param known what else is known of one node; the rest is assumed
 */
export function stormServer(
  acceptsPerNodePerS: Given,
  nodes: number,
  known: Partial<Omit<StormServer, 'acceptsPerS'>> = {},
): StormServer {
  const assumed = Object.entries(ASSUMED).map(([figure, words]) => {
    const value = ORDINARY_SERVER[figure as keyof typeof ASSUMED];
    return [figure, { value, basis: 'assumed', words }];
  });
  const node: Omit<StormServer, 'acceptsPerS'> = { ...Object.fromEntries(assumed), ...known };
  return {
    ...node,
    acceptsPerS: { ...acceptsPerNodePerS, value: nodes * acceptsPerNodePerS.value },
    backlog: { ...node.backlog, value: nodes * node.backlog.value },
  };
}

/** @param today the policy that clients have now */
export function sweepRecovery(clients: number, server: StormServer, today: BackoffPlan): RecoverySweep {
  const model = modelOf(server);
  const windowS = clients / model.acceptsPerS;
  const found = policiesFor(windowS, today).map((policy) => recover(clients, model, policy, FEW_SEEDS));
  const calm = found.filter((recovery) => recovery.peakAttemptsPerS <= CALM * model.acceptsPerS);
  const [best] = (calm.length > 0 ? calm : found).toSorted((a, b) => timeOf(a) - timeOf(b));
  const all = found.map((recovery, i) =>
    i === 0 || recovery === best ? recover(clients, model, recovery.policy, SEEDS) : recovery,
  );
  return {
    clients,
    server,
    acceptsPerS: model.acceptsPerS,
    windowS,
    today: all[0],
    all,
    recommended: all[found.indexOf(best)],
  };
}

function policiesFor(windowS: number, today: BackoffPlan): BackoffPlan[] {
  const windowMs = Math.max(1000, Math.ceil(windowS) * 1000);
  // A library's bounds are its own.
  const bounds = isLibrary(today.kind) ? { baseMs: 1000, capMs: 30_000 } : {};
  const jitter = { ...today, ...bounds, kind: 'full-jitter', firstMs: 0 } as const;
  return [
    today,
    { ...jitter, kind: 'exponential' },
    jitter,
    ...[0.5, 1, 1.2, 2].map((share) => {
      return {
        ...jitter,
        firstMs: Math.round(share * windowMs),
        capMs: Math.max(jitter.capMs, 2 * windowMs),
      };
    }),
  ];
}

function modelOf(server: StormServer): ServerModel {
  return Object.fromEntries(
    Object.entries(server).map(([figure, { value }]) => [figure, value]),
  ) as unknown as ServerModel;
}

function timeOf({ t99S }: Recovery): number {
  return t99S ?? Number.POSITIVE_INFINITY;
}

function recover(clients: number, server: ServerModel, policy: BackoffPlan, seeds: number): Recovery {
  const scale = Math.max(1, clients / MANY_CLIENTS);
  const few = Math.round(clients / scale);
  const smaller = {
    ...server,
    acceptsPerS: server.acceptsPerS / scale,
    backlog: Math.round(server.backlog / scale),
  };
  const runs = Array.from({ length: seeds }, (_, seed) => {
    const random = createRandom(seed, 'recovery', policy.kind);
    const outcome = simulateStorm({ clients: few, policy, server: smaller, random, maxMs: MAX_MS });
    const inS = (share: number) => {
      const ms = timeBackMs(outcome, share);
      return ms === null ? null : ms / 1000;
    };
    const returned = outcome.back.at(-1) ?? 0;
    return {
      t95S: inS(0.95),
      t99S: inS(0.99),
      amplification: amplificationOf(outcome),
      peakAttemptsPerS: peakAttemptsPerS(outcome) * scale,
      wastedRatio: outcome.wasted / Math.max(1, outcome.wasted + returned),
      neverReturned: Math.round((few - returned) * scale),
    };
  });
  const [t95, t99, amplification, peak, wasted, never] = (
    ['t95S', 't99S', 'amplification', 'peakAttemptsPerS', 'wastedRatio', 'neverReturned'] as const
  ).map((figure) => spreadOf(runs.map((run) => run[figure])));
  return {
    policy,
    t95S: t95.median,
    t95RangeS: t95.range,
    t99S: t99.median,
    t99RangeS: t99.range,
    amplification: amplification.median ?? 0,
    peakAttemptsPerS: peak.median ?? 0,
    wastedRatio: wasted.median ?? 0,
    neverReturned: never.median ?? 0,
  };
}

/** What was not reached is more than all that was. */
function spreadOf(values: (number | null)[]): { median: number | null; range: Range } {
  const sorted = values.toSorted((a, b) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY));
  return { median: sorted[Math.floor(sorted.length / 2)], range: [sorted[0], sorted[sorted.length - 1]] };
}
