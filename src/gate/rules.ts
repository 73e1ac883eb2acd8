/**
 * Rules as people write them:
 *
 *     <phase|*>.<path in the phase> <op> <number><unit>        single.latency.responseMs.p99 < 50ms
 *
 * They are read before any load begins: a rule that is judged at minute 20 must not turn out to be misspelt.
 */

import { usageError } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import { type Field, findField, type PathFault } from './fields.ts';
import { fittingUnits, isUnit, toFieldUnit } from './units.ts';

export const OPERATORS = ['<', '<=', '>', '>=', '==', '!='] as const;
export type Operator = (typeof OPERATORS)[number];

/** A rule that can be judged. */
export interface Rule {
  /** As it was written. */
  text: string;
  /** The phase's name, or `*` for every phase. */
  phase: string;
  path: string[];
  field: Field;
  op: Operator;
  /** In the unit in which it was written. */
  limit: number;
  unit: string | null;
  /** The limit in the field's own unit. */
  fieldLimit: number;
}

/** A rule that cannot be read, and where. */
export interface RuleFault {
  text: string;
  message: string;
  /** Where in the text it stops making sense. */
  start: number;
  end: number;
}

/** Whether a rule could not be read. */
export function isFault(read: Rule | RuleFault): read is RuleFault {
  return 'message' in read;
}

const RULE =
  /^\s*(?<target>[^\s<>=!]*)\s*(?<op>[<>=!]*)\s*(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)?\s*(?<unit>.*?)\s*$/ds;

const EXAMPLE = 'single.latency.responseMs.p99 < 50ms';

/** Reads one rule; what cannot be read comes back as a fault. */
export function readRule(text: string): Rule | RuleFault {
  const { groups = {}, indices } = RULE.exec(text) as RegExpExecArray;
  const spanOf = (group: string) => indices?.groups?.[group] ?? [text.length, text.length];
  const fault = (message: string, [start, end]: readonly [number, number]): RuleFault => ({
    text,
    message,
    start,
    end,
  });

  const { target, op, number, unit } = groups;
  const split = splitTarget(target);
  if ('reason' in split) {
    const [start] = spanOf('target');
    return fault(split.reason, [start + split.start, start + split.end]);
  }
  if (!isOperator(op)) {
    const hint = op === '=' ? '; write ==' : '';
    return fault(`one of ${OPERATORS.join(' ')} must stand here${hint}`, spanOf('op'));
  }
  if (number === undefined) return fault('a number must stand here', spanOf('unit'));
  const fitting = fittingUnits(split.field.unit);
  if (unit !== '' && !fitting.includes(unit)) {
    const wrong = isUnit(unit)
      ? `${split.path.join('.')} is not measured in ${unit}`
      : `"${unit}" is not a unit`;
    const remedy = fitting.length > 0 ? `write ${fitting.join(', ')} or no unit` : 'it has no unit';
    return fault(`${wrong}; ${remedy}`, spanOf('unit'));
  }
  const limit = Number(number);
  const unitOrNull = unit === '' ? null : unit;
  const fieldLimit = toFieldUnit(limit, unitOrNull, split.field.unit);
  return { text: text.trim(), ...split, op, limit, unit: unitOrNull, fieldLimit };
}

/** A target's phase and path, or what is wrong with which part of it. */
type Target =
  | { phase: string; path: string[]; field: Field }
  | { reason: string; start: number; end: number };

/**
 * The name of a phase may have dots of its own. The first split whose rest is a path of a phase is taken, and
 * where there is none, the fault of the split whose rest went farthest.
 */
export function splitTarget(target: string): Target {
  const segments = target.split('.');
  if (!/^(\*|[A-Za-z0-9][\w.-]*)$/.test(segments[0]) || segments.length < 2) {
    const reason = `a rule begins with a phase, or * for all, and a path in it, like ${EXAMPLE}`;
    return { reason, start: 0, end: target.length };
  }
  let farthest: PathFault & { split: number } = { segment: -1, reason: '', split: 1 };
  const splits = segments[0] === '*' ? 1 : segments.length - 1;
  for (let split = 1; split <= splits; split++) {
    const path = segments.slice(split);
    const found = findField(path);
    if ('unit' in found) return { phase: segments.slice(0, split).join('.'), path, field: found };
    if (found.segment > farthest.segment) farthest = { ...found, split };
  }
  const wrong = farthest.split + farthest.segment;
  const start = segments.slice(0, wrong).join('.').length + 1;
  return { reason: farthest.reason, start, end: start + segments[wrong].length };
}

function isOperator(text: string): text is Operator {
  return (OPERATORS as readonly string[]).includes(text);
}

/** A fault for people: what is wrong, then the rule, then a pointer to the place. */
export function faultLines({ text, message, start, end }: RuleFault): string[] {
  const pointer = `${' '.repeat(start)}${'^'.repeat(Math.max(1, end - start))}`;
  return [printable(message), `  ${printable(text)}`, `  ${pointer}`];
}

/**
 * Reads rules.
 * @throws a usage error that shows all that cannot be read
 */
export function parseRules(texts: readonly string[]): Rule[] {
  const read = texts.map(readRule);
  const faults = read.filter(isFault);
  if (faults.length === 0) return read.flatMap((rule) => (isFault(rule) ? [] : [rule]));
  const title =
    faults.length === 1 ? 'a gate rule cannot be read' : `${faults.length} gate rules cannot be read`;
  throw usageError(title, faults.flatMap(faultLines));
}
