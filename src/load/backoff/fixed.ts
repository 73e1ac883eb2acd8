import type { BackoffPolicy } from './policy.ts';

/** `base`, always: what many clients do, and what keeps a lost crowd together. */
export const fixed: BackoffPolicy =
  ({ baseMs }) =>
  () =>
    baseMs;
