/**
 * A room is a channel. Of a cluster, the channel is on the server that has the room's keys, where its messages are
 * published: with PUBLISH the server passes them on to all other servers as well, with SPUBLISH it does not.
 */

import type { Inlet, InletParts } from './redis-inlet.ts';
import { readPublished, readRoom, roomKeys } from './redis-messages.ts';

export function createPubSubInlet(
  carrier: 'pubsub' | 'sharded',
  { messages, prefix, onMessage }: InletParts,
): Inlet {
  const isSharded = carrier === 'sharded';

  messages.on(isSharded ? 'smessageBuffer' : 'messageBuffer', (channel: Buffer, body: Buffer) => {
    const room = readRoom(prefix, channel);
    onMessage(room, readPublished(room, body));
  });

  return {
    async begin() {},
    follow(room, followed) {
      const { channel } = roomKeys(prefix, room);
      const subscribed = isSharded ? messages.ssubscribe(channel) : messages.subscribe(channel);
      subscribed.then(followed, () => {});
    },
    unfollow(room) {
      const { channel } = roomKeys(prefix, room);
      const left = isSharded ? messages.sunsubscribe(channel) : messages.unsubscribe(channel);
      left.catch(() => {});
    },
    end() {},
  };
}
