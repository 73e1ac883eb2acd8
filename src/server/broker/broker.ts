/**
 * The contract between the rooms of a node and what numbers and carries their messages.
 *
 * Numbering a message and publishing it are one step of the broker that nothing can come between; were they apart,
 * two messages could overtake each other and the server itself would reorder. Every node sees the messages of a room
 * in the order of their numbers, each once, and has the latest of them at hand for clients that come back.
 *
 * The numbers of a room belong to its epoch: a number that a broker gives a room when it begins, and that is another
 * one when the room's numbers begin again because the broker forgot them. So a reset is told from reordering.
 */

/** A numbered message. */
export interface RoomMessage {
  epoch: number;
  /** From 1, without a hole within an epoch. */
  seq: number;
  /** The WebSocket frame that every member is sent: made once, shared, never changed. */
  frame: Buffer;
}

/** What a node knows of a room that it is subscribed to. */
export interface RoomState {
  readonly epoch: number;
  /** Number of the last message that was handed on; 0 before the first. */
  readonly seq: number;
  /** The latest messages up to `seq`, without a hole, the oldest first; valid until the next message. */
  readonly kept: readonly RoomMessage[];
}

/** What became of a publication. */
export type Publication =
  | 'published'
  /** The broker could not be reached, or went before it confirmed: then the message may have been published. */
  | 'lost'
  /** The message was not stored, which comes before: it was not published. */
  | 'unstored'
  /** The room would be one too many. */
  | 'full';

/** What a broker tells its node. */
export interface BrokerEvents {
  /** A room that was subscribed to is known from now on: `state` answers. */
  onOpened(room: string): void;
  /** A room that was subscribed to is one too many; it is not subscribed to any more. */
  onRefused(room: string): void;
  /** The next message of a room that is open. */
  onMessage(room: string, message: RoomMessage): void;
  /** So many messages before the next one are lost to this node: nobody keeps them any more. */
  onSkipped(room: string, messages: number): void;
  onLost(): void;
  /** Found again. What was missed follows as messages, as far as it is kept. */
  onReconnected(): void;
}

/** A node's way to its broker. */
export interface Broker {
  readonly isLost: boolean;
  /** Messages that it was passed on while it followed their rooms; a history that it asked for is not in them. */
  readonly received: number;
  /**
   * Numbers a message and passes it on to all nodes with members, this one among them.
   *
   * @param payload valid only during the call
   * @param told called once, perhaps before this returns; members need not wait for it
   */
  publish(room: string, payload: Buffer, isBinary: boolean, told: (result: Publication) => void): void;
  /** Begins to follow a room, and begins the room if it is new. `onOpened` follows, perhaps before this returns. */
  subscribe(room: string): void;
  unsubscribe(room: string): void;
  /** Null of a room that is not open: not subscribed to, or the broker has not answered yet. */
  state(room: string): RoomState | null;
  /** What is not confirmed yet is told to be lost. */
  close(): Promise<void>;
}
