/**
 * The process of an embedded broker.
 */

import { systemClock } from '../../base/clock.ts';
import { createRandom, freshSeed } from '../../base/random.ts';
import { beginChild, serveParent } from '../child.ts';
import type { BrokerProcessOptions } from '../options.ts';
import { createSampler } from '../sampling.ts';
import { listenBroker } from './embedded-server.ts';
import { monitorBroker } from './monitor.ts';

const options = beginChild<BrokerProcessOptions>('wsscale-broker');

await serveParent(async () => {
  const { role, host } = options;
  const random = createRandom(freshSeed(), 'port');
  const broker = await listenBroker(options, systemClock, random);
  const monitor = await monitorBroker(options, broker, systemClock, random);
  const sampleProcess = createSampler(role, systemClock, broker.counts, () => 0, null);
  return {
    role,
    url: `tcp://${host}:${broker.port}`,
    port: broker.port,
    sample: () => ({ ...sampleProcess(), pagesUrl: monitor.url }),
    close: () => broker.close(),
  };
});
