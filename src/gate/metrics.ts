/**
 * What two sides are compared by: numbers of a phase, of which each run has one.
 *
 *     <phase|*>.<path in the phase>        single.latency.responseMs.p99
 */

import { usageError } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import type { PhasePlan } from '../model/plan.ts';
import type { RunRecord } from '../model/record.ts';
import { blame, needsValidGenerator } from './evaluate.ts';
import type { Field } from './fields.ts';
import { faultLines, splitTarget } from './rules.ts';
import { samplesAt } from './samples.ts';

export interface Metric {
  /** `single.latency.responseMs.p99`; its phase is one that is run. */
  name: string;
  phase: string;
  path: string[];
  field: Field;
  /** Which of two values is the better one. */
  better: 'lower' | 'higher';
}

/** The value of one run, or why it has none. */
export type MetricValue =
  | { kind: 'value'; value: number }
  /** The generator bound it: another run may have one. */
  | { kind: 'invalid'; reason: string }
  | { kind: 'absent'; reason: string };

/** More of these is better; of all else, less. */
const HIGHER_IS_BETTER =
  /^(ceiling|rateCeiling)\.|^clients\.|^connect\.(attempts|established|peakPerS)$|^messages\.(sent|received)(Bytes)?$|^fanout\.(published|expected|delivered|reachRatio)$|\.(expected|received|recovered)$|offeredRatio$/;

/** What is compared where nobody says by what. */
const DEFAULTS = ['latency.responseMs.p50', 'latency.responseMs.p99', 'connect.latencyMs.p99'];
/** The same of what was searched for. */
const CEILINGS = { ceiling: 'ceiling.connections', rateCeiling: 'rateCeiling.messagesPerS' } as const;
const SEARCHES = Object.keys(CEILINGS) as (keyof typeof CEILINGS)[];

/** The metrics of these phases, where none is asked for. */
export function defaultMetrics(
  phases: readonly Pick<PhasePlan, 'name' | 'messages' | 'ceiling' | 'rateCeiling'>[],
): Metric[] {
  return phases.flatMap((phase) => {
    // A broadcast is not answered.
    const latency = phase.messages.mode === 'echo' ? DEFAULTS : DEFAULTS.map(toOneWay);
    const ceilings = SEARCHES.filter((search) => phase[search]).map((search) => CEILINGS[search]);
    return readMetrics(
      [...latency, ...ceilings].map((path) => `${phase.name}.${path}`),
      [phase.name],
    );
  });
}

function toOneWay(path: string): string {
  return path.replace('responseMs', 'oneWayMs');
}

/**
 * Reads metrics.
 * @param phases that are run; `*` stands for each of them
 * @throws a usage error that shows all that cannot be read
 */
export function readMetrics(texts: readonly string[], phases: readonly string[]): Metric[] {
  const faults: string[] = [];
  const metrics = texts.flatMap((text) => {
    const target = splitTarget(text.trim());
    if ('reason' in target) {
      faults.push(...faultLines({ text: text.trim(), message: target.reason, ...spanOf(target) }));
      return [];
    }
    const { phase, path, field } = target;
    if (phase !== '*' && !phases.includes(phase)) {
      faults.push(
        `${printable(text)}: no phase "${printable(phase)}" is run; there are ${phases.join(', ')}`,
      );
      return [];
    }
    const better = HIGHER_IS_BETTER.test(path.join('.')) ? ('higher' as const) : ('lower' as const);
    return (phase === '*' ? phases : [phase]).map((of) => ({
      ...{ name: `${of}.${path.join('.')}`, phase: of, path, field, better },
    }));
  });
  if (faults.length > 0) throw usageError('a metric cannot be read', faults);
  return [...new Map(metrics.map((metric) => [metric.name, metric])).values()];
}

function spanOf({ start, end }: { start: number; end: number }) {
  return { start, end };
}

/** What a run has of a metric; of a list, the worst element. */
export function metricOf({ run, phases }: RunRecord, metric: Metric): MetricValue {
  const phase = phases.find(({ name }) => name === metric.phase);
  if (phase === undefined) return absent(`${run.id} has no phase ${metric.phase}`);
  if (run.interrupted) return absent(`${run.id} was interrupted: ${run.interruptedBy}`);
  if (!phase.generator.valid && needsValidGenerator(metric)) {
    return { kind: 'invalid', reason: `${run.id}: ${blame(phase)}` };
  }
  // What was reached instead is only a bound.
  const isOpen = (search: keyof typeof CEILINGS) =>
    metric.path[0] === search && phase[search]?.found === false;
  if (SEARCHES.some(isOpen)) {
    return absent(`${run.id}: the ceiling was not found`);
  }
  const values = samplesAt(phase, metric.path).map(({ value }) => value);
  if (values.length === 0 || values.includes(null)) {
    return absent(`${run.id}: ${metric.path.join('.')} was not measured`);
  }
  const worst = (metric.better === 'lower' ? Math.max : Math.min)(...(values as number[]));
  // Differences are ratios, so that a latency and a ceiling can be held against the same limit.
  return worst > 0
    ? { kind: 'value', value: worst }
    : absent(`${run.id}: ${metric.name} is ${worst}, of which there is no ratio`);
}

function absent(reason: string): MetricValue {
  return { kind: 'absent', reason };
}
