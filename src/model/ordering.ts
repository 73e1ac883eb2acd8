/**
 * Order of the messages in their streams, after RFC 4737, 5236, 5560 and 7680. The fields of the first part were there
 * from the beginning; those of the second say what the disorder was like, and are null in records that are older.
 */

import { z } from 'zod';
import { summarySchema } from './summary.ts';

const count = z.int().nonnegative();
const number = z.number().nullable();
/** What older records do not know. */
const later = number.default(null);
const quantiles = z.object({ p50: number, p99: number }).nullable().default(null);

/** Evidence: one arrival that was not the next one of its stream. */
const exampleSchema = z.object({
  /** A gap jumps over numbers, which may come later; the others came late, or again. */
  kind: z.enum(['gap', 'reordered', 'duplicate']),
  /** Who received it. */
  client: count,
  epoch: count,
  seq: count,
  /** The highest number of the stream that had come before it. */
  after: count,
});

export const orderingSchema = z.object({
  streams: count,
  /** Messages that should have arrived. */
  expected: count,
  /** Messages that arrived, each counted once. */
  received: count,
  missing: count,
  /** Missing at a reconnect, then filled by a replay. */
  recovered: count,
  duplicates: count,
  /** Arrived after a message with a higher number. */
  reordered: count,
  reorderedRatio: number,
  /** Farthest that a message came too late, in messages. */
  maxExtent: count,
  /** Deepest that a reordering buffer would have been. */
  maxBufferDepth: count,
  /** Streams that began again at 1, with a new connection. */
  resets: count,

  /** Missing of expected (RFC 7680). */
  lossRatio: later,
  /** Copies that came beyond the first, of the messages received (RFC 5560, section 4.2). */
  duplicationFraction: later,
  /** Messages that came more than once, of those received (RFC 5560, section 5.2). */
  replicatedRate: later,
  /** How much later than the first one from above the reordered messages came (RFC 4737, section 4.3.3). */
  lateMs: summarySchema.nullable().default(null),
  maxLateMs: later,
  /** Of the reordered messages: how many messages too late they came. */
  extents: quantiles,
  /** Messages that a receiver has to hold back to put so many of the reordered ones in order again. */
  bufferDepth: quantiles,
  /** For how long such a receiver holds back the first of them: what mending the order costs in latency. */
  headOfLineDelayMs: quantiles,
  /** Share of the messages before each of which so many in a row were from above (RFC 4737, section 5.3). */
  nReordering: z.object({ '1': number, '3': number }).nullable().default(null),
  /** Messages between reordered ones (RFC 4737, section 4.6.3); null if nothing was reordered. */
  freeRuns: z.object({ count, meanLength: number, variability: number }).nullable().default(null),
  /** Arrivals that jumped over numbers of which at least one came later (RFC 4737, section 4.5.3). */
  discontinuities: later,
  /** Mean distance between two of a stream, in arrivals (RFC 4737, section 4.5.4). */
  meanDiscontinuityGap: later,
  /**
   * Of a sample of streams, the share of messages by displacement, from as early to as late as the threshold, in the
   * middle those in place (RFC 5236, reorder density).
   */
  reorderDensity: z.array(z.number()).nullable().default(null),
  /** Of the same, the share of arrivals by how many messages a buffer held after them (RFC 5236), from 0 on. */
  bufferOccupancyDensity: z.array(z.number()).nullable().default(null),
  /** A bounded sample of what was not in order. */
  examples: z.array(exampleSchema).default([]),
});

export type Ordering = z.infer<typeof orderingSchema>;
export type OrderingExample = z.infer<typeof exampleSchema>;
