import type { BackoffPolicy } from './policy.ts';

/**
 * min(cap, U(base, 3 * previous)), where the delay before the first is `base`: grows by chance, not by count.
 *
 * `ExpoBackoffDecorr` of the AWS simulator (github.com/aws-samples/aws-arch-backoff-simulator). A random
 * first delay may be shorter than `base`; it then counts as `base`, so that no delay is drawn from below it.
 */
export const decorrelated: BackoffPolicy =
  ({ baseMs, capMs }) =>
  (attempt, previousMs, random) => {
    const previous = attempt === 0 ? baseMs : Math.max(baseMs, previousMs);
    return Math.min(capMs, baseMs + random() * (3 * previous - baseMs));
  };
