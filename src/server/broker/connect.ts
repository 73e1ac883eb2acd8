import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { BrokerOptions, StoreLimits } from '../options.ts';
import type { Broker, BrokerEvents } from './broker.ts';
import { createLinkedBroker } from './linked.ts';
import { createLocalBroker } from './local.ts';

/**
 * A node's broker, by its kind. What a kind needs is loaded with it: a single node needs no client of Redis.
 *
 * @param random spreads the attempts to reach a broker that was lost
 * @throws WsscaleError `TARGET` if it cannot be reached
 */
export async function connectBroker(
  options: BrokerOptions,
  limits: StoreLimits,
  clock: Clock,
  random: Random,
  events: BrokerEvents,
): Promise<Broker> {
  switch (options.kind) {
    case 'local':
      return createLocalBroker(limits, clock, events);
    case 'embedded': {
      const { connectEmbedded } = await import('./embedded-link.ts');
      return createLinkedBroker((link) => connectEmbedded(options, random, link), limits, events);
    }
    case 'redis': {
      const { connectRedis } = await import('./redis-link.ts');
      return createLinkedBroker((link) => connectRedis(options, limits, random, link), limits, events);
    }
  }
}
