import type { Clock } from '../../base/clock.ts';
import type { StoreLimits } from '../options.ts';
import type { Broker, BrokerEvents } from './broker.ts';
import { createStore } from './store.ts';

/** The broker of a node that shares its rooms with nobody: everything happens within the call. */
export function createLocalBroker(limits: StoreLimits, clock: Clock, events: BrokerEvents): Broker {
  const store = createStore(limits, clock.wallTime().getTime());
  const subscribed = new Set<string>();

  return {
    isLost: false,
    received: 0,
    publish(room, payload, isBinary, told) {
      const message = store.append(room, payload, isBinary);
      if (message === null) return told('full');
      if (subscribed.has(room)) events.onMessage(room, message);
      told('published');
    },
    subscribe(room) {
      if (store.open(room) === null) return events.onRefused(room);
      subscribed.add(room);
      events.onOpened(room);
    },
    unsubscribe(room) {
      subscribed.delete(room);
    },
    state: (room) => (subscribed.has(room) ? store.open(room) : null),
    async close() {},
  };
}
