import { type BackoffPolicy, grown } from './policy.ts';

/** The width of the random part, in ms. */
const SPREAD_MS = 1000;

/**
 * min(base * 2^attempt, cap) + U(0, 1 s): the formula of many scaling guides, here to be measured against the
 * others.
 *
 * Its spread does not grow with the crowd: the first wave falls into one second, and each later one is hardly
 * wider while the time between them grows. A delay may exceed `cap` by up to 1 s.
 */
export const guide: BackoffPolicy = (bounds) => (attempt, _previousMs, random) =>
  grown(bounds, attempt) + random() * SPREAD_MS;
