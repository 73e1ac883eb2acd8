/**
 * The contract between the swarm and what carries its connections. A transport is a plain object by name; it opens
 * one WebSocket connection at a time and reports by the client's number, so that no connection needs closures or
 * listeners of the swarm's own.
 */

import type { LookupFunction } from 'node:net';

export interface ConnectOptions {
  url: string;
  headers: Record<string, string>;
  subprotocol: string | null;
  /** PEM text of the certificates to trust in place of the system's, or null. */
  ca: string | null;
  /** Accept any certificate. */
  insecure: boolean;
  /** The address to connect from, or null for the system's choice. */
  sourceAddress: string | null;
  /** The port to connect from; if another socket has it, or null, the system chooses. */
  sourcePort: number | null;
  /** Finds the one address of the URL’s host, where the system is not to; it wants an address to connect from, too. */
  lookup?: LookupFunction | undefined;
}

/**
 * What happened on the connection of a client. After `connect`, exactly one of `opened` and `failed` follows, unless
 * we end the connection first; after `opened`, exactly one `closed`. A connection that we ended reports nothing.
 */
export interface ConnectionEvents {
  /** The handshake's answer is complete and valid. */
  opened(client: number): void;
  /** The message is the bytes `start` to `end` of `data`, which are valid during the call only. */
  message(client: number, data: Buffer, start: number, end: number, binary: boolean): void;
  /** Code 1005: a close frame without a code; 1006: no close frame. */
  closed(client: number, code: number, reason: string): void;
  /** The key is the errno (`ECONNREFUSED`), `HTTP_<status>` or `BAD_HANDSHAKE`. */
  failed(client: number, key: string): void;
}

export interface Connection {
  /** Sends one message; the payload may be changed as soon as this returns. */
  send(payload: Buffer, binary: boolean): void;
  /**
   * Says goodbye with this code. What the server has sent before its own goodbye is still reported, and then that the
   * connection is closed.
   */
  part(code: number): void;
  /** Says goodbye with this code and reports nothing more. */
  leave(code: number): void;
  /** Ends the connection at once, without a word, and reports nothing more. */
  terminate(): void;
  /** Reads nothing more until it is resumed: what comes waits in the system, and then at the server. */
  pause(): void;
  resume(): void;
  /** Asks for a sign of life. */
  ping(): void;
  /** Bytes that have come from the server so far, whatever they are. */
  bytesRead(): number;
  /** Bytes that were sent but that the system has not taken yet. */
  bufferedBytes(): number;
}

export interface Transport {
  connect(client: number, options: ConnectOptions, events: ConnectionEvents): Connection;
}
