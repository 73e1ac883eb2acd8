/**
 * The contract between the rooms of a node and what stores their messages before they are published.
 */

import type { StoreCounters } from '../control.ts';

/** A message that is to be stored. */
export interface StoredMessage {
  /** Of this message alone, whichever run and node it is of. */
  id: string;
  room: string;
  payload: Buffer;
  /** Calendar time at which the node was given it, in ms. */
  atMs: number;
}

/** Where a node stores its messages. */
export interface MessageStore {
  /** Messages that are given to it now are not taken. */
  readonly isLost: boolean;
  /** As they are at any time. */
  readonly counts: Readonly<Omit<StoreCounters, 'latency'>>;
  /** As they are now. */
  readonly counters: StoreCounters;
  /**
   * Stores a message.
   *
   * @param payload not to be changed until it is told of
   * @param told called once, perhaps before this returns: true when the message is durable, false when it was not
   *   taken, or the store went before it said so. Those that are stored are told of in the order in which they were
   *   given.
   */
  put(room: string, payload: Buffer, told: (isStored: boolean) => void): void;
  /** What is not confirmed yet is told not to be stored. */
  close(): Promise<void>;
}

/** A way to a store, as bare as it can be. `grouped.ts` makes the contract of it. */
export interface StoreLink {
  readonly isLost: boolean;
  /** Makes all of these durable, or none; rejects where they are not, or where that cannot be known. */
  write(messages: readonly StoredMessage[]): Promise<void>;
  close(): Promise<void>;
}
