/**
 * A connection to a broker outside of the node, as bare as a broker can offer it: what is published arrives while
 * the connection holds, and the history can be asked for. `linked.ts` makes the contract of `broker.ts` of it.
 */

import type { Publication, RoomMessage, RoomState } from './broker.ts';

/** The history of a room: an answer to `Link.history`. */
export type Answer =
  | RoomState
  /** The room would be one too many. */
  | 'full'
  /** The connection went before the answer came. */
  | 'lost';

export interface LinkEvents {
  /** A message of a room that is followed. Those of one room come in the order of their numbers. */
  onMessage(room: string, message: RoomMessage): void;
  /** Nothing is followed any more; what has not been answered will be told so. */
  onLost(): void;
  onFound(): void;
}

/** Between `onLost` and `onFound`, only `close` and `unfollow` may be called. */
export interface Link {
  /** @param payload valid only during the call */
  publish(room: string, payload: Buffer, isBinary: boolean, told: (result: Publication) => void): void;
  /**
   * Asks for what is published in a room.
   *
   * @param followed called when a history that is asked for from then on leaves no hole to the messages that arrive;
   *   never if the link is lost first
   */
  follow(room: string, followed: () => void): void;
  unfollow(room: string): void;
  /**
   * Asks for a room's latest messages after a number; begins the room if it is new. The answer has its place in the
   * order of this link's publications: it contains those that were made before, and none that is made afterwards.
   *
   * @param epoch which the number belongs to; if the room is in another one, all that is kept is answered
   */
  history(room: string, epoch: number, after: number, told: (answer: Answer) => void): void;
  close(): Promise<void>;
}
