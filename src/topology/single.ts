import { WsscaleError } from '../base/errors.ts';
import type { TopologyPlan } from '../model/plan.ts';
import { DEFAULT_NODE_OPTIONS, type NodeOptions } from '../server/options.ts';
import { type NodeProcess, startNode } from './node-process.ts';
import type { Outage, ProcessDeath, Topology, TopologyOptions } from './topology.ts';

/** One node of the reference server. */
export function createSingle(
  _plan: Extract<TopologyPlan, { kind: 'single' }>,
  options: TopologyOptions,
): Topology {
  const { clock } = options;
  const nodeOptions: NodeOptions = { ...DEFAULT_NODE_OPTIONS, ...options.node };
  /** All that were ever started; the last one is the node that serves, or is to. */
  const processes: NodeProcess[] = [];
  let goingDown: Promise<void> | null = null;
  let isKilling = false;

  let reportDeath: (death: ProcessDeath) => void;
  const died = new Promise<ProcessDeath>((resolve) => {
    reportDeath = resolve;
  });

  function start(port: number | null): NodeProcess {
    if (goingDown !== null) {
      throw new WsscaleError('TARGET', 'The reference server was taken down meanwhile.');
    }
    const node = startNode({ ...nodeOptions, port });
    processes.push(node);
    void watch(node);
    return node;
  }

  async function watch(node: NodeProcess): Promise<void> {
    const { role, pid } = node;
    const listened = await node.listening.catch(() => null);
    const { code, signal, expected } = await node.exited;
    // What ended before it listened is told to whoever waits for it to listen.
    if (listened !== null && !expected) reportDeath({ role, pid, exitCode: code, signal });
  }

  /** Kills the node and starts it again on the same port. */
  async function kill(): Promise<Outage> {
    const victim = processes.at(-1);
    if (victim === undefined || !victim.alive || isKilling) {
      throw new WsscaleError('TARGET', 'The reference server cannot be killed: it is not running.');
    }
    isKilling = true;
    try {
      const { port } = await victim.listening;
      const brokenAtMs = clock.nowMs();
      await victim.kill();
      const { atMs } = await start(port).listening;
      return { brokenAtMs, acceptedAtMs: atMs };
    } finally {
      isKilling = false;
    }
  }

  return {
    async up() {
      const { url } = await start(nodeOptions.port).listening;
      return { urls: [url], nodes: [{ role: nodeOptions.role, url }] };
    },
    async sample() {
      await Promise.all(processes.map((node) => node.sample()));
      return processes.flatMap(({ lastSample, alive }) =>
        lastSample === null ? [] : [{ ...lastSample, alive }],
      );
    },
    faults: { kill },
    died,
    down() {
      goingDown ??= Promise.all(processes.map((node) => node.stop())).then(() => {});
      return goingDown;
    },
  };
}
