import { WsscaleError } from '../base/errors.ts';
import type { TopologyPlan } from '../model/plan.ts';
import { DEFAULT_NODE_OPTIONS, type NodeOptions } from '../server/options.ts';
import { ENDING, STAYING } from './breaks.ts';
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
  let isBreaking = false;

  function start(port: number | null): PartProcess {
    node = processes.start(() => startNode({ ...nodeOptions, port }));
    return node;
  }

  /** Breaks the node, one break at a time; `how` resolves with the time from when on it accepts. */
  async function broken(how: (victim: PartProcess, brokenAtMs: number) => Promise<number>): Promise<Outage> {
    const victim = node;
    if (victim === null || !victim.alive || isBreaking) {
      throw new WsscaleError('TARGET', 'The reference server cannot be broken: it is not running.');
    }
    isBreaking = true;
    try {
      const brokenAtMs = clock.nowMs();
      const acceptedAtMs = await how(victim, brokenAtMs);
      return { role: victim.role, brokenAtMs, acceptedAtMs, heal: async () => {} };
    } finally {
      isBreaking = false;
    }
  }

  /** Ends the node in some way and starts it again on the same port. */
  function ended(by: keyof typeof ENDING): Promise<Outage> {
    return broken(async (victim) => {
      const { port } = await victim.listening;
      await ENDING[by](victim);
      return (await start(port).listening).atMs;
    });
  }

  /** Breaks the connections of the node, which accepts all the time. */
  function shaken(by: keyof typeof STAYING): Promise<Outage> {
    return broken(async (victim, brokenAtMs) => {
      await STAYING[by](victim);
      return brokenAtMs;
    });
  }

  return {
    async up() {
      const { url } = await start(nodeOptions.port).listening;
      return { urls: [url], nodes: [{ role: nodeOptions.role, url }] };
    },
    sample: processes.sample,
    settle: processes.settle,
    faults: {
      kill: () => ended('kill'),
      restart: () => ended('restart'),
      blackhole: () => ended('blackhole'),
      close: () => shaken('close'),
      reset: () => shaken('reset'),
    },
    died: processes.died,
    down: () => processes.down(async (all) => void (await Promise.all(all.map((process) => process.stop())))),
  };
}
