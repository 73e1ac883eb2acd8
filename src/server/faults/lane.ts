/**
 * The way of messages to one peer, with faults on it: which of them are dropped, doubled, held back, or cost the
 * connection. A message suffers one fault at most besides the delay, and what it suffered is counted when it has
 * happened, so that what a client sees can be held against the count, one for one.
 *
 *     message ──draw──> dropped        never leaves
 *                  ├──> held           leaves after `by` later ones (reorder)
 *                  └──> delay line, if there is one, in the order of arrival ──> leaves
 *                                                                           ├──> leaves twice (duplicate)
 *                                                                           └──> the connection ends in its place
 *                                                                                (close, reset, silence, truncate)
 */

import type { Random } from '../../base/random.ts';
import { type Fault, type FaultName, type FaultPlan, findFault } from '../../model/faults.ts';
import { type FaultCounts, recordDelay } from './counts.ts';
import { createDelayLine } from './delay-line.ts';

/** Faults that a message may meet. */
const OF_MESSAGES = ['drop', 'duplicate', 'reorder', 'close', 'reset', 'silence', 'truncate'] as const;
type MessageFault = Fault<(typeof OF_MESSAGES)[number]>;

/** What a lane does to the connection that it leads to. */
export interface Outlet<Message> {
  send(message: Message): void;
  close(code: number): void;
  reset(): void;
  /** Nothing more is read or sent, and the connection stays. */
  silence(): void;
  /** Sends the first half of the message, and ends the connection. */
  truncate(message: Message): void;
}

export interface LaneDeps {
  faults: readonly FaultPlan[];
  counts: FaultCounts;
  random: Random;
  nowMs: () => number;
  after: (ms: number, callback: () => void) => void;
}

export interface Lane<Message> {
  push(message: Message): void;
  /** The connection has gone: what is held is lost with it. */
  end(): void;
}

interface Numbered<Message> {
  message: Message;
  /** By arrival; what has a higher one is later. */
  number: number;
}

interface Held<Message> extends Numbered<Message> {
  /** Later messages that have left. */
  overtaken: number;
}

export function createLane<Message>(outlet: Outlet<Message>, deps: LaneDeps): Lane<Message> {
  const { faults, counts, random, nowMs, after } = deps;
  const drawn = faults.filter((fault): fault is MessageFault =>
    (OF_MESSAGES as readonly FaultName[]).includes(fault.kind),
  );
  const reorder = findFault(faults, 'reorder');
  const delay = findFault(faults, 'delay');
  const line = delay === null ? null : createDelayLine({ nowMs, after });
  let held: Held<Message>[] = [];
  let pushed = 0;
  let ended = false;

  return {
    push(message) {
      if (ended) return;
      const one = { message, number: ++pushed };
      const fault = drawn.find(({ share }) => random() < share);
      if (fault?.kind === 'drop') counts.happened.drop++;
      else if (fault?.kind === 'reorder') hold(fault, one);
      else pass(one, fault ?? null);
    },
    end,
  };

  function end(): void {
    ended = true;
    held = [];
  }

  /** Through the delay line, if there is one. */
  function pass(one: Numbered<Message>, fault: MessageFault | null): void {
    if (line === null || delay === null) arrive(one, fault);
    else
      line.add(drawDelayMs(delay, random), (heldMs) => {
        if (!ended && arrive(one, fault)) recordDelay(counts, heldMs);
      });
  }

  /** The end of the way. Returns whether the message has left. */
  function arrive(one: Numbered<Message>, fault: MessageFault | null): boolean {
    switch (fault?.kind) {
      case 'close':
        finish(fault.kind, () => outlet.close(fault.code));
        return false;
      case 'reset':
        finish(fault.kind, () => outlet.reset());
        return false;
      case 'silence':
        finish(fault.kind, () => outlet.silence());
        return false;
      case 'truncate':
        finish(fault.kind, () => outlet.truncate(one.message));
        return false;
      case 'duplicate':
        outlet.send(one.message);
        counts.happened.duplicate++;
        leave(one);
        return true;
      default:
        leave(one);
        return true;
    }
  }

  function finish(kind: FaultName, act: () => void): void {
    counts.happened[kind]++;
    end();
    act();
  }

  function hold({ patience }: Fault<'reorder'>, one: Numbered<Message>): void {
    const waiting = { ...one, overtaken: 0 };
    held.push(waiting);
    after(patience, () => {
      if (held.includes(waiting)) release(waiting);
    });
  }

  /** A message leaves, and after it those for which it was the last of the later ones. */
  function leave({ message, number }: Numbered<Message>): void {
    outlet.send(message);
    for (const one of held) if (one.number < number) one.overtaken++;
    const due = held.find(({ overtaken }) => overtaken >= (reorder?.by ?? 1));
    if (due !== undefined) release(due);
  }

  function release(one: Held<Message>): void {
    held = held.filter((other) => other !== one);
    // If none was later, its place in the order was the right one.
    if (one.overtaken > 0) counts.happened.reorder++;
    leave(one);
  }
}

/** A delay as the fault's distribution has it. */
export function drawDelayMs({ by, share, slow, tail }: Fault<'delay'>, random: Random): number {
  if (share > 0 && random() < share) return slow;
  // The inverse of the Pareto distribution's 1 − (by / x)^tail; 1 − u is never 0.
  return tail > 0 ? by * (1 - random()) ** (-1 / tail) : by;
}
