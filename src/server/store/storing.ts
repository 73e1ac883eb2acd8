import type { Broker } from '../broker/broker.ts';
import { publishedBytes } from '../room-frames.ts';
import type { MessageStore } from './store.ts';

/** A broker that publishes what is durable, and nothing else: a message that is not, nobody is to see. */
export function storeFirst(store: MessageStore, broker: Broker): Broker {
  return {
    get isLost() {
      return broker.isLost;
    },
    get received() {
      return broker.received;
    },
    publish(room, payload, isBinary, told) {
      // A copy: it is published after the call.
      const kept = Buffer.from(payload);
      store.put(room, publishedBytes(kept), (isStored) => {
        if (isStored) broker.publish(room, kept, isBinary, told);
        else told('unstored');
      });
    },
    subscribe: broker.subscribe,
    unsubscribe: broker.unsubscribe,
    state: broker.state,
    async close() {
      await store.close();
      await broker.close();
    },
  };
}
