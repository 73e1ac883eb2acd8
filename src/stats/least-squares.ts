/**
 * Least squares for models with few parameters: the fit, and how far a new value may be from it.
 *
 * A linear model is solved in one step. Any other is solved by Levenberg–Marquardt: Gauss–Newton steps, damped as far
 * as they would make the fit worse. The interval of a prediction is that of the delta method,
 *
 *     ŷ ± t·√(s² + gᵀ Σ g)      g: gradient by the parameters, Σ: their covariance, s²: residual variance
 */

import { studentQuantile } from './student.ts';

export interface Point {
  x: number;
  y: number;
}

/** A curve with parameters. */
export interface Model {
  value(x: number, parameters: readonly number[]): number;
  /** By each parameter. */
  gradient(x: number, parameters: readonly number[]): number[];
  /** Where a parameter may be: [lowest, highest]. */
  bounds: readonly [number, number][];
}

export interface Fit {
  parameters: number[];
  standardErrors: number[];
  /** Root of the residual variance. */
  residual: number;
  degrees: number;
  /** The value at `x`, and how far a single new measurement may be from it with such a probability, on each side. */
  predict(x: number, probability: number): { value: number; halfWidth: number };
}

const MAX_STEPS = 500;
const DAMPING = 1e-3;

/**
 * Fits a model to points.
 *
 * @param start parameters to begin with
 * @throws RangeError if there are not more points than parameters
 */
export function fitCurve(model: Model, points: readonly Point[], start: readonly number[]): Fit {
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
  const covariance = invert(matrix).map((row) => row.map((cell) => cell * variance));
  return {
    parameters,
    standardErrors: covariance.map((row, i) => Math.sqrt(Math.max(0, row[i]))),
    residual: Math.sqrt(variance),
    degrees,
    predict(x, probability) {
      const g = model.gradient(x, parameters);
      const spread = g.reduce(
        (sum, a, i) => sum + g.reduce((row, b, j) => row + a * b * covariance[i][j], 0),
        0,
      );
      const t = studentQuantile(0.5 + probability / 2, degrees);
      return { value: model.value(x, parameters), halfWidth: t * Math.sqrt(variance + Math.max(0, spread)) };
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

function clamp(values: readonly number[], bounds: Model['bounds']): number[] {
  return values.map((value, i) => Math.min(bounds[i][1], Math.max(bounds[i][0], value)));
}

function squaredError(model: Model, points: readonly Point[], parameters: readonly number[]): number {
  return points.reduce((sum, { x, y }) => sum + (y - model.value(x, parameters)) ** 2, 0);
}

function normalEquations(model: Model, points: readonly Point[], parameters: readonly number[]) {
  const count = parameters.length;
  const matrix = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  const right = new Array<number>(count).fill(0);
  for (const { x, y } of points) {
    const g = model.gradient(x, parameters);
    const rest = y - model.value(x, parameters);
    for (let i = 0; i < count; i++) {
      right[i] += g[i] * rest;
      for (let j = 0; j < count; j++) matrix[i][j] += g[i] * g[j];
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
