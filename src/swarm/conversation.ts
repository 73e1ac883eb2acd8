/**
 * The contract of what a worker's clients say and hear. Each mode is one file, made here by name.
 */

import type { MessagePlan, ServicePlan } from '../model/plan.ts';
import type { DisorderCounts } from '../stats/disorder-counts.ts';
import type { OrderingTotals } from '../stats/ordering.ts';
import type { Connection } from '../transport/transport.ts';
import { createBroadcast } from './broadcast.ts';
import { createDirect } from './direct.ts';
import { createEcho } from './echo.ts';
import type { RoomInterval } from './messages.ts';
import type { Recorder } from './recorder.ts';
import type { RouteInterval } from './routes.ts';

/** What a conversation is made from. */
export interface ConversationOptions {
  clients: number;
  /** Number in the whole swarm of this worker's client 0. */
  firstClient: number;
  /** Of all workers. */
  clientsInAll: number;
  plan: MessagePlan;
  /** Round-trip times between the regions; of one alone, one time, which is 0. */
  rttMs: readonly (readonly number[])[];
  tag: number;
  recorder: Recorder;
  nowMs: () => number;
  /** Where what a member missed while it was away belongs to the herd that took it away. */
  herd: {
    /** True if a herd took the client away: then the loss is the herd's. */
    lost(client: number, messages: number): boolean;
    recovered(client: number): void;
    /** One of several messages that came at once; the last of them is what `receive` returns. */
    answered(client: number, responseMs: number): void;
  };
  /** Who is sent a message of a room. */
  audience: ServicePlan['audience'];
  /** 1 for each client that does not read during the hold: how late it is says nothing of the server. Null: all read. */
  slowReaders: Uint8Array | null;
}

export interface Conversation {
  /** Order of the publishers' streams. */
  readonly totals: OrderingTotals;
  /** Messages whose answers may still come, of all open connections. */
  readonly outstanding: number;
  /** Messages sent less those that have come: of one worker it may be below 0, where others receive what it sends. */
  readonly owed: number;
  /** How many of the first `clients` clients send messages. They are the first ones. */
  speakers(clients: number): number;
  /** Messages begin to flow. Null: all clients of the swarm are there; else whether one is. */
  begin(isThere: ((client: number) => boolean) | null): void;
  /** A connection has opened: says what has to be said first. */
  opened(client: number, connection: Connection): void;
  /** Sends the client's next message. */
  send(client: number, connection: Connection, epoch: number, intendedMs: number): void;
  /**
   * Takes note of a received message, the bytes `start` to `end`; returns the response time, or -1 where it is no
   * proper message.
   */
  receive(client: number, epoch: number, data: Buffer, start: number, end: number): number;
  /** Ends the client's connection; returns how many of its messages were in flight. */
  endEpoch(client: number): number;
  /** Whether what is published from now on counts for the fan-out. */
  measureFanout(on: boolean): void;
  /**
   * Nothing more will come: what is missing of the time of a storm is the storm's, as far as that can only be told by all
   * workers together. Called for each storm, in their order, before `finish`.
   */
  blame(startMs: number, endMs: number): void;
  /** Nothing more will come: what is missing now is missing for good. */
  finish(): void;
  /** What the disorder in the publishers' streams was like since the last call; null if there was none. */
  takeDisorder(): DisorderCounts | null;
  /** What was seen of rooms since the last call, and what was lost and recovered in them; null without rooms. */
  takeRooms(): RoomInterval | null;
  /** How long messages took from region to region since the last call; null of other modes than direct. */
  takeRoutes(): RouteInterval | null;
}

const MODES: Record<MessagePlan['mode'], (options: ConversationOptions) => Conversation> = {
  echo: createEcho,
  broadcast: createBroadcast,
  direct: createDirect,
};

export function createConversation(options: ConversationOptions): Conversation {
  return MODES[options.plan.mode](options);
}

/** A connection whose send buffer holds more than this belongs to a server that does not read; it is not sent more. */
export const MAX_BUFFERED_BYTES = 1 << 20;
