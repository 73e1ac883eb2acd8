/**
 * How the messages of a Redis arrive at a node: what differs between pub/sub, sharded pub/sub and streams.
 */

import type { Redis } from 'ioredis';
import type { RedisCarrier } from '../../model/scenario.ts';
import type { RoomMessage } from './broker.ts';

/** The way in, over a connection that is for nothing else. */
export interface Inlet {
  /** The connection stands, anew: nothing is followed. */
  begin(): Promise<void>;
  /** @param followed called once what is published from now on arrives; not if the connection goes before */
  follow(room: string, followed: () => void): void;
  unfollow(room: string): void;
  /** The connection is gone. */
  end(): void;
}

/** What an inlet is made of. */
export interface InletParts {
  /** Where the messages arrive. */
  messages: Redis;
  /** For what else has to be asked. */
  commands: Redis;
  prefix: string;
  /** The place of a room's last message in its stream. */
  headOf(room: string): Promise<string>;
  onMessage(room: string, message: RoomMessage): void;
  /** The server answered with an error where it should not have. */
  onRefused(error: unknown): void;
}

export async function createInlet(carrier: RedisCarrier, parts: InletParts): Promise<Inlet> {
  if (carrier !== 'streams') return (await import('./redis-pubsub.ts')).createPubSubInlet(carrier, parts);
  return (await import('./redis-stream.ts')).createStreamInlet(parts);
}
