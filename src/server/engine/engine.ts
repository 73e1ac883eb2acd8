/**
 * The contract between a node and the engine that accepts its connections and holds them. The node says what it
 * serves and whom it takes; the engine speaks the protocol.
 */

import type { RequestListener } from 'node:http';
import type { Server } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { Counts } from '../counts.ts';
import type { HandshakeFaults } from '../faults/handshakes.ts';
import type { NodeOptions } from '../options.ts';
import type { Peer, Service } from '../service.ts';

const GOING_AWAY = 1001;

/** A node, as its engine sees it. */
export interface Hosting {
  options: NodeOptions;
  clock: Clock;
  counts: Counts;
  /** By path. */
  services: ReadonlyMap<string, Service>;
  maxConnections: number;
  isDraining(): boolean;
  /** Faults that handshakes have; null: none. */
  handshakes: HandshakeFaults | null;
  /** Answers what is plain HTTP. */
  pages: RequestListener;
}

export interface Engine {
  /** Takes WebSocket and plain HTTP on one port, once it listens. */
  server: Server;
  /** Open WebSocket connections. */
  connections(): number;
  /** Bytes that wait to be sent, over all connections. */
  sendBufferBytes(): number;
  /**
   * Takes no new connections, says goodbye with 1001 to those that there are, and cuts those that do not answer in
   * time. Resolves when none is left. To be called once.
   */
  close(): Promise<void>;
}

export type CreateEngine = (hosting: Hosting) => Engine;

/** The connections of an engine. */
export interface Held<Connection extends Peer> {
  connections: Set<Connection>;
  /** Called when the last connection has gone. */
  onEmpty(): void;
}

/** Says goodbye to all connections; resolves when the last one has gone. */
export async function closeAll<Connection extends Peer>(held: Held<Connection>): Promise<void> {
  if (held.connections.size === 0) return;
  const emptied = new Promise<void>((resolve) => {
    held.onEmpty = resolve;
  });
  for (const connection of held.connections) connection.close(GOING_AWAY, 'the server stops');
  await emptied;
}
