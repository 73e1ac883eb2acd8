/**
 * Direct messages as clients have them: who a connection is, and what it may ask for.
 */

import type { Peer, Service } from '../service.ts';
import type { DirectCounters } from './counts.ts';
import type { Mail } from './mail.ts';
import type { DirectLimits } from './options.ts';
import { type DirectErrorCode, errorMessage, parseDirect, welcomeMessage } from './requests.ts';
import type { Router } from './router.ts';

/** What is kept of a connection that has said something. */
interface Guest {
  user: string | null;
  /** Numbers its messages; it has another one when it has too many receivers to keep apart. */
  session: number;
  /** Of each receiver, the number of the last message to it. */
  sent: Map<string, number>;
  errors: number;
}

export interface DirectServiceOptions {
  node: number;
  region: number;
  limits: DirectLimits;
  counters: DirectCounters;
  /** Another one each time, and of no other node. */
  nextSession: () => number;
  router: () => Router;
}

export interface DirectService extends Service {
  /** To a connection whose user said hello on another one. */
  replace(peer: Peer): void;
}

const POLICY_VIOLATION = 1008;

export function createDirectService(options: DirectServiceOptions): DirectService {
  const { node, region, limits, counters, nextSession, router } = options;
  const guests = new Map<Peer, Guest>();

  function hello(peer: Peer, user: string, from: number | null): void {
    const guest = guestOf(peer);
    if (guest.user !== null && guest.user !== user) router().leave(guest.user, peer);
    guest.user = user;
    if (!router().enter(user, peer, from)) {
      guest.user = null;
      refuse(peer, 'server-full', `there are ${limits.users} users already`);
      return;
    }
    peer.deliver(welcomeMessage(region, node), false);
    router().release(user);
  }

  function send(peer: Peer, to: string, payload: Buffer, isBinary: boolean): void {
    const guest = guestOf(peer);
    if (guest.user === null) {
      refuse(peer, 'no-hello', 'whoever sends says HELLO first');
      return;
    }
    counters.accepted++;
    router().send({
      session: guest.session,
      seq: numberFor(guest, to),
      ...{ from: guest.user, to, region, detours: 0, isBinary, isAstray: false },
      // The engine may reuse the memory, and the message may have to wait.
      payload: Buffer.from(payload),
      settle() {},
      refuse: (code, text) => tell(peer, code, text),
    } satisfies Mail);
  }

  function numberFor(guest: Guest, to: string): number {
    const last = guest.sent.get(to);
    if (last === undefined && guest.sent.size >= limits.receivers) {
      guest.session = nextSession();
      guest.sent.clear();
    }
    const seq = (guest.sent.get(to) ?? 0) + 1;
    guest.sent.set(to, seq);
    return seq;
  }

  /** What is no fault of the client. */
  function tell(peer: Peer, code: DirectErrorCode, text: string): void {
    if (guests.has(peer) && peer.isOpen) peer.deliver(errorMessage(code, text), false);
  }

  function refuse(peer: Peer, code: DirectErrorCode, text: string): void {
    peer.deliver(errorMessage(code, text), false);
    if (++guestOf(peer).errors >= limits.errors) peer.close(POLICY_VIOLATION, 'too many bad requests');
  }

  function guestOf(peer: Peer): Guest {
    const known = guests.get(peer);
    if (known !== undefined) return known;
    const guest: Guest = { user: null, session: nextSession(), sent: new Map(), errors: 0 };
    guests.set(peer, guest);
    return guest;
  }

  return {
    onMessage(peer, data, isBinary) {
      const request = parseDirect(data);
      switch (request.verb) {
        case 'TO':
          return send(peer, request.user, request.payload, isBinary);
        case 'HELLO':
          return hello(peer, request.user, request.node);
        case 'BAD':
          return refuse(peer, request.code, request.text);
      }
    },
    onClose(peer) {
      const user = guests.get(peer)?.user ?? null;
      guests.delete(peer);
      if (user !== null) router().leave(user, peer);
    },
    replace(peer) {
      const guest = guests.get(peer);
      if (guest !== undefined) guest.user = null;
      tell(peer, 'replaced', 'the user said HELLO on another connection');
      peer.close(POLICY_VIOLATION, 'replaced');
    },
  };
}
