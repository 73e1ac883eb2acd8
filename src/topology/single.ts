import { WsscaleError } from '../base/errors.ts';
import type { TopologyPlan } from '../model/plan.ts';
import { DEFAULT_NODE_OPTIONS, type NodeOptions } from '../server/options.ts';
import { startNode } from './node-process.ts';
import type { PartProcess } from './part-process.ts';
import { createProcesses } from './processes.ts';
import type { Outage, Topology, TopologyOptions } from './topology.ts';

/** One node of the reference server. */
export function createSingle(
  plan: Extract<TopologyPlan, { kind: 'single' }>,
  options: TopologyOptions,
): Topology {
  const { clock } = options;
  const nodeOptions: NodeOptions = { ...DEFAULT_NODE_OPTIONS, ...options.node, engine: plan.engine };
  const processes = createProcesses();
  /** The node that serves, or is to. */
  let node: PartProcess | null = null;
  let isKilling = false;

  function start(port: number | null): PartProcess {
    node = processes.start(() => startNode({ ...nodeOptions, port }));
    return node;
  }

  /** Kills the node and starts it again on the same port. */
  async function kill(): Promise<Outage> {
    const victim = node;
    if (victim === null || !victim.alive || isKilling) {
      throw new WsscaleError('TARGET', 'The reference server cannot be killed: it is not running.');
    }
    isKilling = true;
    try {
      const { port } = await victim.listening;
      const brokenAtMs = clock.nowMs();
      await victim.kill();
      const { atMs } = await start(port).listening;
      return { role: victim.role, brokenAtMs, acceptedAtMs: atMs, heal: async () => {} };
    } finally {
      isKilling = false;
    }
  }

  return {
    async up() {
      const { url } = await start(nodeOptions.port).listening;
      return { urls: [url], nodes: [{ role: nodeOptions.role, url }] };
    },
    sample: processes.sample,
    settle: processes.settle,
    faults: { kill },
    died: processes.died,
    down: () => processes.down(async (all) => void (await Promise.all(all.map((process) => process.stop())))),
  };
}
