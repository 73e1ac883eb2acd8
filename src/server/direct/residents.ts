/**
 * The users that are at this node, and those that have just left it: what each has been delivered is kept here until
 * another node takes the user over, or it has been away for too long.
 */

import type { Peer } from '../service.ts';
import type { DirectCounters } from './counts.ts';
import {
  accept,
  createInbox,
  type Delivered,
  giveUp,
  type Inbox,
  type Outlet,
  takeEarly,
  takeOver,
} from './inbox.ts';
import type { Mail } from './mail.ts';
import { letterFrame } from './requests.ts';

export interface Resident {
  user: string;
  /** Null of one that has left. */
  peer: Peer | null;
  inbox: Inbox<Mail>;
  /** The node that is to hand the user over, and until when that is waited for; null: none. */
  awaited: { from: number; untilMs: number } | null;
  /** The node that the user went to before it was handed over to this one; null: none. */
  heir: number | null;
  leftMs: number;
}

/** What must be looked after from time to time. */
interface Overdue {
  /** Whose node did not hand them over in time. */
  unclaimed: Resident[];
  /** Who have been away for too long, and are forgotten. */
  gone: Resident[];
}

export interface Residents {
  /** Users that are connected. */
  readonly present: number;
  get(user: string): Resident | undefined;
  all(): Iterable<Resident>;
  /** The user can be sent something: it is connected, and was handed over. */
  isReady(user: string): boolean;
  /** @param isNew nobody has ever heard of the user, so it has been delivered nothing */
  enter(user: string, peer: Peer, awaited: Resident['awaited'], isNew: boolean): void;
  /** Returns the mail that it has not been delivered although it had come. */
  leave(user: string, peer: Peer): Mail[];
  remove(resident: Resident): Mail[];
  /** Nothing is waited for any more before it is delivered something. */
  settle(resident: Resident): void;
  deliver(mail: Mail): void;
  /** What its node before tells of it. Returns the mail that had come early, where the user cannot be sent it now. */
  takeOver(resident: Resident, delivered: Delivered): Mail[];
  takeOverdue(nowMs: number): Overdue;
}

export interface Patience {
  /** How long an earlier message of the same sender is waited for. */
  gapMs: number;
  /** How long a user may be away. */
  absenceMs: number;
}

export function createResidents(
  counters: DirectCounters,
  patience: Patience,
  nowMs: () => number,
): Residents {
  const residents = new Map<string, Resident>();
  const absent = new Set<Resident>();
  const awaiting = new Set<Resident>();
  const withEarly = new Set<Resident>();
  let present = 0;

  /** A peer that is leaving is still there, but what is sent to it now would be lost. */
  function isReached({ peer }: Resident): boolean {
    return peer?.isOpen === true;
  }

  function send({ peer }: Resident, mail: Mail): void {
    if (peer === null || peer.isFull) counters.dropped++;
    else {
      peer.deliverFrame(letterFrame(mail.from, mail.region, mail.detours, mail.payload, mail.isBinary));
      counters.delivered++;
    }
    mail.settle();
  }

  const outletOf = (resident: Resident): Outlet<Mail> => ({
    deliver: (mail) => send(resident, mail),
    passOver(mail) {
      counters.copies++;
      mail.settle();
    },
    giveUp(mail) {
      counters.stale++;
      mail.settle();
    },
  });

  function forget(resident: Resident): Mail[] {
    if (resident.peer !== null) present--;
    residents.delete(resident.user);
    absent.delete(resident);
    awaiting.delete(resident);
    withEarly.delete(resident);
    return takeEarly(resident.inbox);
  }

  return {
    get present() {
      return present;
    },
    get: (user) => residents.get(user),
    all: () => residents.values(),
    isReady(user) {
      const resident = residents.get(user);
      return resident !== undefined && isReached(resident) && resident.awaited === null;
    },
    enter(user, peer, awaited, isNew) {
      const resident = residents.get(user) ?? {
        ...{ user, peer: null, inbox: createInbox<Mail>(isNew) },
        ...{ awaited: null, heir: null, leftMs: 0 },
      };
      residents.set(user, resident);
      if (resident.peer === null) present++;
      resident.peer = peer;
      resident.awaited = awaited;
      resident.heir = null;
      absent.delete(resident);
      if (awaited === null) awaiting.delete(resident);
      else awaiting.add(resident);
    },
    leave(user, peer) {
      const resident = residents.get(user);
      if (resident === undefined || resident.peer !== peer) return [];
      present--;
      resident.peer = null;
      resident.leftMs = nowMs();
      absent.add(resident);
      withEarly.delete(resident);
      return takeEarly(resident.inbox);
    },
    remove: forget,
    settle(resident) {
      resident.awaited = null;
      awaiting.delete(resident);
    },
    deliver(mail) {
      const resident = residents.get(mail.to);
      if (resident === undefined) return;
      if (accept(resident.inbox, mail, nowMs(), outletOf(resident))) counters.early++;
      if (resident.inbox.earlyCount > 0) withEarly.add(resident);
    },
    takeOver(resident, delivered) {
      const early = isReached(resident) ? [] : takeEarly(resident.inbox);
      takeOver(resident.inbox, delivered, nowMs(), outletOf(resident));
      return early;
    },
    takeOverdue(now) {
      const unclaimed = [...awaiting].filter(({ awaited }) => awaited === null || awaited.untilMs <= now);
      const gone = [...absent].filter(({ leftMs }) => leftMs <= now - patience.absenceMs);
      for (const resident of withEarly) {
        if (!isReached(resident)) continue;
        giveUp(resident.inbox, now - patience.gapMs, now, outletOf(resident));
        if (resident.inbox.earlyCount === 0) withEarly.delete(resident);
      }
      return { unclaimed, gone };
    },
  };
}
