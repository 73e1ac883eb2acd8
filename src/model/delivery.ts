/**
 * How the messages of rooms reached their members: together or one by one, wanted or not, and what became of slow
 * readers. Counts are the server's, over all nodes, unless they are said to be the clients'.
 */

import { z } from 'zod';

const count = z.int().nonnegative();
const number = z.number().nullable();

/** Messages of a priority, one by one for each member. */
const prioritySchema = z.object({
  sent: count,
  /** Left out, since too much was waiting for the member. */
  dropped: count,
});

const batchSchema = z.object({
  /** Messages that were sent in batches, one by one for each member, and the frames that it took. */
  messages: count,
  frames: count,
  /** Frames with messages of rooms in them, as the clients counted them. */
  framesReceived: count,
  /** Batches that left before their time, since they were full. */
  full: count,
  messagesPerFrame: number,
  /** For each member, over the hold; null where messages flowed for longer. */
  messagesPerS: number,
  framesPerS: number,
  /** For how long a message waited in its batch. */
  addedDelayMs: number,
  maxAddedDelayMs: number,
  /** What the formulas say for so many messages, if they come at random; null where they do not hold. */
  expectedFramesPerS: number,
  expectedDelayMs: number,
});

const backpressureSchema = z.object({
  low: prioritySchema,
  high: prioritySchema,
  /**
   * Messages that the clients were told to be left out: those that the server dropped, less those that it took back,
   * whose reader's connection ended before it could be told. The history gave them to it.
   */
  skipped: count,
  withdrawn: count,
  /** Clients that did not read during the hold, and connections that were closed with 1013 since too much waited. */
  slowReaders: count,
  closedSlow: count,
  /** Most that waited for one member, and what may at the most, the message that goes over it left aside. */
  peakBufferedBytes: count,
  maxBufferedBytes: count,
  /** Most that all server processes held, and what they hold at the most, however slow all readers are. */
  rssBytes: number,
  boundBytes: number,
});

export const deliverySchema = z.object({
  /** Null where each message has a frame of its own. */
  batch: batchSchema.nullable(),
  /** Messages of rooms that the receiver was no member of, as the clients counted them; null where there are none. */
  unwanted: z.object({ messages: count, bytes: count }).nullable(),
  /** Null where no reader was slow, and none was to be. */
  backpressure: backpressureSchema.nullable(),
});

export type Delivery = z.infer<typeof deliverySchema>;
export type Batching = z.infer<typeof batchSchema>;
export type Backpressure = z.infer<typeof backpressureSchema>;
