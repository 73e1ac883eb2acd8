import { type BackoffPolicy, grown } from './policy.ts';

/**
 * v = min(cap, base * 2^attempt), without chance: the waves grow apart, but each stays a wave.
 *
 * This is `ExpoBackoff` of the simulator that AWS published with "Exponential Backoff And Jitter"
 * (github.com/aws-samples/aws-arch-backoff-simulator), which counts its first retry as attempt 1.
 */
export const exponential: BackoffPolicy = (bounds) => (attempt) => grown(bounds, attempt);
