/**
 * A connection of the engine `ws`. All connections share the functions of this file: one that is idle costs its
 * socket, its `WebSocket` and the fields below, nothing else.
 */

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Clock } from '../../base/clock.ts';
import { type Counts, closeLabel, DEAD_PEER, observe } from '../counts.ts';
import type { HeldConnection } from '../gateway/connections.ts';
import { messageStart } from '../room-frames.ts';
import type { Service } from '../service.ts';
import type { Held } from './engine.ts';
import { type Beating, type Heartbeats, PING } from './heartbeat.ts';

/** What all connections of a node have in common. */
export interface Shared extends Held<WsConnection> {
  clock: Clock;
  counts: Counts;
  maxBufferedBytes: number;
  /** Null where nobody is pinged. */
  heartbeats: Heartbeats<WsConnection> | null;
}

const NO_BYTES = Buffer.alloc(0);

/** Made once: `ws` copies them for each message. */
const TEXT = { binary: false };
const BINARY = { binary: true };

export class WsConnection extends WebSocket implements HeldConnection, Beating {
  // Set by `begin`: ws constructs its connections itself.
  shared!: Shared;
  service!: Service;
  socket!: Duplex;
  openedAtMs = 0;
  slot = 0;
  place = 0;
  /** The code that it was closed with, once it is. */
  closeCode = 0;
  /** The close code for what the peer did wrong, or 0. */
  faultCode = 0;
  /** What came in after the node had stopped listening to the peer; null while it listens. */
  private held: { data: Buffer; isBinary: boolean }[] | null = null;

  /**
   * Takes the connection into service, right after its handshake.
   *
   * @param socket which `ws` writes to
   */
  begin(shared: Shared, service: Service, socket: Duplex): void {
    this.shared = shared;
    this.service = service;
    this.socket = socket;
    this.openedAtMs = shared.clock.nowMs();
    shared.counts.opened++;
    shared.connections.add(this);
    this.on('message', onMessage);
    this.on('error', onError);
    this.on('close', onClose);
    if (shared.heartbeats === null) return;
    shared.heartbeats.add(this);
    this.on('pong', onPong);
  }

  get address(): string {
    return (this.socket as Socket).remoteAddress ?? '';
  }

  get bufferedBytes(): number {
    return this.bufferedAmount;
  }

  get isFull(): boolean {
    return this.bufferedBytes > this.shared.maxBufferedBytes;
  }

  /**
   * Sends one message. To a peer that does not read what it asked for, the node stops listening until that message
   * has left: TCP carries the pressure back, and what is kept for the peer stays bounded.
   */
  deliver(data: Buffer, isBinary: boolean): void {
    if (this.readyState !== WebSocket.OPEN) return;
    this.countSent(data.length);
    const options = isBinary ? BINARY : TEXT;
    if (this.mayGoOn()) this.send(data, options);
    else this.send(data, options, () => this.listenAgain());
  }

  /**
   * As `deliver`. Without compression `ws` holds nothing back, so what is written beside it keeps its place. For 250
   * members, one write of shared bytes took 1.1 µs each outside of the system, `send`, which makes options, a header
   * and two writes of each, 2.0 µs; the system's own 5 µs are the same.
   */
  deliverFrame(frame: Buffer): void {
    if (this.readyState !== WebSocket.OPEN) return;
    this.countSent(frame.length - messageStart(frame));
    if (this.mayGoOn()) this.socket.write(frame);
    else this.socket.write(frame, () => this.listenAgain());
  }

  whenTaken(then: () => void): void {
    this.socket.write(NO_BYTES, (error) => {
      if (error == null) then();
    });
  }

  reset(): void {
    (this.socket as Socket).resetAndDestroy();
  }

  silence(): void {
    this.shared.heartbeats?.delete(this);
    this.held ??= [];
    this.pause();
  }

  truncate(bytes: Buffer): void {
    this.socket.end(bytes);
  }

  get isOpen(): boolean {
    return this.readyState === WebSocket.OPEN;
  }

  /** Of a peer that the node does not listen to, since it does not read: what it takes is a sign of life, too. */
  signs(): number {
    const { bytesRead, bytesWritten, writableLength } = this.socket as Socket;
    return this.held === null ? bytesRead : bytesRead + bytesWritten - writableLength;
  }

  /** As `deliverFrame` writes: `ws` would make a frame for each. */
  override ping(): void {
    this.socket.write(PING);
  }

  giveUp(): void {
    this.faultCode = DEAD_PEER;
    this.terminate();
  }

  private countSent(bytes: number): void {
    const { counts } = this.shared;
    counts.sent++;
    counts.sentBytes += bytes;
  }

  /** False once, when the peer has become full: then the node has stopped listening until it is told to again. */
  private mayGoOn(): boolean {
    if (this.held !== null || !this.isFull) return true;
    this.held = [];
    this.pause();
    return false;
  }

  /** Handles a message, or holds it: what `ws` has already read from the socket keeps coming after a pause. */
  receive(data: Buffer, isBinary: boolean): void {
    // What was still on its way when the node closed the connection.
    if (this.readyState !== WebSocket.OPEN) return;
    if (this.held !== null) {
      this.held.push({ data, isBinary });
      return;
    }
    const { clock, counts } = this.shared;
    const receivedAtMs = clock.nowMs();
    counts.received++;
    counts.receivedBytes += data.length;
    this.service.onMessage(this, data, isBinary);
    observe(counts.handling, (clock.nowMs() - receivedAtMs) / 1000);
  }

  private listenAgain(): void {
    const held = this.held ?? [];
    this.held = null;
    for (const { data, isBinary } of held) this.receive(data, isBinary);
    // The answers may have filled the peer again.
    if (this.held === null) this.resume();
  }
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  (this as WsConnection).receive(data as Buffer, isBinary);
}

/** `ws` closes the connection by itself; this is only for the count, and so that the process lives on. */
function onError(this: WebSocket, error: Error & { code?: string }): void {
  (this as WsConnection).faultCode = faultCode(error.code ?? '');
}

function onClose(this: WebSocket, code: number): void {
  const connection = this as WsConnection;
  const { clock, counts, connections, heartbeats, onGone } = connection.shared;
  connection.closeCode = connection.faultCode || code;
  counts.closed[closeLabel(connection.closeCode)]++;
  observe(counts.duration, (clock.nowMs() - connection.openedAtMs) / 1000);
  connections.delete(connection);
  heartbeats?.delete(connection);
  connection.service.onClose(connection);
  for (const tell of onGone) tell(connection);
}

function onPong(this: WebSocket): void {
  const { heartbeat } = (this as WsConnection).shared.counts;
  if (heartbeat !== null) heartbeat.pongs++;
}

/** The close code that `ws` sends for each of its errors; an error of the socket has none. */
function faultCode(code: string): number {
  switch (code) {
    case 'WS_ERR_INVALID_UTF8':
      return 1007;
    case 'WS_ERR_TOO_MANY_BUFFERED_PARTS':
      return 1008;
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
    case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH':
      return 1009;
    default:
      return code.startsWith('WS_ERR_') ? 1002 : 0;
  }
}
