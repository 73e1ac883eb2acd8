/**
 * Does a load hold? One trial that fails may have failed by chance, and so may one that passes. RFC 9971 (MLRsearch)
 * gathers trials at one load until the rest of them cannot change the answer any more.
 */

export interface SearchGoal {
  /** A trial that is shorter counts as far as others balance it. */
  finalTrialMs: number;
  /** Trials of so much time in all settle a load. */
  sumMs: number;
  /** A trial that loses more than this is a high-loss one. */
  lossRatio: number;
  /** A load holds if no more than this share of the time was in high-loss trials. */
  exceedRatio: number;
}

export interface Trial {
  durationMs: number;
  lossRatio: number;
}

/** `lower`: it holds, and is a lower bound of what does. `upper`: it does not. */
export type LoadClass = 'lower' | 'upper' | 'undecided';

/**
 * What the trials at one load say of it, by the code of RFC 9971, appendix B. It asks what the answer would be if all
 * trials that are still missing came out well, and if all came out badly; where both agree, they are not needed.
 */
export function classifyLoad(trials: readonly Trial[], goal: SearchGoal): LoadClass {
  const { finalTrialMs, sumMs, lossRatio, exceedRatio } = goal;
  const total = (isFull: boolean, isHigh: boolean) =>
    trials
      .filter(
        (trial) => trial.durationMs >= finalTrialMs === isFull && trial.lossRatio > lossRatio === isHigh,
      )
      .reduce((sum, { durationMs }) => sum + durationMs, 0);
  // Short trials with low loss make up for short ones with high loss.
  const balancing = exceedRatio < 1 ? (total(false, false) * exceedRatio) / (1 - exceedRatio) : 0;
  const highMs = total(true, true) + Math.max(0, total(false, true) - balancing);
  const lowMs = total(true, false);
  const wholeMs = Math.max(lowMs + highMs, sumMs);
  const optimistic = highMs <= wholeMs * exceedRatio;
  const pessimistic = wholeMs - lowMs <= wholeMs * exceedRatio;
  if (optimistic && pessimistic) return 'lower';
  return optimistic || pessimistic ? 'undecided' : 'upper';
}

/** What is known of a load. */
interface ClassifiedLoad {
  load: number;
  loadClass: LoadClass;
}

/**
 * The relevant bounds of RFC 9971, section 6: the smallest upper bound, and the largest lower bound below it. A load that
 * once held above one that does not is no answer: what holds must hold at each lower load, too.
 */
export function relevantBounds<Load extends ClassifiedLoad>(
  loads: readonly Load[],
): { lower: Load | null; upper: Load | null } {
  const uppers = loads.filter(({ loadClass }) => loadClass === 'upper');
  const upper = uppers.reduce<Load | null>(
    (least, at) => (least !== null && least.load <= at.load ? least : at),
    null,
  );
  const lowers = loads.filter(
    ({ load, loadClass }) => loadClass === 'lower' && load < (upper?.load ?? Number.POSITIVE_INFINITY),
  );
  const lower = lowers.reduce<Load | null>(
    (most, at) => (most !== null && most.load >= at.load ? most : at),
    null,
  );
  return { lower, upper };
}
