/**
 * The pages of each kind of process of the bundled server, from topologies that run.
 */

import { systemClock } from '../../dist/base/clock.js';
import { createTopology } from '../../dist/topology/index.js';
import { type LoadOptions, TOPOLOGY_KINDS } from '../../src/model/scenario.ts';
import { mergeOptions } from '../../src/scenario/options.ts';
import { planTopology } from '../../src/scenario/topology.ts';

/** What a process tells. */
export interface Page {
  /** The topology that it is a part of. */
  kind: (typeof TOPOLOGY_KINDS)[number];
  part: string;
  role: string;
  url: string;
  metrics: string;
}

/** Small, but with all that there can be. */
const PARTS: LoadOptions = { nodes: 2, store: 'sqlite', regions: ['eu-west-1', 'us-east-1'] };

/** All that runs; `stop` ends it. */
export async function pagesOfEachKind(): Promise<{ pages: Page[]; stop: () => Promise<unknown> }> {
  const topologies = TOPOLOGY_KINDS.map((kind) => {
    const plan = planTopology(kind, mergeOptions({ phases: [PARTS] }, 0, {}).options);
    return { kind, topology: createTopology(plan, { clock: systemClock, node: { heartbeatMs: 60_000 } }) };
  });
  const stop = () => Promise.all(topologies.map(({ topology }) => topology.down()));
  try {
    const pages = await Promise.all(
      topologies.map(async ({ kind, topology }) => {
        await topology.up();
        const samples = (await topology.sample()) ?? [];
        return Promise.all(
          samples.map(({ part, role, pagesUrl }) => readPage(kind, part, role, pagesUrl ?? '')),
        );
      }),
    );
    return { pages: pages.flat(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readPage(kind: Page['kind'], part: string, role: string, url: string): Promise<Page> {
  const response = await fetch(`${url}/metrics`);
  return { kind, part, role, url, metrics: await response.text() };
}
