/**
 * What a broker has to do for messages that go to users on several nodes.
 */

import type { BrokerLoad } from './capacity-plan.ts';

/**
 * Unsharded publish and subscribe, as Redis does it: a publication goes to every node with a member, which are no
 * more than there are nodes, and no more than it has recipients. In a Redis Cluster each server passes a PUBLISH on to
 * all others, whoever has subscribed where; an SPUBLISH stays in the shard that owns its channel
 * (https://redis.io/docs/latest/develop/pubsub/#sharded-pubsub).
 *
 * @param nodes that share the broker
 * @param servers of the broker
 */
export function loadOfBroker(
  publishesPerS: number,
  fanout: number,
  nodes: number,
  servers: number,
): Omit<BrokerLoad, 'basis' | 'words'> {
  const amplification = Math.min(nodes, Math.max(1, fanout));
  return {
    publishesPerS,
    deliveriesPerS: publishesPerS * amplification,
    amplification,
    busMessagesPerS: publishesPerS * (servers - 1),
  };
}
