/**
 * The Universal Scalability Law (N. J. Gunther, Guerrilla Capacity Planning, 2007):
 *
 *     X(N) = γN / (1 + α(N−1) + βN(N−1))
 *
 * γ is what one does alone, α the share of work that is done one after the other, β what it costs that all have to
 * agree with all. From N* = √((1−α)/β) on, more of them do less.
 */

import { type Fit, fitCurve, type Model, type Point } from '../stats/least-squares.ts';

/** Fewer points say more of noise than of scaling: the bound that usl4j has, too. */
export const MIN_POINTS = 6;

const USL: Model = {
  value: (n, [alpha, beta, gamma]) => (gamma * n) / (1 + alpha * (n - 1) + beta * n * (n - 1)),
  gradient(n, [alpha, beta, gamma]) {
    const below = 1 + alpha * (n - 1) + beta * n * (n - 1);
    const by = -(gamma * n) / below ** 2;
    return [by * (n - 1), by * n * (n - 1), n / below];
  },
  bounds: [
    [0, 1],
    [0, 1],
    [0, Number.POSITIVE_INFINITY],
  ],
};

export interface Scaling {
  alpha: number;
  beta: number;
  gamma: number;
  fit: Fit;
  /** Where the throughput is highest, and how high; without β there is none, but a limit that is never reached. */
  peak: { n: number; throughput: number } | null;
  /** Where one more does half of what one does alone; null where that is nowhere near. */
  knee: { n: number; throughput: number } | null;
}

/** What is not reached with so many times as many is no knee. */
const MAX_N = 1e6;

/**
 * Fits the law to measured throughputs.
 * @throws RangeError if there are fewer than six points
 */
export function fitScaling(points: readonly Point[]): Scaling {
  if (points.length < MIN_POINTS) {
    throw new RangeError(`the scaling law needs ${MIN_POINTS} points, and there are ${points.length}`);
  }
  const alone = Math.max(...points.map(({ x, y }) => y / x));
  const fit = fitCurve(USL, points, [0.01, 1e-4, alone]);
  const [alpha, beta, gamma] = fit.parameters;
  const n = Math.sqrt((1 - alpha) / beta);
  const peak = beta === 0 ? null : { n, throughput: USL.value(n, fit.parameters) };
  return { alpha, beta, gamma, fit, peak, knee: kneeOf(fit.parameters) };
}

/** The slope falls, so it is halved at one place. */
function kneeOf(parameters: readonly number[]): Scaling['knee'] {
  const [alpha, beta] = parameters;
  const isAbove = (n: number) =>
    (1 - alpha - beta * n * n) / (1 + alpha * (n - 1) + beta * n * (n - 1)) ** 2 > 0.5;
  let low = 0;
  let high = MAX_N;
  if (isAbove(high)) return null;
  for (let i = 0; i < 100; i++) {
    const n = (low + high) / 2;
    if (isAbove(n)) low = n;
    else high = n;
  }
  return { n: low, throughput: USL.value(low, parameters) };
}
