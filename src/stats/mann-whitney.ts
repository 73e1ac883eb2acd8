/**
 * Do two samples differ, or is it chance? The U test: Mann and Whitney, Annals of Mathematical Statistics 18 (1947).
 *
 * All values are ranked together. If there is no difference in truth, any of them might as well have been in the first
 * sample, so that its sum of ranks is that of a draw of so many ranks from all. U is that sum less the least that it can
 * be: the pairs in which the value of the first sample is the greater, those that are equal by half.
 */

import { normalUpperTail } from './normal.ts';
import { type Distribution, doubledRanks, type Tails, tailsOf } from './ranks.ts';

/** Up to so many values of both p is exact, with ties as well; the work grows with the fourth power. */
const EXACT_UP_TO = 60;

export interface RankSum extends Tails {
  /** Of the first sample. */
  u: number;
}

export function mannWhitney(first: readonly number[], second: readonly number[]): RankSum {
  const isExact = first.length + second.length <= EXACT_UP_TO;
  return isExact ? mannWhitneyExact(first, second) : mannWhitneyApproximate(first, second);
}

function mannWhitneyExact(first: readonly number[], second: readonly number[]): RankSum {
  const { ranks, doubledSum, doubledU } = ranked(first, second);
  return { u: doubledU / 2, ...tailsOf(sumsOfDraws(ranks, first.length), doubledSum) };
}

/** By the normal distribution, with the correction for ties, and that for continuity: the steps of U are 1. */
export function mannWhitneyApproximate(first: readonly number[], second: readonly number[]): RankSum {
  const { ranks, doubledU } = ranked(first, second);
  const u = doubledU / 2;
  const n = ranks.length;
  const pairs = first.length * second.length;
  const mean = pairs / 2;
  const squares = ranks.reduce((sum, rank) => sum + ((rank - n - 1) / 2) ** 2, 0);
  const deviation = Math.sqrt((pairs * squares) / (n * (n - 1)));
  if (deviation === 0) return { u, less: 1, greater: 1, twoSided: 1 };
  const less = normalUpperTail((mean - u - 0.5) / deviation);
  const greater = normalUpperTail((u - 0.5 - mean) / deviation);
  return { u, less, greater, twoSided: Math.min(1, 2 * Math.min(less, greater)) };
}

function ranked(first: readonly number[], second: readonly number[]) {
  const ranks = doubledRanks([...first, ...second]);
  const doubledSum = ranks.slice(0, first.length).reduce((sum, rank) => sum + rank, 0);
  return { ranks, doubledSum, doubledU: doubledSum - first.length * (first.length + 1) };
}

/** U of samples of these sizes without ties. */
export function rankSumDistribution(first: number, second: number): Distribution {
  const ranks = Array.from({ length: first + second }, (_, i) => i + 1);
  return sumsOfDraws(ranks, first).slice((first * (first + 1)) / 2);
}

/** The sum of `count` of the whole numbers, drawn without putting back. */
function sumsOfDraws(parts: readonly number[], count: number): Distribution {
  const most = parts.toSorted((a, b) => b - a).slice(0, count);
  const length = most.reduce((sum, part) => sum + part, 0) + 1;
  // ways[k][s]: in how many ways k of the parts that were looked at have the sum s.
  const ways = Array.from({ length: count + 1 }, () => new Float64Array(length));
  ways[0][0] = 1;
  for (const part of parts)
    for (let k = count; k > 0; k--)
      for (let sum = length - 1; sum >= part; sum--) ways[k][sum] += ways[k - 1][sum - part];
  const all = ways[count].reduce((sum, each) => sum + each, 0);
  return Array.from(ways[count], (each) => each / all);
}
