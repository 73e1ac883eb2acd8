/**
 * The embedded broker. It has one thread, and that is its whole secret: to number a message and to put it into the
 * way to every node is one step, because nothing can run in between.
 */

import { createServer, type Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { readLimits } from '../../base/limits.ts';
import type { Random } from '../../base/random.ts';
import { type Counts, createCounts } from '../counts.ts';
import { LANE_LIMITS } from '../direct/stream.ts';
import { createStreamDesk } from '../direct/stream-desk.ts';
import type { BrokerProcessOptions } from '../options.ts';
import { bind } from '../ports.ts';
import { createBatch } from './batch.ts';
import {
  answerFrame,
  CONFIRMED,
  createSplitter,
  encodeMessage,
  FOLLOW,
  HISTORY,
  PUBLISH,
  REFUSED,
  readHistory,
  readPublish,
  readRoom,
  STREAM,
  UNFOLLOW,
} from './frames.ts';
import { createStore, type Store } from './store.ts';

/** The longest request: far more than a node takes from a client. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

/** A node that lets more wait than this is cut off; it comes back and reads the history. */
const MAX_WAITING_BYTES = 128 * 1024 * 1024;

/** A broker that listens. */
export interface ListeningBroker {
  port: number;
  counts: Counts;
  /** Cuts all nodes off. Resolves when none is left. */
  close(): Promise<void>;
}

/** A connection of a node. */
interface Node {
  socket: Socket;
  write(frame: Buffer): void;
  rooms: Set<string>;
}

/**
 * Starts a broker in this process.
 *
 * @param random chooses the port where the options name none
 * @throws WsscaleError `TARGET` if it cannot listen
 */
export async function listenBroker(
  options: BrokerProcessOptions,
  clock: Clock,
  random: Random,
): Promise<ListeningBroker> {
  const counts = createCounts();
  const nodes = new Set<Node>();
  const switchboard = createSwitchboard(createStore(options.limits, clock.wallTime().getTime()), counts);
  const streams = createStreamDesk(LANE_LIMITS);

  const server = createServer({ noDelay: true }, (socket) => {
    const node: Node = { socket, write: createBatch(socket), rooms: new Set() };
    nodes.add(node);
    const split = createSplitter(MAX_REQUEST_BYTES, (body) => {
      if (body[0] !== STREAM) switchboard.handle(node, body);
      else if (!streams.handle(node, body)) socket.destroy();
    });
    socket.on('data', (chunk: Buffer) => {
      if (!split(chunk)) socket.destroy();
    });
    // What ends the connection also closes it.
    socket.on('error', () => {});
    socket.on('close', () => {
      nodes.delete(node);
      switchboard.remove(node);
      streams.remove(node);
    });
  });
  const port = await bind(server, options, readLimits(), random);

  return {
    port,
    counts,
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        for (const { socket } of nodes) socket.destroy();
      });
    },
  };
}

/** Answers requests, and passes messages on to the nodes that follow their room. */
function createSwitchboard(store: Store, counts: Counts) {
  const followers = new Map<string, Set<Node>>();

  function publish(node: Node, body: Buffer): void {
    const { room, payload, isBinary } = readPublish(body);
    counts.received++;
    counts.receivedBytes += payload.length;
    const message = store.append(room, payload, isBinary);
    node.write(message === null ? REFUSED : CONFIRMED);
    if (message === null) return;
    const to = followers.get(room);
    if (to === undefined) return;
    const frame = encodeMessage(room, message);
    for (const follower of to) {
      counts.sent++;
      counts.sentBytes += payload.length;
      follower.write(frame);
      if (follower.socket.writableLength > MAX_WAITING_BYTES) follower.socket.destroy();
    }
  }

  function answerHistory(node: Node, body: Buffer): void {
    const { room, epoch, after } = readHistory(body);
    const state = store.open(room);
    if (state === null) {
      node.write(answerFrame(null));
      return;
    }
    const { kept, seq } = state;
    const isKnown = epoch === state.epoch && after <= seq;
    const count = isKnown ? Math.min(kept.length, seq - after) : kept.length;
    node.write(answerFrame({ epoch: state.epoch, seq, count }));
    for (let i = kept.length - count; i < kept.length; i++) node.write(encodeMessage(room, kept[i]));
  }

  function follow(node: Node, room: string): void {
    const known = followers.get(room);
    if (known === undefined) followers.set(room, new Set([node]));
    else known.add(node);
    node.rooms.add(room);
  }

  function unfollow(node: Node, room: string): void {
    node.rooms.delete(room);
    const known = followers.get(room);
    known?.delete(node);
    if (known?.size === 0) followers.delete(room);
  }

  return {
    handle(node: Node, body: Buffer) {
      switch (body[0]) {
        case PUBLISH:
          return publish(node, body);
        case FOLLOW:
          return follow(node, readRoom(body));
        case UNFOLLOW:
          return unfollow(node, readRoom(body));
        case HISTORY:
          return answerHistory(node, body);
      }
    },
    remove(node: Node) {
      for (const room of node.rooms) unfollow(node, room);
    },
  };
}
