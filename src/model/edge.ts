/**
 * What an edge did between its clients and its backends. It is part of the record.
 */

import { z } from 'zod';
import { summarySchema } from './summary.ts';

const count = z.int().nonnegative();

const eventCountsSchema = z.object({ connect: count, message: count, disconnect: count });

export const edgeSchema = z.object({
  gateways: count,
  backends: count,
  /** What happened to clients, each event once, however often it was sent. */
  events: eventCountsSchema,
  /** Those of them that a backend answered, and those that none did; what is neither was on its way at the end. */
  answered: eventCountsSchema,
  failed: eventCountsSchema,
  /** Times that an event was sent again, since the backend could not be reached or went before it answered. */
  retried: count,
  /** Backends that were started in the place of one that ended or was killed. */
  backendRestarts: count,
  /** Most events that waited for a backend at once, in the gateway where most did. */
  queuedPeak: count,
  /** From an event at its gateway to the answer, waiting and all attempts included; of those that were answered. */
  backendLatencyMs: summarySchema,
});

export type Edge = z.infer<typeof edgeSchema>;
