/**
 * Least squares for models with few parameters: the fit, and how far a new value may be from it.
 *
 * A linear model is solved in one step. Any other is solved by Levenberg–Marquardt: Gauss–Newton steps, damped as far
 * as they would make the fit worse. The interval of a prediction is that of the delta method,
 *
 *     ŷ ± t·√(s²/w + gᵀ Σ g)    g: gradient by the parameters, Σ: their covariance, s²: residual variance of weight 1
 *
 * A point of weight w counts as w points, as one does whose variance is so many times smaller.
 */

import { studentQuantile } from './student.ts';

export interface Point<X = number> {
  x: X;
  y: number;
  /** 1 where it is not said. */
  weight?: number;
}

/** A curve with parameters, over a number or over several. */
export interface Model<X = number> {
  value(x: X, parameters: readonly number[]): number;
  /** By each parameter. */
  gradient(x: X, parameters: readonly number[]): number[];
  /** Where a parameter may be: [lowest, highest]. */
  bounds: readonly [number, number][];
}

export interface Fit<X = number> {
  parameters: number[];
  standardErrors: number[];
  /** Root of the residual variance, of a point of weight 1. */
  residual: number;
  degrees: number;
  /**
   * The value at `x`, and how far a single new measurement of such a weight may be from it with such a probability, on
   * each side.
   */
  predict(x: X, probability: number, weight?: number): { value: number; halfWidth: number };
}

const MAX_STEPS = 500;
const DAMPING = 1e-3;

/**
 * Fits a model to points.
 *
 * @param start parameters to begin with
 * @throws RangeError if there are not more points than parameters
 */
export function fitCurve<X = number>(
  model: Model<X>,
  points: readonly Point<X>[],
  start: readonly number[],
): Fit<X> {
  const count = start.length;
  const degrees = points.length - count;
  if (degrees < 1) throw new RangeError(`${count} parameters need more points than ${points.length}`);
  let parameters = clamp(start, model.bounds);
  let damping = DAMPING;
  let error = squaredError(model, points, parameters);
  for (let step = 0; step < MAX_STEPS; step++) {
    const { matrix, right } = normalEquations(model, points, parameters);
    const damped = matrix.map((row, i) => row.map((cell, j) => (i === j ? cell * (1 + damping) : cell)));
    const change = solve(damped, right);
    const next = clamp(
      parameters.map((value, i) => value + change[i]),
      model.bounds,
    );
    const nextError = squaredError(model, points, next);
    if (nextError > error) {
      damping *= 10;
      if (damping > 1e12) break;
      continue;
    }
    const isDone = error - nextError <= 1e-14 * error && step > 0;
    parameters = next;
    error = nextError;
    damping /= 10;
    if (isDone) break;
  }
  const variance = error / degrees;
  const { matrix } = normalEquations(model, points, parameters);
  const quantiles = new Map<number, number>();
  // Many predictions are made with one probability.
  const quantileOf = (probability: number) => {
    const known = quantiles.get(probability) ?? studentQuantile(0.5 + probability / 2, degrees);
    quantiles.set(probability, known);
    return known;
  };
  const covariance = invert(matrix).map((row) => row.map((cell) => cell * variance));
  return {
    parameters,
    standardErrors: covariance.map((row, i) => Math.sqrt(Math.max(0, row[i]))),
    residual: Math.sqrt(variance),
    degrees,
    predict(x, probability, weight = 1) {
      const g = model.gradient(x, parameters);
      const spread = g.reduce(
        (sum, a, i) => sum + g.reduce((row, b, j) => row + a * b * covariance[i][j], 0),
        0,
      );
      const t = quantileOf(probability);
      return {
        value: model.value(x, parameters),
        halfWidth: t * Math.sqrt(variance / weight + Math.max(0, spread)),
      };
    },
  };
}

/** a + b·x: what is there without any, and what each adds. */
export const LINE: Model = {
  value: (x, [a, b]) => a + b * x,
  gradient: (x) => [1, x],
  bounds: [
    [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  ],
};

function clamp(values: readonly number[], bounds: Model<never>['bounds']): number[] {
  return values.map((value, i) => Math.min(bounds[i][1], Math.max(bounds[i][0], value)));
}

function squaredError<X>(
  model: Model<X>,
  points: readonly Point<X>[],
  parameters: readonly number[],
): number {
  return points.reduce(
    (sum, { x, y, weight = 1 }) => sum + weight * (y - model.value(x, parameters)) ** 2,
    0,
  );
}

function normalEquations<X>(model: Model<X>, points: readonly Point<X>[], parameters: readonly number[]) {
  const count = parameters.length;
  const matrix = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  const right = new Array<number>(count).fill(0);
  for (const { x, y, weight = 1 } of points) {
    const g = model.gradient(x, parameters);
    const rest = y - model.value(x, parameters);
    for (let i = 0; i < count; i++) {
      right[i] += weight * g[i] * rest;
      for (let j = 0; j < count; j++) matrix[i][j] += weight * g[i] * g[j];
    }
  }
  return { matrix, right };
}

/** Gauss–Jordan, with the largest pivot of each column. */
function solve(matrix: readonly number[][], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  for (let column = 0; column < rows.length; column++) {
    let pivot = column;
    for (let i = column + 1; i < rows.length; i++)
      if (Math.abs(rows[i][column]) > Math.abs(rows[pivot][column])) pivot = i;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    const by = rows[column][column];
    // A parameter that no point tells anything of stays where it is.
    if (by === 0) continue;
    for (let i = 0; i < rows.length; i++) {
      if (i === column) continue;
      const factor = rows[i][column] / by;
      for (let j = column; j <= rows.length; j++) rows[i][j] -= factor * rows[column][j];
    }
  }
  return rows.map((row, i) => (row[i] === 0 ? 0 : row[rows.length] / row[i]));
}

function invert(matrix: readonly number[][]): number[][] {
  const columns = matrix.map((_, i) =>
    solve(
      matrix,
      matrix.map((__, j) => (i === j ? 1 : 0)),
    ),
  );
  return matrix.map((_, i) => columns.map((column) => column[i]));
}
