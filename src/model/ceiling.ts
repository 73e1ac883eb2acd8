/**
 * The outcome of a search for the connection ceiling, and what stopped it.
 */

import { z } from 'zod';

const count = z.int().nonnegative();

const limiterSchema = z.object({
  resource: z.string(),
  side: z.enum(['server', 'generator', 'kernel', 'network', 'scenario', 'unknown']),
  evidence: z.string(),
});

export const ceilingSchema = z.object({
  connections: count,
  lowerBound: count,
  upperBound: count.nullable(),
  found: z.boolean(),
  limiter: limiterSchema,
  /** Each step of the search, in its order. */
  steps: z.array(
    z.object({
      requested: count,
      established: count,
      passed: z.boolean(),
      reason: z.string().nullable(),
      connectP99Ms: z.number().nullable(),
    }),
  ),
});

export type Limiter = z.infer<typeof limiterSchema>;
export type Ceiling = z.infer<typeof ceilingSchema>;
