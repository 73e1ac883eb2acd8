import type { Heartbeat } from '../model/heartbeat.ts';
import { isNode, type ProcessSample } from '../topology/sample.ts';

/** The heartbeats of all nodes; null where none was asked for any. */
export function toHeartbeat(samples: readonly ProcessSample[]): Heartbeat | null {
  const told = samples.filter(isNode).flatMap(({ heartbeat }) => heartbeat ?? []);
  if (told.length === 0) return null;
  const total = (of: (node: Heartbeat) => number) => told.reduce((sum, node) => sum + of(node), 0);
  return {
    pings: total(({ pings }) => pings),
    pongs: total(({ pongs }) => pongs),
    dead: total(({ dead }) => dead),
  };
}
