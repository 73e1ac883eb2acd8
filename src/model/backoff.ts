/**
 * Reconnect policies by name. The functions are built from these by `load/backoff`, in whichever process needs one.
 */

import { z } from 'zod';

export const BACKOFF_KINDS = [
  'none',
  'fixed',
  'exponential',
  'equal-jitter',
  'full-jitter',
  'decorrelated',
  'guide',
] as const;

export type BackoffKind = (typeof BACKOFF_KINDS)[number];

export const backoffPlanSchema = z.object({
  kind: z.enum(BACKOFF_KINDS),
  baseMs: z.number().nonnegative(),
  capMs: z.number().nonnegative(),
  /** The first delay after a loss is drawn from U(0, firstMs); 0 leaves it to the policy. */
  firstMs: z.number().nonnegative(),
  /** A connection must have lasted so long before the attempts are counted from 0 again. */
  stableMs: z.number().nonnegative(),
});

/** A reconnect policy, resolved. */
export type BackoffPlan = z.infer<typeof backoffPlanSchema>;
