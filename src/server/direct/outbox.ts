/**
 * What a node has for the nodes of one region, until their stream has confirmed it. A letter that is not confirmed is
 * appended again when the stream is found again, so it may come twice. Whatever else is not confirmed is forgotten:
 * nodes that find each other again tell each other everything anew.
 */

import { type Entry, encodeEntry } from './entries.ts';
import { bytesOf, type Mail } from './mail.ts';
import type { Stream } from './stream.ts';

interface Parcel {
  lane: number;
  mail: Mail;
  body: Buffer;
  sinceMs: number;
}

export interface Outbox {
  /** Its stream cannot be reached. */
  readonly isLost: boolean;
  /** False if too much waits already. */
  post(lane: number, mail: Mail): boolean;
  say(lane: number, entry: Entry): void;
  onLost(): void;
  onFound(): void;
  /** Takes back what could not be appended for a user while the stream is lost. */
  withdraw(user: string): Mail[];
  /** Takes back what has waited for a lost stream since before that time. */
  takeExpired(beforeMs: number): Mail[];
  close(): void;
}

/** A lane that is full is tried again after so long. */
const FULL_PAUSE_MS = 50;

export function createOutbox(stream: Stream, maxBytes: number, nowMs: () => number): Outbox {
  /** In the order in which they were posted. */
  const parcels = new Set<Parcel>();
  const pauses = new Set<NodeJS.Timeout>();
  let bytes = 0;
  let isLost = true;

  function append(parcel: Parcel): void {
    stream.append(parcel.lane, parcel.body, (result) => {
      if (result === 'lost' || !parcels.has(parcel)) return;
      if (result === 'full') {
        pause(() => {
          if (!isLost && parcels.has(parcel)) append(parcel);
        });
        return;
      }
      remove(parcel);
      parcel.mail.settle();
    });
  }

  function pause(then: () => void): void {
    const timer = setTimeout(() => {
      pauses.delete(timer);
      then();
    }, FULL_PAUSE_MS);
    pauses.add(timer);
  }

  function remove(parcel: Parcel): void {
    parcels.delete(parcel);
    bytes -= bytesOf(parcel.mail);
  }

  function takeBack(isWanted: (parcel: Parcel) => boolean): Mail[] {
    if (!isLost) return [];
    const wanted = [...parcels].filter(isWanted);
    for (const parcel of wanted) remove(parcel);
    return wanted.map(({ mail }) => mail);
  }

  return {
    get isLost() {
      return isLost;
    },
    post(lane, mail) {
      if (bytes + bytesOf(mail) > maxBytes) return false;
      const body = encodeEntry({ type: 'letter', letter: mail });
      const parcel = { lane, mail, body, sinceMs: nowMs() };
      parcels.add(parcel);
      bytes += bytesOf(mail);
      if (!isLost) append(parcel);
      return true;
    },
    say(lane, entry) {
      const body = encodeEntry(entry);
      const append = () => {
        if (isLost) return;
        stream.append(lane, body, (result) => {
          if (result === 'full') pause(append);
        });
      };
      append();
    },
    onLost() {
      isLost = true;
    },
    onFound() {
      isLost = false;
      for (const parcel of parcels) append(parcel);
    },
    withdraw: (user) => takeBack(({ mail }) => mail.to === user),
    takeExpired: (beforeMs) => takeBack(({ sinceMs }) => sinceMs < beforeMs),
    close() {
      for (const timer of pauses) clearTimeout(timer);
    },
  };
}
