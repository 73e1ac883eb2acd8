/**
 * Student's t distribution: what an estimate from few values may be off by.
 */

/**
 * The value that a t variable with so many degrees of freedom does not exceed with `probability`, above 0.5 and below
 * 1. By bisection on the tail, which falls: 60 halvings are all that a double can tell.
 */
export function studentQuantile(probability: number, degrees: number): number {
  const tail = 1 - probability;
  let low = 0;
  let high = 1;
  while (studentUpperTail(high, degrees) > tail) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentUpperTail(middle, degrees) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The probability that a t variable is above `t`, which is not below 0. */
export function studentUpperTail(t: number, degrees: number): number {
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
}

/**
 * The regularized incomplete beta function: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), by the
 * continued fraction 26.5.8 on the side of the mean on which it converges, and the symmetry 26.5.2 on the other.
 */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    a * Math.log(x) + b * Math.log(1 - x) + logGamma(a + b) - logGamma(a) - logGamma(b) - Math.log(a),
  );
  return front / fraction(x, a, b);
}

/** 1 + d1/(1 + d2/(1 + …)), from the inside out. */
function fraction(x: number, a: number, b: number): number {
  let value = 1;
  for (let m = 200; m > 0; m--) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    value = 1 + even / value;
    const k = m - 1;
    const odd = (-(a + k) * (a + b + k) * x) / ((a + 2 * k) * (a + 2 * k + 1));
    value = 1 + odd / value;
  }
  return value;
}

/** Stirling's series, for arguments that were moved to where it is exact to 15 digits. */
function logGamma(z: number): number {
  let shift = 0;
  while (z < 15) shift += Math.log(z++);
  const square = z * z;
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / z;
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift;
}
