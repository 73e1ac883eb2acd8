/**
 * What a sweep over reconnect policies comes to: how fast the server takes clients, which policies that suggests, and
 * which of those that were tried is best.
 *
 * Better is who is back sooner: the smaller T99, of the worst herd. But only a policy without flaws is recommended: all
 * come back, the server is not asked for much more than it was ever seen to accept, and nobody suffers who was never
 * disconnected. Today's policy is kept where it has no flaw and is not much slower: a change of all clients has to be
 * worth it.
 */

import { formatCount, formatMs } from '../base/units.ts';
import { type BackoffPlan, backoffInWords, formatBackoff } from '../model/backoff.ts';
import type { Herd } from '../model/record.ts';
import { AUTO_SHARES, type Sweep, type SweepEntry } from '../model/sweep.ts';

/** Herds as they were measured with one policy. */
export interface Swept {
  policy: BackoffPlan;
  herds: Herd[];
}

/** Asked for so many times what it takes, a server is the bottleneck. Fewer may be no more than the time of a handshake. */
const BOTTLENECK = 1.25;
/** What a server accepts, and a half: more at once is a herd. Draws alone make a window's busiest second no busier. */
const CALM = 1.5;
/** Bystanders who are so much slower than with another policy suffer; less is noise. */
const SUFFERING = { ratio: 2, ms: 10, answers: 100 };
/** A policy that is slower by less than either need not be changed: RFC 6455 lets a client wait for 5 s anyway. */
const WORTH = { ratio: 1.25, ms: 5000 };
/** So near to the soonest, the calmer one is better. */
const ALIKE = { ratio: 1.1, ms: 500 };

/** The base, and the shortest cap, of policies that follow from a storm. */
const AUTO = { baseMs: 1000, capMs: 30_000, stableMs: 30_000 };
const MIN_WINDOW_MS = 100;

interface AcceptRate {
  perS: number | null;
  isAtLeast: boolean;
}

/**
 * Connections that the server accepts in a second: the most that came back in one, if meanwhile it was asked for
 * clearly more; the median of such storms, since one second may have been odd. If it never was, it may accept more,
 * and what it did in the ramp counts, too.
 */
export function acceptRate(herds: readonly Herd[]): AcceptRate {
  const storms = herds.filter(({ affected }) => affected > 0);
  const asked = storms.filter((herd) => askedPerS(herd) > BOTTLENECK * returnsPerS(herd));
  const perS =
    asked.length > 0
      ? medianOf(asked.map(returnsPerS).filter((perS) => perS > 0))
      : Math.max(0, ...storms.flatMap((herd) => [returnsPerS(herd), everPerS(herd)]));
  return { perS: perS > 0 ? perS : null, isAtLeast: asked.length === 0 };
}

/** The policies that follow from the first storms: full jitter over some windows. None where nobody came back. */
export function autoPolicies(herds: readonly Herd[]): BackoffPlan[] {
  const windowMs = windowOf(herds);
  if (windowMs === null) return [];
  return AUTO_SHARES.map((share) => ({
    ...AUTO,
    kind: 'full-jitter',
    firstMs: roundedUp(share * windowMs),
    capMs: Math.max(AUTO.capMs, roundedUp(2 * windowMs)),
  }));
}

/** @param swept the policy of the plan first */
export function toSweep(swept: readonly Swept[]): Sweep {
  const [today] = swept;
  const { perS: acceptsPerS, isAtLeast } = acceptRate(today.herds);
  const entries = swept.map(
    ({ policy, herds }): SweepEntry => ({
      policy,
      policyText: formatBackoff(policy),
      herds,
      flaws: herds.flatMap((herd, i) => flawsOf(herd, i, swept)),
    }),
  );
  return { acceptsPerS, isAtLeast, windowMs: windowOf(today.herds), entries, ...judge(entries) };
}

/** The time that the largest herd needs at least. */
function windowOf(herds: readonly Herd[]): number | null {
  const { perS } = acceptRate(herds);
  return perS === null ? null : (Math.max(...herds.map(({ affected }) => affected)) / perS) * 1000;
}

function flawsOf(herd: Herd, i: number, swept: readonly Swept[]): string[] {
  const { affected, t99Ms, observedMs, metastable, collateral } = herd;
  if (affected === 0) return [`the ${herd.trigger} broke no connection`];
  const acceptedPerS = acceptRate(swept.flatMap(({ herds }) => herds)).perS ?? 0;
  const asked = askedPerS(herd);
  const p99Ms = bystandersMs(herd);
  const bestMs = Math.min(...swept.flatMap(({ herds }) => (herds[i] && bystandersMs(herds[i])) ?? []));
  return [
    ...(t99Ms === null ? [`99 % were not back within ${formatMs(observedMs)}`] : []),
    ...(metastable === true ? ['it did not recover by itself'] : []),
    ...(asked > CALM * acceptedPerS
      ? [`asked for ${formatCount(asked)}/s of a server that took ${formatCount(acceptedPerS)}/s`]
      : []),
    ...(collateral.errors > 0 ? [`${formatCount(collateral.errors)} bystanders lost their connections`] : []),
    ...(p99Ms !== null && p99Ms > SUFFERING.ratio * bestMs && p99Ms > bestMs + SUFFERING.ms
      ? [`response p99 of bystanders ${formatMs(p99Ms)}, where ${formatMs(bestMs)} is possible`]
      : []),
  ];
}

function bystandersMs({ collateral: { responseMs } }: Herd): number | null {
  return responseMs.count < SUFFERING.answers ? null : responseMs.p99;
}

function judge(entries: readonly SweepEntry[]): Pick<Sweep, 'verdict' | 'recommended' | 'words'> {
  const [today] = entries;
  const sound = entries.filter(({ flaws }) => flaws.length === 0);
  const soonestMs = Math.min(...sound.map(backMs));
  const best = sound
    .filter((entry) => backMs(entry) <= Math.max(ALIKE.ratio * soonestMs, soonestMs + ALIKE.ms))
    .reduce<SweepEntry | null>(
      (calmest, entry) => (calmest === null || peakPerS(entry) < peakPerS(calmest) ? entry : calmest),
      null,
    );
  const todays = `today’s policy, ${inWords(today)}`;
  if (best === null) {
    return {
      verdict: 'none',
      recommended: null,
      words: `none of ${entries.length} policies is without flaws; ${todays}: ${flawsInWords(today)}`,
    };
  }
  const isGoodEnough = backMs(today) <= Math.max(WORTH.ratio * backMs(best), backMs(best) + WORTH.ms);
  if (today.flaws.length === 0 && isGoodEnough) {
    const words = best === today ? 'none is better' : `the best other one, ${inWords(best)}`;
    return { verdict: 'keep', recommended: 0, words: `no change: ${todays}; ${words}` };
  }
  const flaws = today.flaws.length === 0 ? '' : ` (${flawsInWords(today)})`;
  return {
    verdict: 'change',
    recommended: entries.indexOf(best),
    words: `${inWords(best)}; ${todays}${flaws}`,
  };
}

/** `full jitter over 18.0 s: 99 % back in 21.0 s, peak 610/s`. */
function inWords(entry: SweepEntry): string {
  const { policy, herds } = entry;
  const ms = backMs(entry);
  const watchedMs = Math.max(0, ...herds.map(({ observedMs }) => observedMs));
  const back = Number.isFinite(ms)
    ? `99 % back in ${formatMs(ms)}`
    : `99 % not back in ${formatMs(watchedMs)}`;
  return `${backoffInWords(policy)}: ${back}, peak ${formatCount(peakPerS(entry))}/s`;
}

function flawsInWords({ flaws }: SweepEntry): string {
  return [...new Set(flaws)].join(', ');
}

/** When 99 % of the slowest herd were back. */
function backMs({ herds }: SweepEntry): number {
  return Math.max(...herds.map(({ t99Ms }) => t99Ms ?? Number.POSITIVE_INFINITY));
}

function peakPerS({ herds }: SweepEntry): number {
  return Math.max(0, ...herds.map(({ peakAttemptsPerS }) => peakAttemptsPerS ?? 0));
}

/** Most attempts in a second since the server accepts: what came before met nobody. */
function askedPerS({ curve: { attempts, acceptedMs, stepMs } }: Herd): number {
  return mostPerS(attempts.slice(Math.floor(acceptedMs / stepMs)), stepMs);
}

function returnsPerS({ curve: { returned, stepMs } }: Herd): number {
  const came = returned.map((count, i) => Math.max(0, count - (returned[i - 1] ?? 0)));
  return mostPerS(came, stepMs);
}

/** Most connections in a second of the phase until then. */
function everPerS({ affected, recommendedWindowMs }: Herd): number {
  return recommendedWindowMs === null ? 0 : (affected / recommendedWindowMs) * 1000;
}

function mostPerS(counts: readonly number[], stepMs: number): number {
  const width = Math.round(1000 / stepMs);
  let most = 0;
  for (let i = 0, sum = 0; i < counts.length; i++) {
    sum += counts[i] - (counts[i - width] ?? 0);
    most = Math.max(most, sum);
  }
  return most;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Two digits are enough for a window that is measured. */
function roundedUp(ms: number): number {
  const least = Math.max(MIN_WINDOW_MS, ms);
  const step = 10 ** (Math.floor(Math.log10(least)) - 1);
  return Math.ceil(least / step - 1e-9) * step;
}
