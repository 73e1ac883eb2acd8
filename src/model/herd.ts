/**
 * A herd: clients that lost their connections together, and how they came back.
 */

import { z } from 'zod';
import { summarySchema } from './summary.ts';

const count = z.int().nonnegative();
const number = z.number().nullable();
const counts = z.record(z.string(), count);

export const herdSchema = z.object({
  trigger: z.string(),
  policy: z.string(),
  /** The policy with all of its parameters, as `--reconnect` takes it. */
  policyText: z.string().nullable().default(null),
  /** When the connections broke, from the phase's start. */
  brokenAtMs: z.number(),
  affected: count,
  outageMs: number,
  heldMs: z.number(),
  t50Ms: number,
  t95Ms: number,
  t99Ms: number,
  t100Ms: number,
  /** How long the return was watched, from when the server accepted again. */
  observedMs: z.number(),
  attempts: count,
  failed: counts,
  amplification: number,
  peakAttemptsPerS: number,
  neverReturned: count,
  lost: count,
  recovered: count,
  collateral: z.object({ clients: count, errors: count, responseMs: summarySchema }),
  metastable: z.boolean().nullable(),
  recommendedWindowMs: number,
  /** From the break, per step of `stepMs`: clients that are back at its end, attempts made in it. */
  curve: z.object({
    stepMs: z.number(),
    /** When the server accepts again, which is where t*Ms begin. */
    acceptedMs: z.number(),
    returned: z.array(count),
    attempts: z.array(count),
  }),
});

export type Herd = z.infer<typeof herdSchema>;
