/**
 * The standard normal distribution: its upper tail and its quantiles, to about 13 digits.
 */

/** From here on the series would lose digits to cancellation, and the continued fraction needs few terms. */
const TAIL_FROM = 3;
const FRACTION_TERMS = 50;

/**
 * The probability that a standard normal variable is above `z`. Abramowitz and Stegun, Handbook of Mathematical
 * Functions (1964): the series 26.2.11 around 0, and the continued fraction 26.2.14 far out, where the probability is
 * small and has to keep its digits.
 */
export function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z);
  if (z < TAIL_FROM) return 0.5 - density(z) * series(z);
  let denominator = z;
  for (let term = FRACTION_TERMS; term > 0; term--) denominator = z + term / denominator;
  return density(z) / denominator;
}

/** z + z³/3 + z⁵/(3·5) + z⁷/(3·5·7) + … */
function series(z: number): number {
  let sum = 0;
  for (let term = z, odd = 3; sum + term !== sum; odd += 2) {
    sum += term;
    term *= (z * z) / odd;
  }
  return sum;
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * The value that a standard normal variable does not exceed with `probability`, which is between 0 and 1.
 *
 * Newton's method from 0. The upper tail is convex there, so each step stops short of the solution and none has to be
 * damped.
 */
export function normalQuantile(probability: number): number {
  if (probability < 0.5) return -quantileAbove(probability);
  return quantileAbove(1 - probability);
}

function quantileAbove(tail: number): number {
  if (tail === 0) return Number.POSITIVE_INFINITY;
  let z = 0;
  for (let last = -1; z > last; ) {
    last = z;
    z += (normalUpperTail(z) - tail) / density(z);
  }
  return z;
}
