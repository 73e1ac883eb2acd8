import type { BackoffPolicy } from './policy.ts';

/** Lost clients never come back. */
export const none: BackoffPolicy = () => () => null;
