/**
 * A service as a far client has it: what it says comes half a round trip later, and what it is told takes as long. The
 * order in each direction is kept, the end of the connection included.
 */

import type { Peer, Service } from '../service.ts';
import { createWanLine, type WanDeps, type WanLine, type WanPath } from './line.ts';

/**
 * What may be on its way from one client, as a congestion window would have it. A client that sends faster than so
 * much in half a round trip is ended: nothing here could tell it to slow down.
 */
const MAX_INBOUND_BYTES = 4 * 2 ** 20;
/** With so much on its way to a client, it is full: what is sent beyond it waits. */
const MAX_OUTBOUND_BYTES = 2 ** 20;
const POLICY_VIOLATION = 1008;

/** The service at the other end of a path. */
export function atDistance(service: Service, path: WanPath, deps: WanDeps): Service {
  const peers = new Map<Peer, FarPeer>();

  function farOf(peer: Peer): FarPeer {
    const known = peers.get(peer);
    if (known !== undefined) return known;
    const far = new FarPeer(peer, createWanLine(path, deps), createWanLine(path, deps));
    peers.set(peer, far);
    return far;
  }

  return {
    onMessage(peer, data, isBinary) {
      const far = farOf(peer);
      far.receive(Buffer.from(data), (message) => service.onMessage(far, message, isBinary));
    },
    onClose(peer) {
      const known = peers.get(peer);
      peers.delete(peer);
      if (known === undefined) service.onClose(peer);
      else known.inbound.carry(() => service.onClose(known));
    },
  };
}

/** A peer as the service sees it. */
class FarPeer implements Peer {
  private readonly peer: Peer;
  readonly inbound: WanLine;
  private readonly outbound: WanLine;
  private inboundBytes = 0;
  private outboundBytes = 0;

  constructor(peer: Peer, inbound: WanLine, outbound: WanLine) {
    this.peer = peer;
    this.inbound = inbound;
    this.outbound = outbound;
  }

  receive(data: Buffer, arrived: (data: Buffer) => void): void {
    if (this.inboundBytes + data.length > MAX_INBOUND_BYTES) {
      this.peer.close(POLICY_VIOLATION, 'more than the network between regions holds');
      return;
    }
    this.inboundBytes += data.length;
    this.inbound.carry(() => {
      this.inboundBytes -= data.length;
      arrived(data);
    });
  }

  get bufferedBytes(): number {
    return Math.max(0, this.outboundBytes - MAX_OUTBOUND_BYTES) + this.peer.bufferedBytes;
  }

  get isOpen(): boolean {
    return this.peer.isOpen;
  }

  get isFull(): boolean {
    return this.outboundBytes > MAX_OUTBOUND_BYTES || this.peer.isFull;
  }

  whenTaken(then: () => void): void {
    this.send(0, () => this.peer.whenTaken(then));
  }

  deliver(data: Buffer, isBinary: boolean): void {
    this.send(data.length, () => this.peer.deliver(data, isBinary));
  }

  deliverFrame(frame: Buffer): void {
    this.send(frame.length, () => this.peer.deliverFrame(frame));
  }

  close(code: number, reason: string): void {
    this.send(0, () => this.peer.close(code, reason));
  }

  reset(): void {
    this.send(0, () => this.peer.reset());
  }

  silence(): void {
    this.send(0, () => this.peer.silence());
  }

  truncate(frame: Buffer): void {
    this.send(frame.length, () => this.peer.truncate(frame));
  }

  private send(bytes: number, arrive: () => void): void {
    this.outboundBytes += bytes;
    this.outbound.carry(() => {
      this.outboundBytes -= bytes;
      arrive();
    });
  }
}
