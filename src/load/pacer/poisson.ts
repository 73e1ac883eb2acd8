import type { PacerPolicy } from './policy.ts';

/**
 * Independent messages: gaps of −ln(1−u)/λ, each from the previous scheduled time, so that lateness in
 * sending does not thin out the stream. The streams of several workers add up to one Poisson stream; they
 * need no offset.
 */
export const poisson: PacerPolicy = ({ ratePerS }, random) => {
  let timeMs = 0;
  return () => {
    timeMs -= (Math.log1p(-random()) * 1000) / ratePerS;
    return timeMs;
  };
};
