/**
 * Reconnect policies. A new one is a file here, a line in `POLICIES`, and its name in the model's
 * `FORMULA_KINDS`; a library's is in `libraries.ts`.
 */

import { type BackoffKind, type BackoffPlan, isLibrary, type LibraryKind } from '../../model/backoff.ts';
import { decorrelated } from './decorrelated.ts';
import { equalJitter } from './equal-jitter.ts';
import { exponential } from './exponential.ts';
import { fixed } from './fixed.ts';
import { fullJitter } from './full-jitter.ts';
import { guide } from './guide.ts';
import { LIBRARY_BACKOFFS } from './libraries.ts';
import { none } from './none.ts';
import type { Backoff, BackoffPolicy } from './policy.ts';

export type { Backoff } from './policy.ts';

const POLICIES: Record<Exclude<BackoffKind, LibraryKind>, BackoffPolicy> = {
  none,
  fixed,
  exponential,
  'equal-jitter': equalJitter,
  'full-jitter': fullJitter,
  decorrelated,
  guide,
};

/**
 * The policy of a plan. Where the plan has a `firstMs`, the delay of attempt 0 is U(0, firstMs), whatever the
 * policy (RFC 6455, section 7.2.3: the first reconnect should be delayed by a random time, 0 to 5 s for
 * instance); a client that never comes back does not come back by that either.
 */
export function createBackoff(plan: BackoffPlan): Backoff {
  const { kind, firstMs } = plan;
  const policy = isLibrary(kind) ? libraryBackoff(kind, plan.capMs) : POLICIES[kind](plan);
  if (firstMs === 0 || kind === 'none') return policy;
  return (attempt, previousMs, random) =>
    attempt === 0 ? random() * firstMs : policy(attempt, previousMs, random);
}

/** A library has delays of its own; only that none is longer can be said. */
function libraryBackoff(kind: LibraryKind, capMs: number): Backoff {
  const delayOf = LIBRARY_BACKOFFS[kind];
  return (attempt, previousMs, random) => {
    const ms = delayOf(attempt, previousMs, random);
    return ms === null ? null : Math.min(capMs, ms);
  };
}
