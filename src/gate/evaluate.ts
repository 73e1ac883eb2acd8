/**
 * Judges a record by its rules. A rule passes only by a value that was measured, and validly so; what could
 * not be known is inconclusive, neither a pass nor a failure.
 */

import { formatCount, formatMs } from '../base/units.ts';
import type { Measured, Phase, RuleResult, Verdict } from '../model/record.ts';
import type { Operator, Rule } from './rules.ts';
import { type Sample, samplesAt } from './samples.ts';
import { toRuleUnit } from './units.ts';

/** What a rule comes to, over one value or over several. */
interface Outcome {
  status: RuleResult['status'];
  /** The value that decided, in the field's unit. */
  observed: number | null;
  reason: string | null;
}

/**
 * The verdict of a run.
 *
 * @param deaths what ended unasked, one sentence each: a worker, a host, the target. No rule passes for
 *   certain after that, so they make the verdict inconclusive unless a rule failed.
 */
export function judge(measured: Measured, rules: readonly Rule[], deaths: readonly string[] = []): Verdict {
  const results = rules.map((rule) => judgeRule(measured, rule));
  const reasons = [
    ...deaths,
    ...vainSearches(measured),
    ...generatorsEnds(measured, results),
    ...results
      .filter(({ status }) => status === 'inconclusive')
      .map(({ rule, reason }) => (reason === null ? rule : `${rule}: ${reason}`)),
  ];
  const failed = results.some(({ status }) => status === 'fail');
  return { status: failed ? 'fail' : reasons.length > 0 ? 'inconclusive' : 'pass', reasons, rules: results };
}

/** Phases in which a ceiling was asked for, but the generator was the bottleneck. */
function vainSearches({ phases, scenario }: Measured): string[] {
  return phases
    .filter(({ generator }) => !generator.valid)
    .filter(
      ({ name, ceiling, rateCeiling }) =>
        ceiling !== null ||
        rateCeiling !== null ||
        scenario.phases.some((p) => p.name === name && (p.ceiling || p.rateCeiling)),
    )
    .map((phase) => `${phase.name}: no ceiling can be told, ${blame(phase)}`);
}

/**
 * Searches for a rate that the generator's own end stopped, unless what was reached is all that a rule asked for. Seconds
 * beyond that end are in no number, so the phase is valid.
 */
function generatorsEnds({ phases }: Measured, results: readonly RuleResult[]): string[] {
  const isAnswered = results.some(({ rule, status }) => /\brateCeiling\b/.test(rule) && status === 'pass');
  if (isAnswered) return [];
  return phases
    .filter(({ generator }) => generator.valid)
    .flatMap(({ name, rateCeiling }) =>
      rateCeiling?.found === false && rateCeiling.limiter.side === 'generator'
        ? [
            `${name}: the ceiling was not found, at least ${formatCount(rateCeiling.lowerBound)} messages/s; the generator stopped the search: ${rateCeiling.limiter.evidence}`,
          ]
        : [],
    );
}

function judgeRule(measured: Measured, rule: Rule): RuleResult {
  const { status, observed, reason } = outcomeOf(measured, rule);
  return {
    rule: rule.text,
    observed: observed === null ? null : toRuleUnit(observed, rule.unit, rule.field.unit),
    limit: rule.limit,
    unit: rule.unit,
    status,
    reason,
  };
}

function outcomeOf({ phases }: Measured, rule: Rule): Outcome {
  const everyPhase = rule.phase === '*';
  const chosen = everyPhase ? phases : phases.filter(({ name }) => name === rule.phase);
  if (chosen.length === 0)
    return inconclusive(everyPhase ? 'no phase was run' : `no phase ${rule.phase} was run`);
  const outcomes = chosen.flatMap((phase) =>
    judgePhase(phase, rule).map((outcome) => (everyPhase ? of(phase, outcome) : outcome)),
  );
  const lack = everyPhase ? 'no phase has' : `${rule.phase} has no`;
  return worst(outcomes, rule) ?? inconclusive(`${lack} ${rule.path.join('.')}`);
}

/** An outcome whose reason tells the phase. */
function of({ name }: Phase, outcome: Outcome): Outcome {
  return outcome.reason === null ? outcome : { ...outcome, reason: `${name}: ${outcome.reason}` };
}

/** One outcome for each value; none if the phase lacks the object. */
function judgePhase(phase: Phase, rule: Rule): Outcome[] {
  const samples = samplesAt(phase, rule.path);
  const voided = !phase.generator.valid && needsValidGenerator(rule);
  return samples.map((sample) => (voided ? inconclusive(blame(phase)) : judgeSample(sample, rule)));
}

/**
 * Whether a rule is about a time or a capacity, which a generator at its limit falsifies. What it counted
 * stands: a message that arrived out of order did so however late the generator was.
 */
export function needsValidGenerator({ path: [section, part], field }: Pick<Rule, 'path' | 'field'>): boolean {
  switch (section) {
    case 'latency':
    case 'ceiling':
    case 'rateCeiling':
      return true;
    case 'connect':
      return part === 'latencyMs' || part === 'peakPerS';
    case 'fanout':
    case 'herds':
    case 'regions':
    case 'timeline':
      return field.unit === 'ms';
    default:
      return false;
  }
}

/** What to say of a phase whose times and capacities are the generator's. */
export function blame({ generator }: Phase): string {
  const why = generator.reasons.length > 0 ? `: ${generator.reasons.join('; ')}` : '';
  return `the generator was the bottleneck${why}`;
}

function judgeSample({ value, owner }: Sample, rule: Rule): Outcome {
  const capacity = CAPACITIES[rule.path.join('.')];
  if (capacity !== undefined && value !== null && owner.found === false)
    return judgeLowerBound(value, capacity, rule);
  if (value !== null) {
    return { status: holds(value, rule) ? 'pass' : 'fail', observed: value, reason: null };
  }
  if (isTimeToReturn(rule)) return judgeUnreached(owner, rule);
  return inconclusive(`${rule.path.join('.')} was not measured`);
}

/** What a search finds, in words. */
const CAPACITIES: Record<string, (value: number) => string> = {
  'ceiling.connections': (value) => `${formatCount(value)} connections hold`,
  'rateCeiling.messagesPerS': (value) => `${formatCount(value)} messages/s are answered in time`,
  'rateCeiling.ratePerClientPerS': (value) =>
    `${Number(value.toPrecision(3))} messages/s of each client are answered in time`,
};

/** A ceiling that was not found lies somewhere above what the search reached. */
function judgeLowerBound(lowerBound: number, capacity: (value: number) => string, rule: Rule): Outcome {
  const reason = `the ceiling was not found; at least ${capacity(lowerBound)}`;
  if ((rule.op === '>=' || rule.op === '>') && holds(lowerBound, rule)) {
    return { status: 'pass', observed: lowerBound, reason };
  }
  return inconclusive(reason);
}

function isTimeToReturn({ path }: Rule): boolean {
  return path[0] === 'herds' && path.length === 2 && /^t\d+Ms$/.test(path[1]);
}

/**
 * A time that was not reached is longer than it was watched; a limit within that has certainly been exceeded.
 */
function judgeUnreached(herd: Sample['owner'], rule: Rule): Outcome {
  const observedMs = herd.observedMs as number;
  const reason = `not reached within ${formatMs(observedMs)}`;
  const exceeded = (rule.op === '<' || rule.op === '<=') && rule.fieldLimit <= observedMs;
  return exceeded ? { status: 'fail', observed: null, reason } : inconclusive(reason);
}

function inconclusive(reason: string): Outcome {
  return { status: 'inconclusive', observed: null, reason };
}

const COMPARE: Record<Operator, (value: number, limit: number) => boolean> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '==': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
};

function holds(value: number, rule: Rule): boolean {
  return COMPARE[rule.op](value, rule.fieldLimit);
}

const SEVERITY = { fail: 2, inconclusive: 1, pass: 0 };

/**
 * The outcome that decides over all of them: a failure before a doubt before a pass, then the worst value.
 */
function worst(outcomes: Outcome[], rule: Rule): Outcome | null {
  let decisive: Outcome | null = null;
  for (const outcome of outcomes) {
    const worse =
      decisive === null ||
      SEVERITY[outcome.status] > SEVERITY[decisive.status] ||
      (outcome.status === decisive.status && badness(outcome, rule) > badness(decisive, rule));
    if (worse) decisive = outcome;
  }
  return decisive;
}

/** How far a value is on the wrong side of a rule; a value that was never reached is farthest. */
function badness({ observed }: Outcome, { op, fieldLimit }: Rule): number {
  if (observed === null) return Number.POSITIVE_INFINITY;
  switch (op) {
    case '<':
    case '<=':
      return observed - fieldLimit;
    case '>':
    case '>=':
      return fieldLimit - observed;
    case '==':
      return Math.abs(observed - fieldLimit);
    case '!=':
      return -Math.abs(observed - fieldLimit);
  }
}
