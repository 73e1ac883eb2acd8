/**
 * The outcome of a search for a ceiling, of connections or of messages a second, and what stopped it.
 */

import { z } from 'zod';
import { objectiveSchema } from './objective.ts';

const count = z.int().nonnegative();

const limiterSchema = z.object({
  resource: z.string(),
  side: z.enum(['server', 'broker', 'balancer', 'generator', 'kernel', 'network', 'scenario', 'unknown']),
  evidence: z.string(),
});

/** What both searches find. */
const outcome = {
  lowerBound: count,
  upperBound: count.nullable(),
  found: z.boolean(),
  /** How far the bounds are apart, as a share of the upper one; null where there is none. */
  widthRatio: z.number().nullable().default(null),
  /** What a level had to keep; null in older records. */
  objective: objectiveSchema.nullable().default(null),
  limiter: limiterSchema,
};

/** What is told of each trial. */
const trial = {
  /** Which trial at its level it was, from 1 on. */
  trial: count.nullable().default(null),
  passed: z.boolean(),
  /** False where the generator was not up to it: it says nothing of the server. */
  valid: z.boolean().default(true),
  reason: z.string().nullable(),
  /** Null where no messages flowed. */
  responseP99Ms: z.number().nullable().default(null),
  lossRatio: z.number().nullable().default(null),
};

export const ceilingSchema = z.object({
  connections: count,
  ...outcome,
  /** Each trial of the search, in their order. */
  steps: z.array(
    z.object({
      requested: count,
      established: count,
      ...trial,
      connectP99Ms: z.number().nullable(),
      /** Connections that were taken in a second until all were, or it was given up. */
      acceptedPerS: z.number().nullable().default(null),
    }),
  ),
});

export const rateCeilingSchema = z.object({
  /** Of all clients together: what they send. */
  messagesPerS: count,
  /** Of each client that sends. */
  ratePerClientPerS: z.number().nonnegative(),
  /** That were connected. */
  clients: count,
  ...outcome,
  steps: z.array(
    z.object({
      /** Asked for, of all clients together. */
      messagesPerS: count,
      /** So many of them a second were answered in time. */
      answeredPerS: z.number().nullable(),
      ...trial,
    }),
  ),
});

export type Limiter = z.infer<typeof limiterSchema>;
export type Ceiling = z.infer<typeof ceilingSchema>;
export type RateCeiling = z.infer<typeof rateCeilingSchema>;
