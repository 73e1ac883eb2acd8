/**
 * Do pairs differ, or is it chance? The signed rank test: Wilcoxon, Biometrics Bulletin 1 (1945).
 *
 * The differences are ranked by their size. If there is none in truth, each was as likely to have the other sign, so
 * that V, the sum of the ranks of those above 0, is a sum of ranks each of which a coin put in or left out.
 */

import { normalUpperTail } from './normal.ts';
import { type Distribution, doubledRanks, type Tails, tailsOf } from './ranks.ts';

/** Up to so many pairs p is exact, with ties as well; from here on the normal approximation has three digits. */
const EXACT_UP_TO = 100;

export interface SignedRank extends Tails {
  /** Sum of the ranks of the differences above 0. */
  v: number;
  /** Differences that are not 0: the others say nothing and are left out. */
  count: number;
}

export function wilcoxonSignedRank(differences: readonly number[]): SignedRank {
  const told = differences.filter((difference) => difference !== 0);
  const ranks = doubledRanks(told.map(Math.abs));
  const doubledV = ranks.reduce((sum, rank, i) => sum + (told[i] > 0 ? rank : 0), 0);
  const tails =
    told.length <= EXACT_UP_TO ? tailsOf(sumsByCoin(ranks), doubledV) : approximately(ranks, doubledV);
  return { v: doubledV / 2, count: told.length, ...tails };
}

/** V of so many differences without ties. */
export function signedRankDistribution(count: number): Distribution {
  return sumsByCoin(Array.from({ length: count }, (_, i) => i + 1));
}

/** The sum of those of the whole numbers for which a coin fell. */
function sumsByCoin(parts: readonly number[]): Distribution {
  let sums = [1];
  for (const part of parts) {
    const next = new Array<number>(sums.length + part).fill(0);
    for (const [sum, probability] of sums.entries()) {
      next[sum] += probability / 2;
      next[sum + part] += probability / 2;
    }
    sums = next;
  }
  return sums;
}

/** Each rank r is in V or not, so it gives r/2 to the mean and r²/4 to the variance. V has steps of 1. */
function approximately(ranks: readonly number[], doubledV: number): Tails {
  const mean = ranks.reduce((sum, rank) => sum + rank / 2, 0);
  const deviation = Math.sqrt(ranks.reduce((sum, rank) => sum + (rank * rank) / 4, 0));
  const less = normalUpperTail((mean - doubledV - 1) / deviation);
  const greater = normalUpperTail((doubledV - 1 - mean) / deviation);
  return { less, greater, twoSided: Math.min(1, 2 * Math.min(less, greater)) };
}
