import { systemClock } from './base/clock.ts';
import type { TOPOLOGY_KINDS } from './model/scenario.ts';
import { createTopology } from './topology/index.ts';
import type { ProcessDeath } from './topology/topology.ts';

export interface ServeOptions {
  kind: (typeof TOPOLOGY_KINDS)[number];
  host?: string;
  /** Null: a free port below the ephemeral range. */
  port?: number | null;
  maxPayloadBytes?: number;
  legacyMetricNames?: boolean;
}

export interface RunningServer {
  urls: string[];
  /** Resolves if one of its processes dies unasked. */
  died: Promise<ProcessDeath>;
  stop(): Promise<void>;
}

/**
 * Starts the reference server in processes of its own.
 * @throws WsscaleError TARGET if it does not start, naming what is in the way
 */
export async function serve({ kind, ...node }: ServeOptions): Promise<RunningServer> {
  const topology = createTopology({ kind, engine: 'ws' }, { clock: systemClock, node });
  try {
    const { urls } = await topology.up();
    return { urls, died: topology.died, stop: topology.down };
  } catch (error) {
    await topology.down();
    throw error;
  }
}
