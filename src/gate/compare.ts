/**
 * Is one side worse than the other? A pure function of one value per run and side.
 *
 * A run is one observation: messages within it share its luck, so that counting them would find a difference between any
 * two runs. Differences are those of logarithms, so they are ratios and say the same in both directions. All metrics
 * together raise a false alarm with no more than the probability `ALPHA`.
 */

import { usageError } from '../base/errors.ts';
import type { ComparedMetric, Comparison } from '../model/comparison.ts';
import {
  detectableShift,
  leastPairedP,
  leastSampleP,
  pairsNeeded,
  samplesNeeded,
} from '../stats/detectable.ts';
import { pairedShift, type Shift, sampleShift } from '../stats/hodges-lehmann.ts';
import { holm } from '../stats/holm.ts';
import { mannWhitney } from '../stats/mann-whitney.ts';
import { wilcoxonSignedRank } from '../stats/wilcoxon.ts';
import type { Metric } from './metrics.ts';

/** Of all metrics together, in both directions. */
const ALPHA = 0.05;
/** Smaller changes are nobody's business, however certain they are. */
const LIMIT_RATIO = 0.05;
/** What a change has to be found with to count as one that could have been seen. */
const POWER = 0.8;

/** One metric's values; of pairs, those of a pair stand at the same place. */
export interface Observations {
  metric: Metric;
  base: readonly number[];
  head: readonly number[];
  /** Why it lacks values; null where it has all. */
  lack: string | null;
}

export interface Setup {
  design: Comparison['design'];
  /** How far the same server was apart from itself, as a ratio, by the metric's name. */
  noise: ReadonlyMap<string, number>;
}

/**
 * Throws if so many runs could not find anything, however large.
 * @throws a usage error that says how many it takes
 */
export function checkCounts(
  design: Comparison['design'],
  counts: { base: number; head: number },
  metrics: number,
): void {
  if (metrics === 0) throw usageError('There is no metric to compare by; name one with --metric.');
  const level = ALPHA / metrics;
  const p = design === 'pairs' ? leastPairedP(counts.base) : leastSampleP(counts.base, counts.head);
  if (p <= level) return;
  const of = metrics === 1 ? 'one metric' : `${metrics} metrics`;
  throw usageError(
    design === 'pairs'
      ? `${counts.base} pairs cannot tell anything by ${of}: it takes ${pairsNeeded(level)} (--pairs), or fewer metrics (--metric)`
      : `${counts.head} runs cannot be told from ${counts.base} by ${of}, whatever they measured: it takes ` +
          `${samplesNeeded(level)} of each side, or fewer metrics (--metric)`,
  );
}

/** Compares by each metric, and all of them together. */
export function compare(observations: readonly Observations[], setup: Setup): ComparedMetric[] {
  const tests = observations.map((observed) =>
    observed.lack === null ? testOf(observed, setup.design) : null,
  );
  // A metric without values was asked about as well.
  const steps = holm(
    tests.map((test) => test?.p ?? 1),
    ALPHA,
  );
  return observations.map((observed, i) => {
    const test = tests[i];
    return test === null ? unknown(observed, setup) : judgeMetric(observed, test, steps[i].alpha, setup);
  });
}

interface Test {
  p: number;
  shiftAt(alpha: number): Shift;
  standardError: number;
  degrees: number;
}

function testOf({ base, head }: Observations, design: Comparison['design']): Test {
  const before = base.map(Math.log);
  const after = head.map(Math.log);
  if (design === 'pairs') {
    const differences = after.map((value, i) => value - before[i]);
    const degrees = differences.length - 1;
    return {
      p: wilcoxonSignedRank(differences).twoSided,
      shiftAt: (alpha) => pairedShift(differences, alpha),
      standardError: Math.sqrt(squaresOf(differences) / degrees / differences.length),
      degrees,
    };
  }
  // A side of one run says nothing of its own scatter, so both sides tell it together.
  const degrees = after.length + before.length - 2;
  const variance = (squaresOf(after) + squaresOf(before)) / degrees;
  return {
    p: mannWhitney(after, before).twoSided,
    shiftAt: (alpha) => sampleShift(after, before, alpha),
    standardError: Math.sqrt(variance * (1 / after.length + 1 / before.length)),
    degrees,
  };
}

function judgeMetric(
  { metric, base, head }: Observations,
  test: Test,
  alpha: number,
  { noise }: Setup,
): ComparedMetric {
  const shift = test.shiftAt(alpha);
  const noiseRatio = noise.get(metric.name) ?? null;
  const limitRatio = Math.max(LIMIT_RATIO, noiseRatio ?? 0);
  const limit = Math.log1p(limitRatio);
  const worse = metric.better === 'lower' ? shift : mirrored(shift);
  const better = mirrored(worse);
  const seen =
    test.degrees > 0
      ? detectableShift(test.standardError, test.degrees, { alpha, power: POWER })
      : Number.POSITIVE_INFINITY;
  return {
    ...describe(metric, base, head),
    shiftRatio: Math.expm1(shift.estimate),
    lowRatio: ratioOf(shift.low),
    highRatio: ratioOf(shift.high),
    confidence: 1 - alpha,
    p: test.p,
    noiseRatio,
    limitRatio,
    detectableRatio: ratioOf(Math.max(seen, limit)),
    change: isChange(worse, limit) ? 'worse' : isChange(better, limit) ? 'better' : null,
    status: isChange(worse, limit) ? 'fail' : worse.high <= limit ? 'pass' : 'inconclusive',
    reason: null,
  };
}

/** It is there for certain, and it is large enough to matter. */
function isChange({ estimate, low }: Shift, limit: number): boolean {
  return low > 0 && estimate > limit;
}

function mirrored({ estimate, low, high }: Shift): Shift {
  return { estimate: -estimate, low: -high, high: -low };
}

function unknown({ metric, base, head, lack }: Observations, { noise }: Setup): ComparedMetric {
  const nothing = { shiftRatio: null, lowRatio: null, highRatio: null, confidence: null, p: null };
  const noiseRatio = noise.get(metric.name) ?? null;
  return {
    ...describe(metric, base, head),
    ...{ ...nothing, noiseRatio, limitRatio: Math.max(LIMIT_RATIO, noiseRatio ?? 0), detectableRatio: null },
    ...{ change: null, status: 'inconclusive', reason: lack },
  };
}

function describe(metric: Metric, base: readonly number[], head: readonly number[]) {
  const { name, field, better } = metric;
  return {
    ...{ metric: name, unit: field.unit === 'none' ? null : field.unit, better },
    ...{ base: [...base], head: [...head], baseMedian: medianOf(base), headMedian: medianOf(head) },
  };
}

function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** Of their distances from their mean, the sum. */
function squaresOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

/** The change that a difference of logarithms is; null: none that is known. */
function ratioOf(difference: number): number | null {
  return Number.isFinite(difference) ? Math.expm1(difference) : null;
}
