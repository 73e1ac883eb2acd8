/**
 * The gate: records judged by rules and against other records, and servers against each other.
 *
 *     records ─→ rules ─→ verdict        records or pairs of runs ─→ one value per run ─→ tests of ranks ─→ comparison
 */

import { systemClock } from './base/clock.ts';
import { usageError } from './base/errors.ts';
import { redactUrl } from './base/redact.ts';
import { allDifferences, differencesOf } from './baseline/differences.ts';
import type { SavedRecord } from './baseline/load.ts';
import { checkCounts, compare, type Observations } from './gate/compare.ts';
import { judge } from './gate/evaluate.ts';
import { defaultMetrics, type Metric, metricOf, readMetrics } from './gate/metrics.ts';
import { noiseOf } from './gate/noise.ts';
import { parseRules, type Rule } from './gate/rules.ts';
import type { Circumstances, Comparison, GateResult, Noise } from './model/comparison.ts';
import type { Plan } from './model/plan.ts';
import type { RunRecord, Verdict } from './model/record.ts';
import { type PairRun, type PairsOptions, runPairs } from './pairs.ts';
import type { Ending } from './phase.ts';

export interface GateOptions {
  /** Null: those of each record itself. */
  rules: readonly Rule[] | null;
  /** None: nothing is compared. */
  baseline: readonly SavedRecord[];
  /** As they are written; none: the usual ones. */
  metrics: readonly string[];
  noise: Noise | null;
}

/**
 * Judges records again, and compares them with those of a baseline.
 *
 * @throws WsscaleError USAGE if a rule or a metric cannot be read, there are too few records to tell anything, or they are
 *   of different machines or loads
 */
export function gateRecords(records: readonly SavedRecord[], options: GateOptions): GateResult {
  const judged = records.map(({ file, record }) => {
    const rules = options.rules ?? parseRules(record.scenario.gate);
    const { interrupted, interruptedBy } = record.run;
    const verdict = judge(record, rules, interrupted ? [interruptedBy ?? 'the run was interrupted'] : []);
    return { file, record: { ...record, verdict } };
  });
  const comparison = options.baseline.length === 0 ? null : compareRecords(records, options);
  const statuses = [...judged.map(({ record }) => record.verdict.status), comparison?.status ?? 'pass'];
  return { status: worstOf(statuses), judged, comparison };
}

function compareRecords(
  heads: readonly SavedRecord[],
  { baseline, metrics: texts, noise }: GateOptions,
): Comparison {
  const [head, base] = [heads, baseline].map((saved) => saved.map(({ record }) => record));
  const metrics = metricsOf(texts, head[0].scenario);
  checkCounts('samples', { base: base.length, head: head.length }, metrics.length);
  const { obstacles, warnings } = allDifferences(head, base);
  if (obstacles.length > 0) throw usageError('These runs cannot be compared:', obstacles);
  const observations = metrics.map((metric) => observe(metric, base, head));
  const invalid = metrics.flatMap((metric) =>
    [...base, ...head].map((record) => metricOf(record, metric)).filter(({ kind }) => kind === 'invalid'),
  );
  const sides = { base: placesOf(baseline), head: placesOf(heads) };
  const discarded = invalid.flatMap((value) => (value.kind === 'invalid' ? [value.reason] : []));
  return comparisonOf(
    'samples',
    sides,
    observations,
    { discarded: [...new Set(discarded)], warnings: [...warnings, ...shortness([...base, ...head])] },
    { noise, of: head[0] },
  );
}

function placesOf(saved: readonly SavedRecord[]): string {
  return saved.length === 1 ? saved[0].file : `${saved.length} records from ${saved[0].file} on`;
}

/** The metrics that are asked for, or the usual ones. */
function metricsOf(texts: readonly string[], { phases }: Pick<Plan, 'phases'>): Metric[] {
  return texts.length === 0
    ? defaultMetrics(phases)
    : readMetrics(
        texts,
        phases.map(({ name }) => name),
      );
}

function observe(metric: Metric, bases: readonly RunRecord[], heads: readonly RunRecord[]): Observations {
  const [base, head] = [bases, heads].map((records) => records.map((record) => metricOf(record, metric)));
  const absent = [...base, ...head].find(({ kind }) => kind === 'absent');
  const [before, after] = [base, head].map((values) =>
    values.flatMap((value) => (value.kind === 'value' ? [value.value] : [])),
  );
  const isEmpty = before.length === 0 || after.length === 0;
  const lack = absent?.kind === 'absent' ? absent.reason : isEmpty ? 'no run of one side counts' : null;
  return { metric, base: before, head: after, lack };
}

function comparisonOf(
  design: Comparison['design'],
  sides: { base: string; head: string },
  observations: Observations[],
  { discarded, warnings }: Pick<Comparison, 'discarded' | 'warnings'>,
  { noise, of }: { noise: Noise | null; of: RunRecord | null },
): Comparison {
  const known = usable(noise, of);
  const metrics = compare(observations, { design, noise: known.noise });
  const status = worstOf(metrics.map((metric) => metric.status));
  return {
    ...{ status, design, ...sides, startedAt: of?.run.startedAt ?? null, discarded },
    ...{ warnings: [...warnings, ...known.warnings], metrics },
  };
}

/** A run that is too short to have a whole second of hold is valid for want of evidence. */
function shortness(records: readonly RunRecord[]): string[] {
  const isUnjudged = records.some(({ phases }) =>
    phases.some(({ generator, ceiling }) => ceiling === null && generator.judgedSeconds === 0),
  );
  return isUnjudged
    ? ['runs are too short to tell whether their generator kept up; give them a --duration of 3s or more']
    : [];
}

/** The noise of this very setup; none if it was measured under other circumstances. */
function usable(noise: Noise | null, of: Circumstances | null) {
  const none = new Map<string, number>();
  if (noise === null) {
    return {
      noise: none,
      warnings: ['nobody measured how far this setup takes a server to be from itself (--aa)'],
    };
  }
  const { obstacles } = of === null ? { obstacles: [] } : differencesOf(of, noise);
  if (obstacles.length > 0) {
    return { noise: none, warnings: [`the noise was measured with something else: ${obstacles.join('; ')}`] };
  }
  const warnings =
    noise.status === 'fail'
      ? [
          `this setup raised ${noise.alarms} false alarms in ${noise.comparisons} comparisons of a server with itself`,
        ]
      : [];
  return { noise: new Map(noise.metrics.map(({ metric, noiseRatio }) => [metric, noiseRatio])), warnings };
}

/** Told of each run, and why it does not count. */
export type GatePairsProgress = (run: PairRun, fault: string | null) => void;

export interface PairGateOptions extends Omit<PairsOptions, 'faultOf' | 'onRun'> {
  metrics: readonly string[];
  noise: Noise | null;
  onRun?: GatePairsProgress;
}

/** What came of the pairs, and why there are fewer of them than were asked for. */
export interface PairGateResult {
  comparison: Comparison;
  /** Of the first run. */
  circumstances: Circumstances | null;
  ending: Ending | null;
}

/**
 * Compares two servers by pairs of runs.
 *
 * @throws WsscaleError USAGE if a metric cannot be read, or so few pairs could not tell anything; TARGET if a side cannot
 *   be reached or does not start
 */
export async function gatePairs(options: PairGateOptions): Promise<PairGateResult> {
  const { plan, sides, pairs, onRun } = options;
  const metrics = metricsOf(options.metrics, plan);
  checkCounts('pairs', { base: pairs, head: pairs }, metrics.length);
  const { base, head, discarded, ending } = await runPairs({
    ...options,
    faultOf: (record) => invalidity(record, metrics),
    onRun: (run, fault) => onRun?.(run, fault),
  });
  const first = base[0] ?? null;
  const circumstances = first && { host: first.host, scenario: first.scenario };
  const lost = pairs - base.length;
  const warnings =
    lost === 0
      ? []
      : [ending?.reason ?? `of ${lost} of ${pairs} pairs, no run counts however often it is made`];
  const comparison = comparisonOf(
    'pairs',
    { base: nameOf(sides.base), head: nameOf(sides.head) },
    metrics.map((metric) => observe(metric, base, head)),
    { discarded, warnings: [...warnings, ...shortness([...base, ...head])] },
    { noise: options.noise, of: head[0] ?? null },
  );
  return { comparison, circumstances, ending };
}

function nameOf(side: PairsOptions['sides']['base']): string {
  return side.kind === 'url' ? redactUrl(side.url) : side.command;
}

function invalidity(record: RunRecord, metrics: readonly Metric[]): string | null {
  const invalid = metrics.map((metric) => metricOf(record, metric)).find(({ kind }) => kind === 'invalid');
  return invalid?.kind === 'invalid' ? invalid.reason : null;
}

export interface NoiseResult {
  /** Null if no comparison came to its end. */
  noise: Noise | null;
  ending: Ending | null;
}

/**
 * Compares a server with itself, again and again: what this setup takes for a change that is none.
 *
 * @param onComparison called after each
 */
export async function measureNoise(
  options: Omit<PairGateOptions, 'sides' | 'noise'> & {
    side: PairsOptions['sides']['base'];
    comparisons: number;
  },
  onComparison: (comparison: Comparison, number: number) => void,
): Promise<NoiseResult> {
  const done: Comparison[] = [];
  let circumstances: Circumstances | null = null;
  let ending: Ending | null = null;
  const sides = { base: options.side, head: options.side };
  while (done.length < options.comparisons) {
    // Other draws in each comparison.
    const plan = { ...options.plan, seed: options.plan.seed + done.length * options.pairs };
    const result = await gatePairs({ ...options, plan, sides, noise: null });
    ending = result.ending;
    if (ending !== null) break;
    circumstances ??= result.circumstances;
    done.push(result.comparison);
    onComparison(result.comparison, done.length);
  }
  if (circumstances === null) return { noise: null, ending };
  const measuredAt = systemClock.wallTime().toISOString();
  const about = { kind: 'wsscale-noise' as const, measuredAt, pairs: options.pairs };
  return { noise: { ...about, ...circumstances, ...noiseOf(done) }, ending };
}

const SEVERITY: readonly Verdict['status'][] = ['pass', 'inconclusive', 'fail'];

function worstOf(statuses: readonly Verdict['status'][]): Verdict['status'] {
  return SEVERITY[Math.max(0, ...statuses.map((status) => SEVERITY.indexOf(status)))];
}
