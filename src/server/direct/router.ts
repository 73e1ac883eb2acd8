/**
 * The way of a message to its receiver:
 *
 *     receiver is here                 into its inbox, and from there to its socket
 *     receiver is at another node      into the lane of that node, in its region's stream
 *     receiver has left, or is to be   waits; goes on when it comes back, or when somebody tells where it is
 *       handed over, or is unknown
 *
 * So a message that comes to where its receiver no longer is goes after it. Messages may overtake each other on
 * different ways; the inbox puts them in order again, and what it knows goes with the user: the node that the user came
 * from hands it over, and nothing is delivered before that.
 */

import type { Peer } from '../service.ts';
import { createConvergence } from './convergence.ts';
import type { DirectCounters, DirectSample } from './counts.ts';
import type { Entry, Letter } from './entries.ts';
import { decodeEntry } from './entries.ts';
import { deliveredOf } from './inbox.ts';
import type { Mail } from './mail.ts';
import type { DirectLimits } from './options.ts';
import type { Outbox } from './outbox.ts';
import { createRegistry, type Whereabouts } from './registry.ts';
import { createResidents, type Resident } from './residents.ts';
import { createWaitingRoom } from './waiting-room.ts';

/** A message that was sent on so often chases a user that is never where it is told to be. */
const MAX_DETOURS = 16;

export interface RouterOptions {
  /** This node's number. */
  node: number;
  /** The region of each node, by number. */
  regions: readonly number[];
  limits: DirectLimits;
  counters: DirectCounters;
  nowMs: () => number;
  /** By region; none where there is but one node. */
  outboxes: readonly Outbox[];
}

export interface Router {
  /** A user is here now; it is sent nothing before `release`. False if it is one too many. */
  enter(user: string, peer: Peer, from: number | null): boolean;
  /** What waited for a user goes on, now that more is known of it. */
  release(user: string): void;
  leave(user: string, peer: Peer): void;
  send(mail: Mail): void;
  /** Called with what comes in this node's lane. */
  onEntry(body: Buffer, acknowledge: () => void): void;
  /** The stream of the region was found: its nodes are asked, and told, who is where. */
  onFound(region: number): void;
  /** Looks after what is due; to be called several times a second. */
  tick(): void;
  sample(): DirectSample;
}

/** @param onReplaced called with the connection of a user that said hello on another one */
export function createRouter(options: RouterOptions, onReplaced: (peer: Peer) => void): Router {
  const { node: me, regions, limits, counters, nowMs, outboxes } = options;
  const registry = createRegistry(limits.users);
  const residents = createResidents(counters, limits, nowMs);
  const waiting = createWaitingRoom({ messages: limits.heldMessages, bytes: limits.heldBytes });
  const convergence = createConvergence();
  const others = regions.map((_, node) => node).filter((node) => node !== me);

  function say(node: number, entry: Entry): void {
    outboxes[regions[node]]?.say(node, entry);
  }

  /** Tells all nodes where the user is. */
  function announce(told: Whereabouts, from: number | null): void {
    const answer = told.isGone ? 0 : convergence.begin(told.atMs, others.length);
    for (const node of others) say(node, { type: 'telling', told, by: me, from, answer });
  }

  function route(mail: Mail): void {
    if (residents.isReady(mail.to)) {
      residents.deliver(mail);
      return;
    }
    const known = registry.get(mail.to);
    const isKnown = known !== null && !known.isGone;
    if (isKnown && known.node !== me) forward(mail, known.node);
    else hold(mail, isKnown);
  }

  function forward(mail: Mail, node: number): void {
    if (mail.isAstray) {
      counters.misrouted++;
      mail.detours++;
      mail.isAstray = false;
    }
    if (mail.detours > MAX_DETOURS) expire(mail);
    else if (!outboxes[regions[node]].post(node, mail)) refuse(mail);
  }

  /** @param isKnown the receiver should be here */
  function hold(mail: Mail, isKnown: boolean): void {
    mail.isAstray ||= isKnown;
    mail.detours++;
    counters.held++;
    const patienceMs = isKnown ? limits.absenceMs : limits.unknownMs;
    if (!waiting.add(mail, nowMs() + patienceMs)) refuse(mail);
  }

  function refuse(mail: Mail): void {
    counters.refused++;
    mail.refuse('undelivered', `there is no room for a message to ${mail.to}`);
    mail.settle();
  }

  /** Nobody came for it in time. */
  function expire(mail: Mail): void {
    if (mail.isAstray || mail.detours > 1) counters.expired++;
    else {
      counters.unknown++;
      mail.refuse('unknown-user', `nobody knows ${mail.to}`);
    }
    mail.settle();
  }

  function routeAll(mails: readonly Mail[]): void {
    for (const mail of mails) route(mail);
  }

  function release(user: string): void {
    for (const outbox of outboxes) {
      const mails = outbox.withdraw(user);
      counters.rerouted += mails.length;
      for (const mail of mails) mail.detours++;
      routeAll(mails);
    }
    routeAll(waiting.take(user));
  }

  function enter(user: string, peer: Peer, from: number | null): boolean {
    const known = registry.get(user);
    const before = from ?? (known === null || known.isGone ? null : known.node);
    const isAwaited = before !== null && before !== me && canHandOver(before);
    const isNews = known === null || known.isGone || known.node !== me || isAwaited;
    const told = isNews ? registry.tell(user, me, false, nowMs()) : known;
    if (told === null) return false;
    // One that comes back at once may still have to be handed over from where it was before.
    const { peer: old = null, awaited: pending = null } = residents.get(user) ?? {};
    if (old !== null && old !== peer) onReplaced(old);
    const awaited = isAwaited ? { from: before, untilMs: nowMs() + limits.handoverMs } : pending;
    residents.enter(user, peer, awaited, known === null && from === null);
    if (isNews) announce(told, isAwaited ? before : null);
    return true;
  }

  function canHandOver(node: number): boolean {
    return node < regions.length && outboxes[regions[node]]?.isLost === false;
  }

  /** Gives what is known of a user to the node where it is now. */
  function handOver(user: string, to: number): void {
    const resident = residents.get(user);
    if (resident !== undefined && resident.awaited !== null) {
      // It has not been handed over to this node yet.
      resident.heir = to;
      return;
    }
    sayDelivered(user, to);
    if (resident === undefined) return;
    counters.handovers++;
    if (resident.peer !== null) onReplaced(resident.peer);
    for (const mail of residents.remove(resident)) {
      mail.isAstray = true;
      route(mail);
    }
  }

  function sayDelivered(user: string, to: number): void {
    const inbox = residents.get(user)?.inbox;
    const delivered = inbox === undefined ? { isComplete: false, sessions: [] } : deliveredOf(inbox);
    say(to, { type: 'handover', by: me, user, delivered });
  }

  /** The user is this node's now, or its heir's. */
  function settle(resident: Resident): void {
    residents.settle(resident);
    if (resident.heir !== null) handOver(resident.user, resident.heir);
    release(resident.user);
  }

  function onTelling({ told, by, from, answer }: Extract<Entry, { type: 'telling' }>): void {
    const isNews = registry.merge(told);
    if (answer > 0) say(by, { type: 'known', answer, atMs: nowMs() });
    if (told.node === me || told.isGone) return;
    if (!isNews) {
      // The user has moved on meanwhile, but the teller waits for a word.
      if (from === me) sayDelivered(told.user, told.node);
      return;
    }
    if (from === me || residents.get(told.user) !== undefined) handOver(told.user, told.node);
    release(told.user);
  }

  function onHandover({ by, user, delivered }: Extract<Entry, { type: 'handover' }>): void {
    const resident = residents.get(user);
    if (resident === undefined) return;
    routeAll(residents.takeOver(resident, delivered));
    if (resident.awaited?.from === by) settle(resident);
  }

  function tellAllTo(node: number): void {
    for (const { user } of residents.all()) {
      const told = registry.get(user);
      if (told?.node === me) say(node, { type: 'telling', told, by: me, from: null, answer: 0 });
    }
  }

  function onLetter(letter: Letter, acknowledge: () => void): void {
    route({ ...letter, isAstray: true, settle: acknowledge, refuse() {} });
  }

  return {
    enter,
    release,
    leave(user, peer) {
      routeAll(residents.leave(user, peer));
    },
    send: route,
    onEntry(body, acknowledge) {
      const entry = decodeEntry(body);
      if (entry?.type === 'letter') return onLetter(entry.letter, acknowledge);
      if (entry?.type === 'telling') onTelling(entry);
      else if (entry?.type === 'handover') onHandover(entry);
      else if (entry?.type === 'known') convergence.answered(entry.answer, entry.atMs);
      else if (entry?.type === 'ask') tellAllTo(entry.by);
      acknowledge();
    },
    onFound(region) {
      for (const node of others) {
        if (regions[node] !== region) continue;
        say(node, { type: 'ask', by: me });
        tellAllTo(node);
      }
    },
    tick() {
      const now = nowMs();
      const { unclaimed, gone } = residents.takeOverdue(now);
      for (const resident of unclaimed) {
        counters.missedHandovers++;
        settle(resident);
      }
      for (const resident of gone) {
        routeAll(residents.remove(resident));
        if (registry.get(resident.user)?.node !== me) continue;
        const told = registry.tell(resident.user, me, true, now);
        if (told !== null) announce(told, null);
      }
      for (const mail of waiting.takeExpired(now)) expire(mail);
      for (const outbox of outboxes)
        for (const mail of outbox.takeExpired(now - limits.absenceMs)) expire(mail);
      registry.forgetGone(now - limits.absenceMs);
    },
    sample: () => ({ ...counters, users: residents.present, convergence: convergence.counts() }),
  };
}
