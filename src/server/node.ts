/**
 * The process of one node.
 */

import { systemClock } from '../base/clock.ts';
import { collectGarbage } from '../base/garbage.ts';
import { createRandom, freshSeed } from '../base/random.ts';
import { beginChild, serveParent, tell } from './child.ts';
import { collectAfterWaves } from './idle-collection.ts';
import { listen } from './listen.ts';
import type { NodeOptions } from './options.ts';
import { createSampler } from './sampling.ts';
import { standStill } from './stand-still.ts';

const options = beginChild<NodeOptions>('wsscale-node');

await serveParent(async () => {
  const { role, region } = options;
  // Ports are not part of what a seed repeats: two runs with the same seed may stand side by side.
  const node = await listen(options, systemClock, createRandom(freshSeed(), 'port'));
  const { counts, connections, url, port } = node;
  collectAfterWaves(systemClock, () => counts.opened, collectGarbage);
  const sampleProcess = createSampler(role, systemClock, counts, connections, counts.rooms, node.faults);
  return {
    role,
    url,
    port,
    connections,
    sample: () => ({
      ...sampleProcess(),
      ...node.carriage(),
      ...(region && { region: region.name }),
      ...(node.gateway && { edge: node.gateway.sample() }),
      ...(node.direct && { direct: node.direct.sample() }),
      pagesUrl: url.replace('ws:', 'http:'),
    }),
    rest: () => node.gateway?.rest(),
    close: ({ goodbye }) => node.close(goodbye),
    answers: {
      drain: () => node.drain(),
      part: ({ id, ending }) => void node.part(ending).then(() => tell({ type: 'done', id })),
      hang: ({ id, forMs }) => tell({ type: 'done', id }, () => standStill(forMs)),
      gateways({ id, at }) {
        node.gateway?.meet(at);
        tell({ type: 'done', id });
      },
    },
  };
});
