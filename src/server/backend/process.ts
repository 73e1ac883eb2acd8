/**
 * The process of one backend.
 */

import { systemClock } from '../../base/clock.ts';
import { createRandom, freshSeed } from '../../base/random.ts';
import { beginChild, serveParent } from '../child.ts';
import { createSampler } from '../sampling.ts';
import { type BackendOptions, listenBackend } from './backend.ts';

const options = beginChild<BackendOptions>('wsscale-backend');

await serveParent(async () => {
  const { role, host } = options;
  const random = createRandom(freshSeed(), 'port');
  const { port, counts, close } = await listenBackend(options, systemClock, random);
  const url = `http://${host}:${port}`;
  const sampleProcess = createSampler(role, systemClock, counts, () => 0, null);
  return { role, url, port, sample: () => ({ ...sampleProcess(), pagesUrl: url }), close };
});
