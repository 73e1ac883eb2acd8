/**
 * What a gate says of records that are judged again: lines for a terminal, and JUnit for a CI system.
 */

import { printable } from '../base/text.ts';
import type { Comparison, GateResult } from '../model/comparison.ts';
import type { RunRecord } from '../model/record.ts';
import { answer, comparisonLines, evidence, STATUS_SIGNS } from './compared.ts';
import { type Case, junitDocument, type Suite, suitesOf } from './junit.ts';
import { ruleOutcome } from './value.ts';

/** The verdict table: each rule of each record, then the comparison. */
export function gateLines({ judged, comparison }: Pick<GateResult, 'judged' | 'comparison'>): string[] {
  const verdicts = judged.flatMap(({ file, record }) => verdictLines(file, record));
  return comparison === null ? verdicts : [...verdicts, ...comparisonLines(comparison)];
}

function verdictLines(file: string, { run, verdict }: RunRecord): string[] {
  const widest = Math.max(0, ...verdict.rules.map(({ rule }) => rule.length));
  // A reason for one rule stands beside that rule.
  const others = verdict.reasons.filter(
    (reason) => !verdict.rules.some(({ rule }) => reason.startsWith(rule)),
  );
  return [
    `${verdict.status.toUpperCase()}  ${run.name}  ${file}`,
    ...verdict.rules.map(
      (result) => `${STATUS_SIGNS[result.status]} ${result.rule.padEnd(widest)}  ${ruleOutcome(result)}`,
    ),
    ...others.map((reason) => `? ${reason}`),
  ].map(printable);
}

/** The same as JUnit XML. */
export function gateJunit({ judged, comparison }: Pick<GateResult, 'judged' | 'comparison'>): string {
  const suites = judged.flatMap(({ record }) =>
    suitesOf(record).map((suite) => ({
      ...suite,
      // Suites of several records would have the same names.
      name: judged.length === 1 ? suite.name : `${record.run.id} ${suite.name}`,
    })),
  );
  const compared = comparison === null ? [] : [comparisonSuite(comparison)];
  return junitDocument('wsscale gate', [...suites, ...compared]);
}

function comparisonSuite(comparison: Comparison): Suite {
  return {
    name: 'comparison with the baseline',
    startedAt: comparison.startedAt,
    durationMs: 0,
    cases: comparison.metrics.map((metric): Case => {
      const outcome = ({ pass: 'passed', fail: 'failure', inconclusive: 'skipped' } as const)[metric.status];
      const message = metric.shiftRatio === null ? answer(metric) : `${answer(metric)}: ${evidence(metric)}`;
      const name = `${metric.metric} is not worse`;
      return { name, outcome, message: outcome === 'passed' ? '' : message };
    }),
    output: comparisonLines(comparison).join('\n'),
  };
}
