/**
 * What became of the messages of rooms between two nodes: what a broker made of them, and what it cost to store them
 * before they were published.
 */

import { z } from 'zod';
import { summarySchema } from './summary.ts';

const count = z.int().nonnegative();

export const brokerTrafficSchema = z.object({
  /** Messages that nodes published and the broker confirmed. */
  published: count,
  /** Messages that the broker passed on to nodes, over all nodes; histories that they asked for are not in it. */
  delivered: count,
  /** Delivered for each published; null where nothing was. */
  amplification: z.number().nullable(),
  /** Messages that the servers of a Redis Cluster passed on to one another; null where the broker is none. */
  busMessages: count.nullable(),
});

export const storeUseSchema = z.object({
  kind: z.string(),
  /** Messages that were durable before they were published. */
  writes: count,
  /** Messages that the store did not take or did not confirm; they were not published, and their publishers were told. */
  failed: count,
  /** Groups in which nodes had them written, each confirmed as a whole. */
  batches: count,
  /** From handing a message to the store until it was durable; a part of the latency of the phase. */
  latencyMs: summarySchema,
});

export type BrokerTraffic = z.infer<typeof brokerTrafficSchema>;
export type StoreUse = z.infer<typeof storeUseSchema>;
