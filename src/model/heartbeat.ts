/**
 * Heartbeats: how the bundled server finds out which of its clients are there no more.
 */

import { z } from 'zod';

const count = z.int().nonnegative();

/** By the count of all nodes, dead ones included. */
export const heartbeatSchema = z.object({
  pings: count,
  pongs: count,
  /** Connections that a node ended, since their clients were silent from one ping to the next. */
  dead: count,
});

export type Heartbeat = z.infer<typeof heartbeatSchema>;
