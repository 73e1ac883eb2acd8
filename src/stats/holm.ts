/**
 * Several questions at once: Holm, Scandinavian Journal of Statistics 6 (1979). The probability that any of them is
 * answered by a false alarm is no more than `alpha`, however they hang together.
 */

/** What one question may go by. */
export interface HolmStep {
  /** Its p is held against this, and its interval is at this level. */
  alpha: number;
  isRejected: boolean;
}

/**
 * The least p is held against alpha/m, the next one against alpha/(m − 1), and so on up to the first that is not below
 * its level; that and all after it are not rejected, and stay at its level.
 *
 * @returns in the order of the p's
 */
export function holm(ps: readonly number[], alpha: number): HolmStep[] {
  const order = ps.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p);
  const steps = new Array<HolmStep>(ps.length);
  let left = ps.length;
  let isStopped = false;
  for (const { p, i } of order) {
    const level = alpha / left;
    isStopped ||= p > level;
    steps[i] = { alpha: level, isRejected: !isStopped };
    if (!isStopped) left--;
  }
  return steps;
}
