/**
 * What the regions of a phase were like: who held how many clients, and how those of a lost one came to another.
 */

import { z } from 'zod';
import { routeFields } from './routes.ts';

const count = z.int().nonnegative();
const number = z.number().nullable();

const failoverSchema = z.object({
  /** The region that was lost. */
  region: z.string(),
  /** From the phase's start. */
  brokenAtMs: z.number(),
  affected: count,
  /** Where clients came back first, by region. One that never came back is in none. */
  landed: z.record(z.string(), count),
  /**
   * Clients that had to wait for their DNS to name another region. The times are means over these, and means add up:
   * detection + TTL + reconnect = total.
   */
  waited: count,
  /** From the break until the DNS found the region down. */
  detectionMs: number,
  /** From there until the client's DNS named another region: what it still believed had to expire. */
  ttlMs: number,
  /** From there until the client was connected: its backoff, and a handshake over the network between regions. */
  reconnectMs: number,
  totalMs: number,
  /** As in the herd. */
  lost: count,
  recovered: count,
  /** From when the region served again until the DNS found it up. */
  upAgainMs: number,
});

export const regionsSchema = z.object({
  /** Connections by region, in the plan's order: when most were open, and the last ones that were seen. */
  connections: z.array(z.object({ region: z.string(), atPeak: count, atLast: count })),
  failovers: z.array(failoverSchema),
  ...routeFields,
});

export type Regions = z.infer<typeof regionsSchema>;
export type Failover = z.infer<typeof failoverSchema>;
