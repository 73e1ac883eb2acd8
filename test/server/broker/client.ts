/**
 * A node's end of a broker, and what came out of it.
 */

import { systemClock } from '../../../src/base/clock.ts';
import { createRandom } from '../../../src/base/random.ts';
import type { Broker, Publication, RoomMessage } from '../../../src/server/broker/broker.ts';
import { connectBroker } from '../../../src/server/broker/connect.ts';
import { type BrokerOptions, DEFAULT_NODE_OPTIONS, type StoreLimits } from '../../../src/server/options.ts';
import { messageStart } from '../../../src/server/room-frames.ts';

export interface Received {
  epoch: number;
  seq: number;
  payload: string;
  isBinary: boolean;
}

export interface BrokerClient {
  broker: Broker;
  /** What was handed on, by room. */
  messages(room: string): Received[];
  skipped: Record<string, number>;
  refused: string[];
  losses: number;
  reconnects: number;
  /** Resolves with the room's last number once the broker has told of it. */
  open(room: string): Promise<number>;
  publish(room: string, text: string, isBinary?: boolean): Promise<Publication>;
  /** Resolves when something is so; looked at with every event. */
  until(condition: () => boolean): Promise<void>;
}

export async function connectClient(
  options: BrokerOptions,
  limits: Partial<StoreLimits> = {},
): Promise<BrokerClient> {
  const byRoom = new Map<string, Received[]>();
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const look of waiting) look();
  };
  const client: Omit<BrokerClient, 'broker'> & { broker: Broker | null } = {
    broker: null,
    messages: (room) => byRoom.get(room) ?? [],
    skipped: {},
    refused: [],
    losses: 0,
    reconnects: 0,
    async open(room) {
      broker.subscribe(room);
      await client.until(() => broker.state(room) !== null || client.refused.includes(room));
      return broker.state(room)?.seq ?? -1;
    },
    publish: (room, text, isBinary = false) =>
      new Promise((resolve) => broker.publish(room, Buffer.from(text, 'latin1'), isBinary, resolve)),
    until: (condition) =>
      new Promise((resolve) => {
        const look = () => {
          if (!condition()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
  const broker = await connectBroker(
    options,
    { ...DEFAULT_NODE_OPTIONS.rooms, ...limits },
    systemClock,
    createRandom(1, 'retry'),
    {
      onOpened: changed,
      onRefused(room) {
        client.refused.push(room);
        changed();
      },
      onMessage(room, message) {
        const received = byRoom.get(room) ?? [];
        byRoom.set(room, received);
        received.push(read(room, message));
        changed();
      },
      onSkipped(room, messages) {
        client.skipped[room] = (client.skipped[room] ?? 0) + messages;
        changed();
      },
      onLost() {
        client.losses++;
        changed();
      },
      onReconnected() {
        client.reconnects++;
        changed();
      },
    },
  );
  client.broker = broker;
  return client as BrokerClient;
}

/** Reads a message as a member would, and holds what the frame says against what the broker says. */
export function read(room: string, { epoch, seq, frame }: RoomMessage): Received {
  const message = frame.toString('latin1', messageStart(frame));
  const header = `MSG ${room} ${seq} ${epoch}\n`;
  if (!message.startsWith(header)) throw new Error(`"${message.slice(0, 80)}" is not ${header}`);
  return { epoch, seq, payload: message.slice(header.length), isBinary: frame[0] === 0x82 };
}
