/**
 * junit.xml: the verdict for CI systems. One suite for a phase, one case for each of its rules and one for its
 * validity; one suite `run`, whose case fails when the run did not carry out its plan.
 *
 * JUnit knows no "inconclusive". Such a rule, and an invalid phase, are `<skipped>`: nothing was judged, and a red
 * test would claim that the service broke a limit. The job stops all the same, by wsscale's exit status 3. A run
 * that was interrupted, or that reached no target, is an `<error>`: it must not pass for a run with little to say.
 */

import { escapeMarkup } from '../base/text.ts';
import type { Phase, RuleResult, RunRecord } from '../model/record.ts';
import { interruption, phaseSentence, verdictSentence } from './sentence.ts';
import { ruleOutcome } from './value.ts';

/** The record as JUnit XML. */
export function toJunit(record: RunRecord): string {
  return junitDocument(`wsscale ${record.run.name}`, suitesOf(record));
}

/** The suites of a record. */
export function suitesOf(record: RunRecord): Suite[] {
  const { startedAt } = record.run;
  return [runSuite(record), ...phaseSuites(record)].map((suite) => ({ ...suite, startedAt }));
}

/** A whole document; it took as long as the runs in it. */
export function junitDocument(name: string, suites: readonly Suite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  const durationMs = suites.reduce((sum, suite) => sum + (suite.runMs ?? 0), 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name=${quoted(name)} ${tally(cases)} time="${seconds(durationMs)}">`,
    ...suites.map(suiteXml),
    '</testsuites>',
    '',
  ].join('\n');
}

export interface Case {
  name: string;
  outcome: 'passed' | 'failure' | 'error' | 'skipped';
  message: string;
}

export interface Suite {
  name: string;
  /** Null: nothing was run for it. */
  startedAt: string | null;
  durationMs: number;
  /** Of a suite that stands for a whole run, how long that took. */
  runMs?: number;
  cases: Case[];
  /** The answer in words. */
  output: string;
}

function runSuite(record: RunRecord): Omit<Suite, 'startedAt'> {
  const message = interruption(record);
  const outcome = message === null ? 'passed' : 'error';
  return {
    name: 'run',
    durationMs: record.run.durationMs,
    runMs: record.run.durationMs,
    cases: [{ name: 'the run carried out its plan', outcome, message: message ?? '' }],
    output: verdictSentence(record),
  };
}

/** A suite for each phase that ran or that a rule speaks of; `*` holds the rules for all phases. */
function phaseSuites({ phases, scenario, verdict }: RunRecord): Omit<Suite, 'startedAt'>[] {
  const known = [...phases, ...scenario.phases].map((phase) => phase.name);
  const rules = verdict.rules.map((result) => ({ result, phase: phaseOf(result, known) }));
  const names = new Set([...phases.map((phase) => phase.name), ...rules.map((rule) => rule.phase)]);
  return [...names].map((name) => {
    const ran = phases.filter((phase) => phase.name === name);
    const judged = rules.filter((rule) => rule.phase === name).map((rule) => ruleCase(rule.result));
    return {
      name,
      durationMs: ran.reduce((sum, phase) => sum + phase.durationMs, 0),
      cases: [...ran.map(validityCase), ...judged],
      output: ran.map(phaseSentence).join('\n'),
    };
  });
}

/** The name of a phase may hold dots itself, so the longest name that fits is the one that is meant. */
function phaseOf({ rule }: RuleResult, known: string[]): string {
  const fitting = known.filter((name) => rule.startsWith(`${name}.`));
  return fitting.sort((a, b) => b.length - a.length)[0] ?? rule.split('.', 1)[0];
}

function validityCase({ generator }: Phase): Case {
  const outcome = generator.valid ? 'passed' : 'skipped';
  return { name: 'the load generator kept up', outcome, message: generator.reasons.join('; ') };
}

function ruleCase(result: RuleResult): Case {
  const { rule, status, reason } = result;
  if (status === 'pass') return { name: rule, outcome: 'passed', message: '' };
  if (status === 'fail') {
    const seen = result.observed === null ? '' : 'observed ';
    return { name: rule, outcome: 'failure', message: seen + ruleOutcome(result) };
  }
  return { name: rule, outcome: 'skipped', message: reason ?? 'inconclusive' };
}

function suiteXml({ name, startedAt, durationMs, cases, output }: Suite): string {
  const timestamp = startedAt === null ? '' : `timestamp=${quoted(startedAt)} `;
  const time = `${timestamp}time="${seconds(durationMs)}"`;
  return [
    `  <testsuite name=${quoted(name)} ${tally(cases)} ${time}>`,
    ...cases.map((single) => caseXml(single, name)),
    ...(output === ''
      ? []
      : [`    <system-out>${output.split('\n').map(escapeMarkup).join('\n')}</system-out>`]),
    '  </testsuite>',
  ].join('\n');
}

function caseXml({ name, outcome, message }: Case, suite: string): string {
  const open = `    <testcase classname=${quoted(`wsscale.${suite}`)} name=${quoted(name)}`;
  return outcome === 'passed' ? `${open}/>` : `${open}><${outcome} message=${quoted(message)}/></testcase>`;
}

function tally(cases: Case[]): string {
  const count = (outcome: Case['outcome']) => cases.filter((single) => single.outcome === outcome).length;
  const counts = `failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
  return `tests="${cases.length}" ${counts}`;
}

function quoted(text: string): string {
  return `"${escapeMarkup(text)}"`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
