/**
 * What a user has been delivered, by sender: so that of each sender's messages none comes twice and none before an
 * earlier one, whichever ways they took. A sender's connection is a session, and numbers its messages to a user from 1.
 *
 *     number is the next one   deliver it, and those after it that came early
 *     number is known          a copy: passed over
 *     number is too high       it came early: kept until those before it have come, or have been waited for in vain
 *
 * Where a user comes from another node, that node hands over what it knows; until then nothing is delivered. Without
 * that, the first number that comes of a session is taken for its first, and what is before it is given up: the order
 * that was promised is kept.
 */

/** A message, as far as its order goes. */
export interface Numbered {
  session: number;
  seq: number;
}

interface Session<Message> {
  /** The first number that counts here. */
  first: number;
  /** The last that was delivered. */
  last: number;
  /** Came early, in the order of their numbers. */
  early: Message[];
  /** When the first of them began to wait. */
  sinceMs: number;
}

export interface Inbox<Message> {
  /** All that the user ever was delivered is known here: a session that is not known begins with 1. */
  isComplete: boolean;
  sessions: Map<number, Session<Message>>;
  earlyCount: number;
}

/** What one node tells another of a user's inbox. */
export interface Delivered {
  isComplete: boolean;
  /** Of each session: its number, the first number that counts, and the last that was delivered. */
  sessions: [session: number, first: number, last: number][];
}

/** Sessions that are known of a user; beyond, the oldest is forgotten. */
const MAX_SESSIONS = 256;
/** Messages that are kept because they came early; beyond, what they wait for is given up. */
const MAX_EARLY = 1_000;

/** What is done with messages: one of the three, once. */
export interface Outlet<Message> {
  deliver(message: Message): void;
  /** It was delivered before. */
  passOver(message: Message): void;
  /** A later one was delivered when nobody knew of this one: what held it had been lost. */
  giveUp(message: Message): void;
}

export function createInbox<Message extends Numbered>(isComplete: boolean): Inbox<Message> {
  return { isComplete, sessions: new Map(), earlyCount: 0 };
}

/** Takes a message; what had waited for it follows it. True if it came early, and waits itself. */
export function accept<Message extends Numbered>(
  inbox: Inbox<Message>,
  message: Message,
  nowMs: number,
  outlet: Outlet<Message>,
): boolean {
  const session = sessionOf(inbox, message);
  const { seq } = message;
  if (seq > session.last + 1) {
    if (!keepEarly(inbox, session, message, nowMs)) {
      outlet.passOver(message);
      return false;
    }
    if (inbox.earlyCount > MAX_EARLY) skip(inbox, session, nowMs, outlet);
    return true;
  }
  if (seq === session.last + 1) {
    session.last = seq;
    outlet.deliver(message);
    release(inbox, session, nowMs, outlet);
    return false;
  }
  if (seq < session.first) outlet.giveUp(message);
  else outlet.passOver(message);
  return false;
}

/** Goes over what was waited for since before that time. Returns how many numbers were given up. */
export function giveUp<Message extends Numbered>(
  inbox: Inbox<Message>,
  beforeMs: number,
  nowMs: number,
  outlet: Outlet<Message>,
): number {
  let skipped = 0;
  for (const session of inbox.sessions.values()) {
    if (session.early.length > 0 && session.sinceMs < beforeMs)
      skipped += skip(inbox, session, nowMs, outlet);
  }
  return skipped;
}

/** Takes out what came early, in the order of its numbers by session: its user has left. */
export function takeEarly<Message>(inbox: Inbox<Message>): Message[] {
  inbox.earlyCount = 0;
  return [...inbox.sessions.values()].flatMap(({ early }) => early.splice(0));
}

/** What another node needs to know to go on. */
export function deliveredOf({ isComplete, sessions }: Inbox<Numbered>): Delivered {
  return { isComplete, sessions: Array.from(sessions, ([key, { first, last }]) => [key, first, last]) };
}

/** Takes over what another node has delivered. What was early may be next now. */
export function takeOver<Message extends Numbered>(
  inbox: Inbox<Message>,
  delivered: Delivered,
  nowMs: number,
  outlet: Outlet<Message>,
): void {
  inbox.isComplete ||= delivered.isComplete;
  for (const [key, first, last] of delivered.sessions) {
    const session = inbox.sessions.get(key);
    if (session === undefined) {
      remember(inbox, key, { first, last, early: [], sinceMs: 0 });
      continue;
    }
    session.first = Math.min(session.first, first);
    session.last = Math.max(session.last, last);
    release(inbox, session, nowMs, outlet);
  }
}

function sessionOf<Message extends Numbered>(
  inbox: Inbox<Message>,
  { session: key, seq }: Message,
): Session<Message> {
  const known = inbox.sessions.get(key);
  if (known !== undefined) return known;
  const first = inbox.isComplete ? 1 : seq;
  const session = { first, last: first - 1, early: [], sinceMs: 0 };
  remember(inbox, key, session);
  return session;
}

function remember<Message>(inbox: Inbox<Message>, key: number, session: Session<Message>): void {
  inbox.sessions.set(key, session);
  if (inbox.sessions.size <= MAX_SESSIONS) return;
  for (const [oldest, { early }] of inbox.sessions) {
    if (early.length > 0) continue;
    inbox.sessions.delete(oldest);
    inbox.isComplete = false;
    return;
  }
}

/** False if it is there already. */
function keepEarly<Message extends Numbered>(
  inbox: Inbox<Message>,
  session: Session<Message>,
  message: Message,
  nowMs: number,
): boolean {
  const { early } = session;
  let at = early.length;
  while (at > 0 && early[at - 1].seq > message.seq) at--;
  if (at > 0 && early[at - 1].seq === message.seq) return false;
  if (early.length === 0) session.sinceMs = nowMs;
  early.splice(at, 0, message);
  inbox.earlyCount++;
  return true;
}

/** Delivers what is next now. */
function release<Message extends Numbered>(
  inbox: Inbox<Message>,
  session: Session<Message>,
  nowMs: number,
  outlet: Outlet<Message>,
): void {
  const { early } = session;
  let next = 0;
  while (next < early.length && early[next].seq <= session.last + 1) {
    const message = early[next++];
    if (message.seq <= session.last) {
      // The node before had delivered it.
      outlet.passOver(message);
      continue;
    }
    session.last = message.seq;
    outlet.deliver(message);
  }
  if (next === 0) return;
  early.splice(0, next);
  inbox.earlyCount -= next;
  session.sinceMs = nowMs;
}

function skip<Message extends Numbered>(
  inbox: Inbox<Message>,
  session: Session<Message>,
  nowMs: number,
  outlet: Outlet<Message>,
): number {
  if (session.early.length === 0) return 0;
  const skipped = session.early[0].seq - 1 - session.last;
  session.last += skipped;
  release(inbox, session, nowMs, outlet);
  return skipped;
}
