/**
 * Rules in a file of their own: a YAML list of them, alone or as `gate:`, or one a line.
 */

import { usageError } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import { faultLines, isFault, type Rule, type RuleFault, readRule } from '../gate/rules.ts';
import { formatPath, type Path, type Place, type Problem, problemsError } from './problems.ts';
import { readText } from './read-text.ts';
import { parseYaml } from './yaml.ts';

const MAX_RULES_BYTES = 2 ** 20;

/**
 * Reads a rules file.
 * @throws a usage error that lists all that is wrong, with file, line and column
 */
export function loadRules(file: string): Rule[] {
  const text = readText(file, MAX_RULES_BYTES);
  const first = text.split('\n').find((line) => !isRemark(line)) ?? '';
  const { rules, problems } = /^\s*(-\s|\[|gate\s*:)/.test(first)
    ? fromYaml(text, file)
    : fromLines(text, file);
  if (problems.length > 0) throw problemsError(problems);
  if (rules.length === 0) throw usageError(`${printable(file)} has no rule in it`);
  return rules;
}

interface Read {
  rules: Rule[];
  problems: Problem[];
}

function fromLines(text: string, file: string): Read {
  const read: Read = { rules: [], problems: [] };
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (!isRemark(line))
      take(readRule(line), (start) => ({ file, line: at + 1, column: start + 1 }), '', read);
  }
  return read;
}

function isRemark(line: string): boolean {
  return /^\s*(#|$)/.test(line);
}

function fromYaml(text: string, file: string): Read {
  const { data, faults, positionOf } = parseYaml(text);
  const placeOf = (path: Path): Place => ({ file, ...placeAt(positionOf(path, 'value')) });
  const read: Read = {
    rules: [],
    problems: faults.map(({ at, path, message }) => ({
      place: { file, ...placeAt(at) },
      subject: formatPath(path),
      // What begins with a star is a reference in YAML, which nobody who writes a rule has in mind.
      message: message.startsWith('refers to') ? 'put a rule that begins with * in quotes' : message,
    })),
  };
  if (read.problems.length > 0) return read;
  const isNamed = typeof data === 'object' && data !== null && 'gate' in data;
  const above: Path = isNamed ? ['gate'] : [];
  const list = isNamed ? data.gate : data;
  if (!Array.isArray(list)) {
    read.problems.push({
      place: placeOf(above),
      subject: formatPath(above),
      message: 'must be a list of rules',
    });
    return read;
  }
  for (const [i, each] of list.entries()) {
    const path = [...above, i];
    if (typeof each === 'string') take(readRule(each), () => placeOf(path), formatPath(path), read);
    else
      read.problems.push({
        place: placeOf(path),
        subject: formatPath(path),
        message: 'must be a rule, in quotes',
      });
  }
  return read;
}

function placeAt({ line, column }: { line: number; column: number }) {
  return { line, column };
}

function take(rule: Rule | RuleFault, placeOf: (start: number) => Place, subject: string, read: Read): void {
  if (!isFault(rule)) {
    read.rules.push(rule);
    return;
  }
  const [message, ...below] = faultLines(rule);
  read.problems.push({ place: placeOf(rule.start), subject, message, below });
}
