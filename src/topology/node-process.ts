import type { NodeOptions } from '../server/options.ts';
import { type PartProcess, startPart } from './part-process.ts';

/** A node that has not ended by then is killed. It gives its connections half of this. */
const STOP_TIMEOUT_MS = 2_000;

/**
 * New objects have 1 MB instead of 16. With 15,000 idle connections a process takes 1,700 bytes for each instead of
 * 3,500; a message costs a tenth more CPU, a handshake the same. `--optimize-for-size` costs half as much CPU again;
 * `--single-threaded-gc`, `--max-lazy` and `--no-sparkplug` gain nothing.
 */
const EXEC_ARGV = ['--max-semi-space-size=1', '--no-memory-reducer'];

/** Starts a node of the reference server in a process of its own. */
export function startNode(options: NodeOptions): PartProcess {
  return startPart({
    part: 'node',
    role: options.role,
    title: 'The reference server',
    entry: 'server/node',
    argument: options,
    execArgv: EXEC_ARGV,
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
}
