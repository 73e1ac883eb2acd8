/**
 * A herd's account: merges the workers' books and answers when which share of the clients was back for good.
 *
 * Definitions: T_X is the time from the moment when the server accepts again until at least X % of the affected
 * clients are back and stay so for `holdMs`; amplification is attempts per success; the recommended window W = N/µ
 * spreads N clients over the time that a server taking µ connections a second needs for them. All times are in bins
 * of STORM_STEP_MS from the break, and a time is the end of its bin, never too early.
 */

import { type BackoffPlan, formatBackoff } from '../model/backoff.ts';
import type { HerdPlan } from '../model/plan.ts';
import type { Herd } from '../model/record.ts';
import { addCounts, createHistogram, type Histogram } from '../stats/histogram.ts';
import { summarize } from '../stats/summary.ts';
import {
  addByKey,
  addFailover,
  emptyFailover,
  type FailoverCounts,
  STORM_STEP_MS,
  type StormInterval,
} from '../swarm/messages.ts';

export interface HerdBook {
  affected: number;
  attempts: number;
  established: number;
  lost: number;
  recovered: number;
  failed: Record<string, number>;
  returns: Bins;
  relapses: Bins;
  attemptBins: Bins;
  failover: FailoverCounts;
  collateral: { response: Histogram; errors: number; clientsByWorker: Map<number, number> };
}

/** Counts by bin; as long as the last bin that counted. */
type Bins = number[];

/** What a storm was like, beside what the workers saw of it. */
export interface StormFacts {
  plan: HerdPlan;
  policy: BackoffPlan;
  /** When the connections broke, from the phase's start. */
  brokenAtMs: number;
  /** For how long the server did not accept; 0 where it never stopped. */
  outageMs: number;
  /** From the break to the moment when it accepts again, from which the times of the return run. */
  acceptedMs: number;
  /** From the break until the watch ended. */
  observedMs: number;
  /** Connections that the server has been seen to accept in a second. */
  acceptsPerS: number;
  /** Connection attempts per second before the break. */
  attemptsPerSBefore: number;
}

export function createHerdBook(): HerdBook {
  return {
    affected: 0,
    attempts: 0,
    established: 0,
    lost: 0,
    recovered: 0,
    failed: {},
    returns: [],
    relapses: [],
    attemptBins: [],
    failover: emptyFailover(),
    collateral: { response: createHistogram(), errors: 0, clientsByWorker: new Map() },
  };
}

export function addStorm(book: HerdBook, storm: StormInterval, worker: number): void {
  book.affected += storm.affected;
  book.attempts += storm.attempts;
  book.established += storm.established;
  book.lost += storm.lost;
  book.recovered += storm.recovered;
  addByKey(book.failed, storm.failed);
  addBins(book.returns, storm.returns);
  addBins(book.relapses, storm.relapses);
  addBins(book.attemptBins, storm.attemptBins);
  if (storm.failover !== null) addFailover(book.failover, storm.failover);
  addCounts(book.collateral.response, storm.collateralResponse);
  book.collateral.errors += storm.collateralErrors;
  book.collateral.clientsByWorker.set(worker, storm.collateralClients);
}

/** Affected clients that are back, at the end of each bin up to `ms`. */
function backByBin(book: HerdBook, ms: number): number[] {
  const bins = Math.max(1, Math.floor(ms / STORM_STEP_MS));
  const back = new Array<number>(bins);
  for (let bin = 0, count = 0; bin < bins; bin++) {
    count += (book.returns[bin] ?? 0) - (book.relapses[bin] ?? 0);
    back[bin] = count;
  }
  return back;
}

/**
 * When `ratio` of the affected were back and stayed so for `holdMs`, in ms from the break; null if that was not seen,
 * or nobody was affected.
 */
export function timeBackMs(book: HerdBook, ratio: number, holdMs: number, observedMs: number): number | null {
  if (book.affected === 0) return null;
  const back = backByBin(book, observedMs);
  const needed = Math.ceil(ratio * book.affected - 1e-9);
  let since = -1;
  for (let bin = 0; bin < back.length; bin++) {
    if (back[bin] < needed) since = -1;
    else if (since < 0) since = bin;
    if (since >= 0 && (bin - since + 1) * STORM_STEP_MS >= holdMs) return (since + 1) * STORM_STEP_MS;
  }
  return null;
}

export function summarizeHerd(book: HerdBook, facts: StormFacts): Herd {
  const { plan, outageMs, acceptedMs, observedMs } = facts;
  const sinceAccepting = (ratio: number) => {
    const ms = timeBackMs(book, ratio, plan.holdMs, observedMs);
    return ms === null ? null : Math.max(0, ms - acceptedMs);
  };
  const back = backByBin(book, observedMs);
  const windowMs = facts.acceptsPerS > 0 ? (book.affected / facts.acceptsPerS) * 1000 : null;
  return {
    trigger: plan.trigger,
    policy: facts.policy.kind,
    policyText: formatBackoff(facts.policy),
    brokenAtMs: facts.brokenAtMs,
    affected: book.affected,
    outageMs,
    heldMs: plan.holdMs,
    t50Ms: sinceAccepting(0.5),
    t95Ms: sinceAccepting(0.95),
    t99Ms: sinceAccepting(0.99),
    t100Ms: sinceAccepting(1),
    observedMs: Math.max(0, observedMs - acceptedMs),
    attempts: book.attempts,
    failed: book.failed,
    amplification: book.established > 0 ? book.attempts / book.established : null,
    peakAttemptsPerS: peakPerS(book.attemptBins),
    neverReturned: Math.max(0, book.affected - (back.at(-1) ?? 0)),
    lost: book.lost,
    recovered: book.recovered,
    collateral: {
      clients: [...book.collateral.clientsByWorker.values()].reduce((sum, clients) => sum + clients, 0),
      errors: book.collateral.errors,
      responseMs: summarize(book.collateral.response),
    },
    metastable: windowMs === null ? null : isMetastable(book, facts, back, windowMs),
    recommendedWindowMs: windowMs,
    curve: {
      stepMs: STORM_STEP_MS,
      acceptedMs,
      returned: back.map((count) => Math.max(0, count)),
      attempts: back.map((_, bin) => book.attemptBins[bin] ?? 0),
    },
  };
}

/** Most attempts in any second, wherever it begins. */
function peakPerS(attempts: Bins): number {
  const width = 1000 / STORM_STEP_MS;
  let peak = 0;
  for (let bin = 0, window = 0; bin < attempts.length; bin++) {
    window += (attempts[bin] ?? 0) - (attempts[bin - width] ?? 0);
    peak = Math.max(peak, window);
  }
  return peak;
}

/**
 * The storm keeps itself going: three windows after the server accepts again, fewer than 95 % are back and there are
 * still more attempts than before the break (by a tenth). Null where it was not watched for so long.
 */
function isMetastable(book: HerdBook, facts: StormFacts, back: number[], windowMs: number): boolean | null {
  if (timeBackMs(book, 0.95, 0, facts.observedMs) !== null && (back.at(-1) ?? 0) >= 0.95 * book.affected)
    return false;
  const judgedAt = Math.floor((facts.acceptedMs + 3 * windowMs) / STORM_STEP_MS);
  if (judgedAt >= back.length) return null;
  const recent = book.attemptBins.slice(Math.max(0, judgedAt - 1000 / STORM_STEP_MS), judgedAt);
  const attemptsPerS = recent.reduce((sum, count) => sum + (count ?? 0), 0);
  return back[judgedAt] < 0.95 * book.affected && attemptsPerS > 1.1 * facts.attemptsPerSBefore;
}

function addBins(bins: Bins, sparse: Uint32Array): void {
  for (let i = 0; i < sparse.length; i += 2) {
    while (bins.length <= sparse[i]) bins.push(0);
    bins[sparse[i]] += sparse[i + 1];
  }
}
