/**
 * A sweep: the same herds, each with another reconnect policy of the clients, and which policy is best.
 */

import { z } from 'zod';
import { backoffPlanSchema } from './backoff.ts';
import { herdSchema } from './herd.ts';

/** Of the time that the server needs for all clients: over so much of it, `auto` spreads their return. */
export const AUTO_SHARES = [0.5, 1, 1.5, 2];

export const sweepSchema = z.object({
  /** Connections that the server was seen to accept in a second of the first storms; null: nobody came back. */
  acceptsPerS: z.number().nullable(),
  /** It was never asked for more, and so might accept more. */
  isAtLeast: z.boolean(),
  /** The time that it needs for the largest herd at that rate. */
  windowMs: z.number().nullable(),
  /** The policy of the plan first. */
  entries: z.array(
    z.object({
      policy: backoffPlanSchema,
      /** As `--reconnect` takes it. */
      policyText: z.string(),
      /** As the phase's `herds`, in their order. */
      herds: z.array(herdSchema),
      /** Why it cannot be recommended; none where it can. */
      flaws: z.array(z.string()),
    }),
  ),
  /** `change`: another policy is better than that of the plan. `none`: all of them have flaws. */
  verdict: z.enum(['change', 'keep', 'none']),
  /** The number of the entry that is best; null where there is none. */
  recommended: z.int().nonnegative().nullable(),
  /** The recommendation with its numbers. */
  words: z.string(),
});

export type Sweep = z.infer<typeof sweepSchema>;
export type SweepEntry = Sweep['entries'][number];
