/**
 * Ways to break one node of the reference server. What they mean for the rest, whoever takes its clients and when it
 * comes back, is for its topology to say.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Goodbye } from '../server/control.ts';
import type { PartProcess } from './part-process.ts';

/** What the clients of a node are told that ends and comes back, or whose place is taken by another (RFC 6455, IANA). */
export const SERVICE_RESTART: Goodbye = { how: 'close', code: 1012, reason: 'the server restarts' };

const GOING_AWAY: Goodbye = { how: 'close', code: 1001, reason: 'the server lets go' };

/** For how long a swallowed node is silent before its host is gone for good. */
const BLACKHOLE_MS = 5_000;

/** Breaks the connections of a node; resolves when that is done. */
type Break = (node: PartProcess) => Promise<void>;

/** After these, the node is there as before. */
export const STAYING: Record<'close' | 'reset', Break> = {
  close: (node) => part(node, GOING_AWAY),
  reset: (node) => node.ask({ type: 'part', ending: { how: 'reset' } }),
};

/** After these, the process of the node has ended. */
export const ENDING: Record<'kill' | 'restart' | 'blackhole', Break> = {
  kill: (node) => node.kill(),
  restart: (node) => node.stop(SERVICE_RESTART),
  async blackhole(node) {
    // Should nobody be left to end it, it wakes up and sees that.
    await node.ask({ type: 'hang', forMs: 2 * BLACKHOLE_MS });
    await Promise.race([delay(BLACKHOLE_MS), node.exited]);
    await node.kill();
  },
};

/** The node says goodbye to all of its clients, and stays. */
export function part(node: PartProcess, goodbye: Goodbye): Promise<void> {
  return node.ask({ type: 'part', ending: goodbye });
}
