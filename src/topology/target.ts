import { WsscaleError } from '../base/errors.ts';
import type { TopologyPlan } from '../model/plan.ts';
import { settleFromOutside, usageFromOutside } from './outside.ts';
import type { Topology, TopologyOptions } from './topology.ts';

/** A server that is not ours: nothing is started, sampled or broken. Its process may be looked at, if it is here. */
export function createTarget(
  plan: Extract<TopologyPlan, { kind: 'target' }>,
  { clock, targetPid: pid }: TopologyOptions,
): Topology {
  return {
    async up() {
      if (pid !== undefined) await checkSight(pid);
      return { urls: [plan.url], nodes: [] };
    },
    sample: async () => null,
    settle: async () => (pid === undefined ? null : [await settleFromOutside('target', pid, clock)]),
    faults: {},
    died: new Promise(() => {}),
    down: async () => {},
  };
}

/** A process of somebody else's shows its memory, but not its descriptors. */
async function checkSight(pid: number): Promise<void> {
  const { openDescriptors, memoryBytes } = await usageFromOutside(pid);
  if (memoryBytes === null) {
    throw new WsscaleError(
      'TARGET',
      `There is no process ${pid} on this machine, or /proc does not tell of it.`,
    );
  }
  if (openDescriptors === null) {
    throw new WsscaleError(
      'TARGET',
      `The descriptors of process ${pid} cannot be counted: run wsscale as its user, or as root.`,
    );
  }
}
