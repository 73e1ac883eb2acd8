/**
 * How one value of a record reads, wherever it is shown.
 */

import { formatCount } from '../base/units.ts';
import type { Phase, RuleResult } from '../model/record.ts';

/** Stands for null: a value that was not measured must not look like 0. */
export const NOT_MEASURED = '–';

/** Stands for what an overloaded generator measured: such a number says nothing of the server. */
export const INVALID = 'INVALID (generator)';

/** The value in words, or where there is none a dash, if nothing better can be said. */
export function shown(
  value: number | null,
  format: (value: number) => string = formatCount,
  otherwise = NOT_MEASURED,
): string {
  return value === null ? otherwise : format(value);
}

/** A latency, a rate or a capacity of a phase: only a valid phase shows it. What was not measured was not invalid. */
export function trusted(phase: Phase, text: string): string {
  return phase.generator.valid || text === NOT_MEASURED ? text : INVALID;
}

/**
 * What decided a rule, in the rule's unit. An inconclusive rule was decided by nothing, so that whatever number
 * was seen on the way is not shown.
 */
export function ruleValue(rule: RuleResult): string {
  if (rule.observed === null || rule.status === 'inconclusive') return NOT_MEASURED;
  // Exact enough that a value just beyond its limit does not read like the limit.
  const number = rule.observed.toLocaleString('en-US', { maximumFractionDigits: 3 });
  return rule.unit === null ? number : `${number} ${rule.unit}`;
}

/** The same with what there is to say of it: `3`, `3 (in the second herd)`, or the reason alone. */
export function ruleOutcome(rule: RuleResult): string {
  const value = ruleValue(rule);
  if (rule.reason === null) return value;
  return value === NOT_MEASURED ? rule.reason : `${value} (${rule.reason})`;
}
