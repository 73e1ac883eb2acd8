import { type BackoffPolicy, grown } from './policy.ts';

/**
 * v/2 + U(0, v/2) with v = min(cap, base * 2^attempt): at least half of the growth is kept.
 *
 * `ExpoBackoffEqualJitter` of the AWS simulator (github.com/aws-samples/aws-arch-backoff-simulator).
 */
export const equalJitter: BackoffPolicy = (bounds) => (attempt, _previousMs, random) => {
  const half = grown(bounds, attempt) / 2;
  return half + random() * half;
};
