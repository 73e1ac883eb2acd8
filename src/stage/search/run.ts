/**
 * What both searches have in common: levels are tried until the book knows the answer, and each trial is told.
 */

import { nameLimiter, type StepEvidence } from '../../collect/limiter.ts';
import type { Ceiling, Limiter } from '../../model/record.ts';
import type { StageContext } from '../context.ts';
import { judge } from './judge.ts';
import type { Bracket, LevelBook, Outcome } from './level-book.ts';

/** A trial of a level. */
export interface Tried {
  evidence: StepEvidence;
  /** The share of its connects that failed. */
  failedRatio: number;
}

/** How a trial came out, as both searches tell it. */
interface Verdict extends Outcome {
  reason: string | null;
}

/** @param carried how much of the level the trial carried */
export function verdictOf(
  { plan }: StageContext,
  { evidence, failedRatio }: Tried,
  carried: number,
): Verdict {
  const reason = judge(plan, evidence, failedRatio);
  const limiter = reason === null ? null : nameLimiter(evidence);
  const isEnd = reason !== null && evidence.moved?.isGone === true;
  return { passed: reason === null, valid: limiter?.side !== 'generator', carried, limiter, reason, isEnd };
}

/** Tries levels until the answer is known; false if nobody is left to try them with. */
export async function runSearch(
  book: LevelBook,
  attempt: (load: number, trial: number) => Promise<Outcome>,
): Promise<boolean> {
  for (let load = book.next(); load !== null; load = book.next()) {
    const outcome = await attempt(load, book.trials(load) + 1);
    book.add(load, outcome);
    if (outcome.isEnd === true) return false;
  }
  return true;
}

/** What the record says of the bounds. */
export function boundsOf(
  { plan }: StageContext,
  { lower, upper, limiter }: Bracket,
  end: Limiter,
): Pick<Ceiling, 'lowerBound' | 'upperBound' | 'found' | 'widthRatio' | 'objective' | 'limiter'> {
  return {
    lowerBound: lower,
    upperBound: upper,
    found: upper !== null,
    widthRatio: upper === null ? null : (upper - lower) / upper,
    objective: plan.objective,
    limiter: limiter ?? end,
  };
}
