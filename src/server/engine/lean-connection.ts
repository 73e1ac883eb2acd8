/**
 * A connection of the engine `lean`. All connections share the functions of this file: one that is idle costs its
 * socket and the fields below, nothing else.
 */

import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { closePayload, createFrame, FIN, headerBytes, OPCODE, writeHeader } from '../../wire/frame.ts';
import type { FrameEvents, Receiving } from '../../wire/receiver.ts';
import { type Counts, closeLabel, DEAD_PEER, observe } from '../counts.ts';
import type { HeldConnection } from '../gateway/connections.ts';
import { messageStart } from '../room-frames.ts';
import type { Service } from '../service.ts';
import type { Deadlines } from './deadlines.ts';
import type { Held } from './engine.ts';
import { type Beating, type Heartbeats, PING } from './heartbeat.ts';

/** What all connections of a node have in common. */
export interface Shared extends Held<LeanConnection> {
  clock: Clock;
  counts: Counts;
  /** Those that are to be gone soon. */
  closing: Deadlines<LeanConnection>;
  /** Null where nobody is pinged. */
  heartbeats: Heartbeats<LeanConnection> | null;
  maxBufferedBytes: number;
}

/** The close code of a connection that ended without one (RFC 6455, section 7.1.5). */
const ABNORMAL = 1006;

/** Frames up to here are written from one buffer. */
const SCRATCH_BYTES = 4096;

const NO_BYTES = Buffer.alloc(0);

let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

export class LeanConnection implements HeldConnection, Receiving, Beating {
  readonly shared: Shared;
  readonly socket: Socket;
  readonly service: Service;
  readonly openedAtMs: number;
  /** The code under which the end will be counted. */
  closeCode = ABNORMAL;
  /** No close frame was sent yet. */
  isOpen = true;
  slot = 0;
  place = 0;
  deaf = false;
  rest: Receiving['rest'] = null;
  /** What came in after the node had stopped listening to the peer; null while it listens. */
  held: { data: Buffer; isBinary: boolean }[] | null = null;

  constructor(shared: Shared, socket: Socket, service: Service) {
    this.shared = shared;
    this.socket = socket;
    this.service = service;
    this.openedAtMs = shared.clock.nowMs();
    shared.counts.opened++;
    shared.connections.add(this);
    shared.heartbeats?.add(this);
  }

  get address(): string {
    return this.socket.remoteAddress ?? '';
  }

  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  get isFull(): boolean {
    return this.bufferedBytes > this.shared.maxBufferedBytes;
  }

  /**
   * Sends one message. To a peer that does not read what it asked for, the node stops listening until that message
   * has left: TCP carries the pressure back, and what is kept for the peer stays bounded.
   */
  deliver(data: Buffer, isBinary: boolean): void {
    if (!this.isOpen) return;
    this.countSent(data.length);
    this.send(isBinary ? OPCODE.binary : OPCODE.text, data);
  }

  deliverFrame(frame: Buffer): void {
    if (!this.isOpen) return;
    this.countSent(frame.length - messageStart(frame));
    this.write(frame);
  }

  whenTaken(then: () => void): void {
    this.socket.write(NO_BYTES, (error) => {
      if (error == null) then();
    });
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.socket.write(createFrame(OPCODE.close, closePayload(code, reason), null));
    this.shared.closing.add(this);
  }

  reset(): void {
    this.isOpen = false;
    this.socket.resetAndDestroy();
  }

  silence(): void {
    this.shared.heartbeats?.delete(this);
    this.deaf = true;
    this.held ??= [];
    this.socket.pause();
  }

  truncate(bytes: Buffer): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.socket.end(bytes);
    this.shared.closing.add(this);
  }

  /** Of a peer that the node does not listen to, since it does not read: what it takes is a sign of life, too. */
  signs(): number {
    const { bytesRead, bytesWritten, writableLength } = this.socket;
    return this.held === null ? bytesRead : bytesRead + bytesWritten - writableLength;
  }

  ping(): void {
    this.socket.write(PING);
  }

  giveUp(): void {
    this.closeCode = DEAD_PEER;
    this.isOpen = false;
    this.socket.destroy();
  }

  private countSent(bytes: number): void {
    const { counts } = this.shared;
    counts.sent++;
    counts.sentBytes += bytes;
  }

  /** Sends a frame that is made for this peer. Nearly always the system takes it at once, and its memory is free again. */
  private send(opcode: number, payload: Buffer): void {
    const bytes = headerBytes(payload.length, false) + payload.length;
    if (bytes > SCRATCH_BYTES || this.socket.writableLength > 0) {
      this.write(createFrame(opcode, payload, null));
      return;
    }
    payload.copy(scratch, writeHeader(scratch, opcode | FIN, payload.length, null));
    this.write(scratch.subarray(0, bytes));
    // What the system has not taken is the socket's now.
    if (this.socket.writableLength > 0) scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  }

  private write(frame: Buffer): void {
    if (this.held !== null || !this.isFull) {
      this.socket.write(frame);
      return;
    }
    this.held = [];
    this.socket.pause();
    this.socket.write(frame, () => this.listenAgain());
  }

  /** Goes on where it stopped. The answers may fill the peer again; a socket that was destroyed is past all that. */
  private listenAgain(): void {
    if (this.socket.destroyed) return;
    const held = this.held ?? [];
    this.held = null;
    let next = 0;
    for (; next < held.length && this.held === null; next++)
      this.receive(held[next].data, held[next].isBinary);
    if (this.held === null) this.socket.resume();
    else this.held = held.slice(next);
  }

  /** Handles a message, or holds it: what was read together with what filled the peer still comes after a pause. */
  private receive(data: Buffer, isBinary: boolean): void {
    // What was still on its way when the node closed the connection.
    if (!this.isOpen) return;
    if (this.held !== null) {
      this.held.push({ data: Buffer.from(data), isBinary });
      return;
    }
    const { clock, counts } = this.shared;
    const receivedAtMs = clock.nowMs();
    counts.received++;
    counts.receivedBytes += data.length;
    this.service.onMessage(this, data, isBinary);
    observe(counts.handling, (clock.nowMs() - receivedAtMs) / 1000);
  }

  /** Ends the connection for a reason that came from the peer, who is told the same unless it was told one before. */
  private end(code: number, reason: string): void {
    this.closeCode = code;
    this.close(code, reason);
    this.socket.end();
  }

  /** To be called when the socket has closed. */
  conclude(): void {
    const { clock, counts, connections, closing, heartbeats, onGone } = this.shared;
    this.isOpen = false;
    counts.closed[closeLabel(this.closeCode)]++;
    observe(counts.duration, (clock.nowMs() - this.openedAtMs) / 1000);
    connections.delete(this);
    closing.delete(this);
    heartbeats?.delete(this);
    this.service.onClose(this);
    for (const tell of onGone) tell(this);
  }

  /** What is done with the frames of all connections. */
  static readonly events: FrameEvents<LeanConnection> = {
    message: (peer, data, start, end, isBinary) => peer.receive(data.subarray(start, end), isBinary),
    ping(peer, payload) {
      if (peer.isOpen) peer.send(OPCODE.pong, payload);
    },
    pong({ shared: { counts } }) {
      if (counts.heartbeat !== null) counts.heartbeat.pongs++;
    },
    close: (peer, code, reason) => peer.end(code, reason),
    violation: (peer, { code, text }) => peer.end(code, text),
  };
}
