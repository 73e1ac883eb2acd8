/**
 * A service with faults: it answers as the one that it stands before, and what it says to its peers goes through a
 * lane of each. A lane knows frames only, which are made once and can be held, doubled and cut.
 */

import type { Random } from '../../base/random.ts';
import { type FaultPlan, findFault } from '../../model/faults.ts';
import { createFrame, OPCODE } from '../../wire/frame.ts';
import type { Peer, Service } from '../service.ts';
import type { FaultCounts } from './counts.ts';
import { createEpochs, type Epochs } from './epochs.ts';
import { createLane, type Lane } from './lane.ts';

export interface ServiceFaults {
  plans: readonly FaultPlan[];
  counts: FaultCounts;
  /** Draws for one more peer. */
  randomOfPeer: () => Random;
  nowMs: () => number;
  /** Called with each message that has come. */
  stall: (() => void) | null;
  /** Called with each connection that has ended. */
  leak: () => void;
}

/**
 * @param sparesAnswers what is delivered without a frame is no message but an answer, like `JOINED`: it has no faults
 */
export function spoil(service: Service, faults: ServiceFaults, sparesAnswers: boolean): Service {
  const peers = new Map<Peer, SpoiledPeer>();

  function spoiledOf(peer: Peer): SpoiledPeer {
    const known = peers.get(peer);
    if (known !== undefined) return known;
    const spoiled = new SpoiledPeer(peer, faults, sparesAnswers);
    peers.set(peer, spoiled);
    return spoiled;
  }

  return {
    onMessage(peer, data, isBinary) {
      faults.stall?.();
      service.onMessage(spoiledOf(peer), data, isBinary);
    },
    onClose(peer) {
      const known = peers.get(peer);
      peers.delete(peer);
      known?.end();
      service.onClose(known ?? peer);
      faults.leak();
    },
  };
}

/** A peer as the service sees it. */
class SpoiledPeer implements Peer {
  private readonly peer: Peer;
  private readonly sparesAnswers: boolean;
  private readonly lane: Lane<Buffer>;
  private readonly epochs: Epochs | null;

  constructor(peer: Peer, faults: ServiceFaults, sparesAnswers: boolean) {
    const { plans, counts, randomOfPeer, nowMs } = faults;
    const epochs = findFault(plans, 'reset-sequence') === null ? null : createEpochs(counts);
    this.peer = peer;
    this.sparesAnswers = sparesAnswers;
    this.epochs = epochs;
    this.lane = createLane<Buffer>(
      {
        send(frame) {
          if (sparesAnswers) epochs?.passed(frame);
          peer.deliverFrame(frame);
        },
        close: (code) => peer.close(code, 'a fault that was asked for'),
        reset: () => peer.reset(),
        silence: () => peer.silence(),
        truncate: (frame) => peer.truncate(frame.subarray(0, Math.ceil(frame.length / 2))),
      },
      {
        faults: plans,
        counts,
        random: randomOfPeer(),
        nowMs,
        after: (ms, then) => void setTimeout(then, ms).unref(),
      },
    );
  }

  get bufferedBytes(): number {
    return this.peer.bufferedBytes;
  }

  get isOpen(): boolean {
    return this.peer.isOpen;
  }

  get isFull(): boolean {
    return this.peer.isFull;
  }

  whenTaken(then: () => void): void {
    this.peer.whenTaken(then);
  }

  deliver(data: Buffer, isBinary: boolean): void {
    if (this.sparesAnswers) {
      this.epochs?.answered(data);
      this.peer.deliver(data, isBinary);
    } else this.lane.push(createFrame(isBinary ? OPCODE.binary : OPCODE.text, data, null));
  }

  deliverFrame(frame: Buffer): void {
    this.lane.push(frame);
  }

  close(code: number, reason: string): void {
    this.peer.close(code, reason);
  }

  reset(): void {
    this.peer.reset();
  }

  silence(): void {
    this.peer.silence();
  }

  truncate(frame: Buffer): void {
    this.peer.truncate(frame);
  }

  end(): void {
    this.lane.end();
  }
}
