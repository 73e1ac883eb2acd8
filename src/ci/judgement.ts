/**
 * What a reviewer must see of a run or a comparison: what failed, what could not be told, what ended early.
 */

import type { Comparison } from '../model/comparison.ts';
import type { RunRecord } from '../model/record.ts';
import { answer, evidence } from '../report/compared.ts';
import { interruption } from '../report/sentence.ts';
import { ruleOutcome } from '../report/value.ts';
import type { Place } from '../scenario/problems.ts';
import type { Annotation } from './github.ts';

/**
 * Annotations of a record.
 * @param placeOf where a rule stands; null: in no file
 */
export function judgementOf(record: RunRecord, placeOf: (rule: string) => Place | null): Annotation[] {
  const early = interruption(record);
  const rules = record.verdict.rules.flatMap((result): Annotation[] => {
    if (result.status === 'pass') return [];
    const level = result.status === 'fail' ? 'error' : 'warning';
    const seen = result.status === 'fail' && result.observed !== null ? 'observed ' : '';
    return [{ level, title: result.rule, message: seen + ruleOutcome(result), place: placeOf(result.rule) }];
  });
  const invalid = record.phases
    .filter(({ generator }) => !generator.valid)
    .map(
      ({ name, generator }): Annotation => ({
        level: 'warning',
        title: `${name}: the load generator was the bottleneck`,
        message: generator.reasons.join('; '),
        place: null,
      }),
    );
  return [
    ...(early === null
      ? []
      : [{ level: 'error', title: 'the run ended early', message: early, place: null } as const]),
    ...rules,
    ...invalid,
  ];
}

/** Annotations of a comparison. */
export function comparisonJudgement({ metrics }: Comparison): Annotation[] {
  return metrics
    .filter(({ status }) => status !== 'pass')
    .map((metric) => ({
      level: metric.status === 'fail' ? 'error' : 'warning',
      title: `${metric.metric}: ${answer(metric)}`,
      message: evidence(metric),
      place: null,
    }));
}
