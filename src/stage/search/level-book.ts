/**
 * Which level a search tries next, and what it has found: pure, whatever its levels are of.
 *
 *     grows by half until a level fails ──→ halves the bracket until it is narrow ──→ confirms the level that held
 *     (one trial that passes will do)       (two of three trials decide)              (two of three, here too)
 *
 * A trial for which the generator was not up says nothing of the server. Where that happens three times at a level, no higher one
 * is tried: below it, the server's own end may still be found, or how much the generator could at the least show.
 */

import { clearest } from '../../collect/limiter.ts';
import type { Limiter } from '../../model/record.ts';
import {
  classifyLoad,
  type LoadClass,
  relevantBounds,
  type SearchGoal,
  type Trial,
} from '../../stats/mlrsearch.ts';

/** A step grows by half. */
const GROWTH = 1.5;
/** The first step is this share of the maximum. */
const FIRST_SHARE = 1 / 8;
/** So many trials at a level that the generator was not up to, and it is its own end. */
const MAX_SPOILT = 3;
/** A generator that was not up to so many levels, and to none below them, is not up to any. */
const MAX_OWN_ENDS = 4;

/** What a trial at a level showed. */
export interface Outcome {
  passed: boolean;
  /** False where the generator was not up to it. */
  valid: boolean;
  /** So much of the level was carried. */
  carried: number;
  /** What stood in the way; null where nothing did. */
  limiter: Limiter | null;
  /** The server is gone: there is nobody whom the level could be tried with again. */
  isEnd?: boolean;
}

interface Level {
  load: number;
  trials: Trial[];
  /** Trials that the generator was not up to. */
  spoilt: number;
  last: Outcome;
  /** What stood in the way of the server, and what in that of the generator. */
  limiter: Limiter | null;
  excuse: Limiter | null;
}

/** What a search has found. */
export interface Bracket {
  /** The highest level that holds, below the lowest that does not. */
  lower: number;
  /** The lowest level at which the server fails; null where none was found above `lower`. */
  upper: number | null;
  /** What stopped the search; null: all that was asked for holds. */
  limiter: Limiter | null;
}

export interface LevelBook {
  /** The next level to try, or null when the answer is known. */
  next(): number | null;
  /** How often a level was tried. */
  trials(load: number): number;
  add(load: number, outcome: Outcome): void;
  bracket(): Bracket;
}

/**
 * @param max no level is higher; all of them are whole numbers
 * @param widthRatio a bracket of this width, as a share of its upper end, is narrow enough
 * @param trialMs how long a trial takes
 */
export function createLevelBook({
  max,
  widthRatio,
  trialMs,
}: {
  max: number;
  widthRatio: number;
  trialMs: number;
}): LevelBook {
  /** Of three trials at a level, two decide. */
  const goal: SearchGoal = { finalTrialMs: trialMs, sumMs: 3 * trialMs, lossRatio: 0, exceedRatio: 0.5 };
  const levels = new Map<number, Level>();
  /** The level that was tried last, and whether the one before it failed. */
  let current: Level | null = null;
  let failedBefore = false;

  return {
    next() {
      if (current === null) return Math.max(1, Math.ceil(max * FIRST_SHARE));
      const { holding, end } = bounds();
      // On the way up one trial that passes will do.
      const isOpen = classOf(current) === 'undecided' && (end !== null || !hasPassedOnly(current));
      if (isOpen) return current.load;
      const lower = holding?.load ?? 0;
      if (holding === null && countOwnEnds() >= MAX_OWN_ENDS) return null;
      const next = end === null ? nextAbove(lower) : nextWithin(lower, end.load, current.last);
      if (next !== null) return next;
      // The answer is not to rest on one trial.
      return holding !== null && classOf(holding) === 'undecided' ? holding.load : null;
    },
    trials(load) {
      const level = levels.get(load);
      return level === undefined ? 0 : level.trials.length + level.spoilt;
    },
    add(load, outcome) {
      const level = levels.get(load) ?? {
        load,
        trials: [],
        spoilt: 0,
        last: outcome,
        limiter: null,
        excuse: null,
      };
      levels.set(load, level);
      if (current !== null && current !== level) failedBefore = !current.last.passed;
      current = level;
      level.last = outcome;
      if (!outcome.valid) {
        level.spoilt++;
        level.excuse = outcome.limiter;
        return;
      }
      // A death is no chance: it is as good as all the trials that cannot follow.
      const durationMs = outcome.isEnd === true ? goal.sumMs : trialMs;
      level.trials.push({ durationMs, lossRatio: outcome.passed ? 0 : 1 });
      if (!outcome.passed) level.limiter = outcome.limiter;
    },
    bracket() {
      const { holding, end } = bounds();
      const isServers = end !== null && classOf(end) === 'upper';
      return {
        lower: holding?.load ?? 0,
        upper: isServers ? end.load : null,
        limiter: end === null ? null : isServers ? clearest(failuresFrom(end)) : end.excuse,
      };
    },
  };

  /** The highest level that holds as far as it was tried, and the lowest above which nothing is tried. */
  function bounds(): { holding: Level | null; end: Level | null } {
    const loads = [...levels.values()].map((level) => {
      const known = classOf(level);
      const loadClass = known === 'own end' ? 'upper' : hasPassedOnly(level) ? 'lower' : known;
      return { level, load: level.load, loadClass } as const;
    });
    const { lower, upper } = relevantBounds(loads);
    return { holding: lower?.level ?? null, end: upper?.level ?? null };
  }

  /** What stood in the way at this level and at each above it. */
  function failuresFrom({ load: lowest }: Level): Limiter[] {
    const above = [...levels.values()].filter(({ load }) => load >= lowest);
    return above.toSorted((a, b) => a.load - b.load).flatMap(({ limiter }) => limiter ?? []);
  }

  function classOf({ trials, spoilt }: Level): LoadClass | 'own end' {
    const loadClass = classifyLoad(trials, goal);
    return loadClass === 'undecided' && spoilt >= MAX_SPOILT ? 'own end' : loadClass;
  }

  function countOwnEnds(): number {
    return [...levels.values()].filter((level) => classOf(level) === 'own end').length;
  }

  function nextAbove(lower: number): number | null {
    return lower >= max ? null : Math.min(max, Math.ceil(lower * GROWTH));
  }

  function nextWithin(lower: number, upper: number, { passed, ...last }: Outcome): number | null {
    if (upper - lower <= widthAt(upper)) return null;
    const carried = Math.floor(last.carried);
    // A failed level that carried no more than is known to hold: the answer lies just above that. One that carried
    // more: what it carried is the best guess, but not twice in a row, or a server that always carries a little less
    // would be followed down step by step.
    if (!passed && carried <= lower) return Math.min(lower + widthAt(lower), upper - 1);
    if (!passed && carried < upper && !failedBefore) return carried;
    return lower + Math.max(1, Math.floor((upper - lower) / 2));
  }

  /** How wide a bracket with this end may be. */
  function widthAt(level: number): number {
    return Math.max(1, Math.floor(level * widthRatio));
  }
}

function hasPassedOnly({ trials }: Level): boolean {
  return trials.length > 0 && trials.every(({ lossRatio }) => lossRatio === 0);
}
