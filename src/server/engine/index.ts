/**
 * Engines by name. A new one is a file beside this and a line in the table.
 */

import type { NodeOptions } from '../options.ts';
import type { CreateEngine, Engine, Hosting } from './engine.ts';

/** Loaded when it is asked for: `ws` takes up to 5 MB, half of what all else does. */
const ENGINES: Record<NodeOptions['engine'], () => Promise<CreateEngine>> = {
  lean: async () => (await import('./lean.ts')).createLeanEngine,
  ws: async () => (await import('./ws.ts')).createWsEngine,
};

/** The engine that the node's options ask for. It does not listen yet. */
export async function createEngine(hosting: Hosting): Promise<Engine> {
  const create = await ENGINES[hosting.options.engine]();
  return create(hosting);
}
