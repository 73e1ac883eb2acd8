import type { PacerPolicy } from './policy.ts';

/**
 * One message each 1000/rate ms, the first at `offsetMs`: workers that share a rate are offset against each
 * other, so that together they send at constant gaps too. Each time is computed from its number: a sum of
 * gaps would drift.
 */
export const constant: PacerPolicy = ({ ratePerS, offsetMs }) => {
  let n = 0;
  return () => offsetMs + (n++ * 1000) / ratePerS;
};
