/**
 * How messages from user to user found their way between regions, while users moved.
 */

import { z } from 'zod';
import { summarySchema } from './summary.ts';

const count = z.int().nonnegative();

const pairSchema = z.object({
  from: z.string(),
  to: z.string(),
  /** Half of the round trip between the two: nothing can be faster. */
  floorMs: z.number(),
  /** From sending to receiving, of messages that went straight to where their receiver was. */
  latencyMs: summarySchema,
  /** Their median, less the floor; null where none went that way. */
  aboveFloorMs: z.number().nullable(),
});

const movesSchema = z.object({
  /** Clients that left for another region. */
  moved: count,
  /** Messages that came to where their receiver was no longer, and were sent after it, each time. */
  misrouted: count,
  /** Messages that were misrouted, or had to wait for their receiver, before they arrived. */
  late: count,
  /** By how much these were later than the floor of their pair. */
  lateMs: summarySchema,
  /** Messages that never arrived, without what a herd took. */
  lost: count,
});

/** Of all nodes, by their own counters. */
const messagesSchema = z.object({
  accepted: count,
  delivered: count,
  /** Had to wait at a node for their receiver, each time. */
  held: count,
  /** Came before an earlier one of their sender, and were kept until that had come. */
  early: count,
  /** Came again, and were passed over. */
  copies: count,
  /** Given up: a later one had been delivered when they came, since the node that had them was lost. */
  stale: count,
  /** Found another way when a region could not be reached. */
  rerouted: count,
  /** Given up: their receiver did not come back in time. */
  expired: count,
  /** Given up: nobody knew their receiver. */
  unknown: count,
  /** Given up: there was no room for them. */
  refused: count,
  /** Not sent to a receiver that did not read. */
  dropped: count,
  /** Users that one node handed over to another, and those for which that took too long. */
  handovers: count,
  missedHandovers: count,
});

/** All null where messages do not go from user to user. */
export const routeFields = {
  /** By the region of the sender, and that of the receiver. */
  pairs: z.array(pairSchema).nullable().default(null),
  moves: movesSchema.nullable().default(null),
  /** From when a user came to a node until the last of the others knew. */
  convergenceMs: summarySchema.nullable().default(null),
  messages: messagesSchema.nullable().default(null),
};

export type Routes = z.infer<z.ZodObject<typeof routeFields>>;
export type Pair = z.infer<typeof pairSchema>;
