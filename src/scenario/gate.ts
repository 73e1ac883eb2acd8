/**
 * The rules of a plan: they are read and matched with the phases before any load begins.
 */

import { nearest } from '../base/nearest.ts';
import { faultLines, isFault, readRule } from '../gate/rules.ts';
import type { Origin, Report } from './options.ts';

/**
 * The rules of the scenario, then those of the flags. A scenario's rule about a phase that is not run this
 * time is left out; a flag's is a mistake.
 *
 * @param names of the phases: all that there are, and those that are run
 */
export function selectRules(
  ofScenario: readonly string[],
  ofFlags: readonly string[],
  names: { all: readonly string[]; run: readonly string[] },
  report: Report,
): string[] {
  const rules: string[] = [];
  const select = (text: string, origin: Origin, known: readonly string[]) => {
    const rule = readRule(text);
    if (isFault(rule)) {
      const [message, ...below] = faultLines(rule);
      report(origin, message, below);
    } else if (rule.phase !== '*' && !known.includes(rule.phase)) {
      const near = nearest(rule.phase, known);
      const hint = near === null ? `there are ${['*', ...known].join(', ')}` : `did you mean ${near}?`;
      report(origin, `"${rule.text}": no phase "${rule.phase}" is run; ${hint}`);
    } else if (rule.phase === '*' || names.run.includes(rule.phase)) rules.push(rule.text);
  };
  // `forEach` passes over the holes that wrong elements left.
  ofScenario.forEach((text, i) => {
    select(text, { file: ['gate', i] }, names.all);
  });
  for (const text of ofFlags) select(text, { flag: '--gate' }, names.run);
  return rules;
}
