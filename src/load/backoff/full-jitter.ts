import { type BackoffPolicy, grown } from './policy.ts';

/**
 * U(0, v) with v = min(cap, base * 2^attempt): spreads the tries over the whole time.
 *
 * `ExpoBackoffFullJitter` of the AWS simulator (github.com/aws-samples/aws-arch-backoff-simulator).
 */
export const fullJitter: BackoffPolicy = (bounds) => (attempt, _previousMs, random) =>
  random() * grown(bounds, attempt);
