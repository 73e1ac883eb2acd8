/**
 * What a comparison can find at all, by how many values it has and how far they scatter.
 */

import { studentQuantile } from './student.ts';

/** A test of ranks needs so many times the values of one of means, if the noise is normal. */
const RANK_COST = Math.PI / 3;

/** The least two-sided p of the signed rank test: all of the pairs differ in one direction. */
export function leastPairedP(pairs: number): number {
  return 2 ** (1 - pairs);
}

/** The least two-sided p of the U test: all values of one sample are above all of the other. */
export function leastSampleP(first: number, second: number): number {
  let waysToDraw = 1;
  for (let i = 1; i <= first; i++) waysToDraw *= (second + i) / i;
  return Math.min(1, 2 / waysToDraw);
}

/** How many pairs it takes to find anything at this level. */
export function pairsNeeded(alpha: number): number {
  return countNeeded((count) => leastPairedP(count) <= alpha);
}

/** How many values of each sample it takes to find anything at this level. */
export function samplesNeeded(alpha: number): number {
  return countNeeded((count) => leastSampleP(count, count) <= alpha);
}

function countNeeded(isEnough: (count: number) => boolean): number {
  let count = 1;
  while (!isEnough(count)) count++;
  return count;
}

/**
 * The smallest true shift that a test at this level finds with the probability `power`: it has to be as far from 0 as
 * the test's threshold, and so much more that its estimate seldom falls short of that.
 *
 *     (t(1 − α/2) + t(power)) · standard error · √(π/3)
 *
 * @param standardError of the mean shift
 * @param degrees of freedom that it was estimated with
 */
export function detectableShift(
  standardError: number,
  degrees: number,
  { alpha, power }: { alpha: number; power: number },
): number {
  const threshold = studentQuantile(1 - alpha / 2, degrees);
  return (threshold + studentQuantile(power, degrees)) * standardError * Math.sqrt(RANK_COST);
}
