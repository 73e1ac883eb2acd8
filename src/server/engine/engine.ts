/**
 * The contract between a node and the engine that accepts its connections and holds them. The node says what it
 * serves and whom it takes; the engine speaks the protocol.
 */

import type { RequestListener } from 'node:http';
import type { Server } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { Ending, Goodbye } from '../control.ts';
import type { Counts } from '../counts.ts';
import type { HandshakeFaults } from '../faults/handshakes.ts';
import type { Doorman } from '../gateway/doorman.ts';
import type { NodeOptions } from '../options.ts';
import type { Peer, Service } from '../service.ts';
import type { NodeWan } from '../wan/index.ts';

/** What connections are told whose node goes for good, unless another word fits better. */
export const GOODBYE: Goodbye = { how: 'close', code: 1001, reason: 'the server stops' };

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
  /** The network between the node and far clients; null: none is far. */
  wan: Pick<NodeWan, 'serviceFor'> | null;
  /** Asked before each connection opens; null: nobody is. */
  doorman: Doorman | null;
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
  /** Ends the connections that there are now, while others may come. Resolves when the last of them has gone. */
  part(ending: Ending): Promise<void>;
  /**
   * Takes no new connections, says goodbye to those that there are, and cuts those that do not answer in time.
   * Resolves when none is left. To be called once.
   */
  close(goodbye: Goodbye): Promise<void>;
}

export type CreateEngine = (hosting: Hosting) => Engine;

/** The connections of an engine. */
export interface Held<Connection extends Peer> {
  connections: Set<Connection>;
  /** Each is called with a connection that has gone. */
  onGone: Set<(connection: Connection) => void>;
}

/** Ends all connections that there are now. Resolves when the last of them has gone. */
export async function partAll<Connection extends Peer>(
  { connections, onGone }: Held<Connection>,
  ending: Ending,
): Promise<void> {
  const parting = new Set(connections);
  if (parting.size === 0) return;
  const gone = new Promise<void>((resolve) => {
    onGone.add(function cross(connection) {
      parting.delete(connection);
      if (parting.size > 0) return;
      onGone.delete(cross);
      resolve();
    });
  });
  for (const connection of connections) end(connection, ending);
  await gone;
}

function end(connection: Peer, ending: Ending): void {
  if (ending.how === 'reset') connection.reset();
  else connection.close(ending.code, ending.reason);
}
