/**
 * The process of the embedded store. Its file goes with it where it ends in order; one that was killed leaves it to
 * whoever comes in its place.
 */

import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { createRandom, freshSeed } from '../../base/random.ts';
import { beginChild, serveParent } from '../child.ts';
import type { StoreProcessOptions } from '../options.ts';
import { createSampler } from '../sampling.ts';
import { monitorStore } from './monitor.ts';
import { listenStore } from './sqlite-server.ts';

// The file is alone in its folder.
const options = beginChild<StoreProcessOptions>('wsscale-store', ({ file }) =>
  rmSync(dirname(file), { recursive: true, force: true }),
);

await serveParent(async () => {
  const { role, host } = options;
  const random = createRandom(freshSeed(), 'port');
  const store = await listenStore(options, random);
  const monitor = await monitorStore(role, store.counts, systemClock, random);
  const sampleProcess = createSampler(role, systemClock, store.counts, () => 0, null);
  return {
    role,
    url: `tcp://${host}:${store.port}`,
    port: store.port,
    sample: () => ({ ...sampleProcess(), pagesUrl: monitor.url }),
    close: () => store.close(),
  };
});
