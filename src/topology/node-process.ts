import type { NodeOptions } from '../server/options.ts';
import { type PartProcess, startPart } from './part-process.ts';

/** A node that has not ended by then is killed. It gives its connections half of this. */
const STOP_TIMEOUT_MS = 2_000;

/** Starts a node of the reference server in a process of its own. */
export function startNode(options: NodeOptions): PartProcess {
  return startPart({
    part: 'node',
    role: options.role,
    title: 'The reference server',
    entry: 'server/node',
    argument: options,
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
}
