/**
 * The contract of a broker over a link that may be lost: every room in the order of its numbers, each message once,
 * whatever the connection went through.
 *
 * One rule does it all. A message is handed on if its number is the next one, and passed over if the number is
 * known. Anything else (a number too high, another epoch) means that something is missing here, and the history is
 * asked for; what arrives meanwhile and cannot be handed on is held. So it does not matter in which order a
 * subscription, its history and the first messages come, nor how often: joining a room, catching up after the link
 * was lost, and a message that the broker lost on the way are all the same case.
 */

import { createHistory } from '../history.ts';
import type { StoreLimits } from '../options.ts';
import type { Broker, BrokerEvents, Publication, RoomMessage, RoomState } from './broker.ts';
import type { Answer, Link, LinkEvents } from './link.ts';

/** What may wait for the broker to confirm it; beyond, the broker counts as out of reach. */
const MAX_UNCONFIRMED_BYTES = 16 * 1024 * 1024;
/** What an unconfirmed publication costs beside its bytes, roughly. */
const PUBLICATION_BYTES = 256;

/** Messages that are held for a history to arrive; beyond, the oldest are left to the history. */
const MAX_HELD = 1_000;

interface Feed {
  room: string;
  /** 0 until the first history has come. */
  epoch: number;
  seq: number;
  /** What is published from now on arrives. */
  isFollowed: boolean;
  /** The history as it was when the room was asked for, until the room is followed. */
  early: RoomState | null;
  isAsking: boolean;
  /** What was asked for may be out of date when it comes. */
  askAgain: boolean;
  held: RoomMessage[];
}

/**
 * Resolves when the link is there.
 *
 * @param connect rejects if the broker cannot be reached at all
 */
export async function createLinkedBroker(
  connect: (events: LinkEvents) => Promise<Link>,
  limits: StoreLimits,
  events: BrokerEvents,
): Promise<Broker> {
  const feeds = new Map<string, Feed>();
  const history = createHistory(limits.historyMessages, limits.historyBytes);
  let isLost = false;
  let unconfirmedBytes = 0;
  let received = 0;

  const link = await connect({
    onMessage(room, message) {
      received++;
      const feed = feeds.get(room);
      if (feed === undefined || advance(feed, message)) return;
      if (feed.held.push(message) > MAX_HELD) feed.held.shift();
      // Before the room is open, its history has been asked for or will be.
      if (feed.epoch > 0) ask(feed);
    },
    onLost() {
      isLost = true;
      for (const feed of feeds.values()) feed.held = [];
      events.onLost();
    },
    onFound() {
      isLost = false;
      events.onReconnected();
      for (const feed of feeds.values()) begin(feed);
    },
  });

  /**
   * Follows the room, and asks for its history: both before and after, if the link needs time to follow. The first
   * says where the room stood when it was asked for, and the second what came between.
   */
  function begin(feed: Feed): void {
    feed.isFollowed = false;
    feed.early = null;
    link.follow(feed.room, () => {
      feed.isFollowed = true;
      if (feeds.get(feed.room) === feed) ask(feed);
    });
    if (!feed.isFollowed) ask(feed);
  }

  function ask(feed: Feed): void {
    if (isLost) return;
    if (feed.isAsking) {
      feed.askAgain = true;
      return;
    }
    feed.isAsking = true;
    feed.askAgain = false;
    link.history(feed.room, feed.epoch, feed.seq, (answer) => {
      feed.isAsking = false;
      if (feeds.get(feed.room) === feed) take(feed, answer);
    });
  }

  function take(feed: Feed, answer: Answer): void {
    if (answer === 'lost') {
      if (feed.askAgain) ask(feed);
      return;
    }
    if (answer === 'full') {
      forget(feed.room);
      if (!isLost) link.unfollow(feed.room);
      events.onRefused(feed.room);
      return;
    }
    if (feed.epoch > 0 || (feed.isFollowed && !feed.askAgain)) {
      if (feed.epoch === 0) open(feed, feed.early ?? answer);
      catchUp(feed, answer);
      release(feed);
    } else {
      feed.early ??= answer;
    }
    if (feed.askAgain && feeds.get(feed.room) === feed) ask(feed);
  }

  function open(feed: Feed, { epoch, seq, kept }: RoomState): void {
    feed.epoch = epoch;
    feed.seq = seq;
    for (const message of kept) history.keep(feed.room, message);
    events.onOpened(feed.room);
  }

  function catchUp(feed: Feed, { epoch, seq, kept }: RoomState): void {
    if (epoch !== feed.epoch) {
      history.forget(feed.room);
      feed.epoch = epoch;
      feed.seq = 0;
    }
    if (seq <= feed.seq) return;
    const last = kept.length === 0 ? seq : kept[0].seq - 1;
    if (last > feed.seq) skip(feed, last);
    for (const message of kept) advance(feed, message);
  }

  /** Goes over messages that are lost; what is kept has no hole, so it begins anew. */
  function skip(feed: Feed, to: number): void {
    const messages = to - feed.seq;
    history.forget(feed.room);
    feed.seq = to;
    events.onSkipped(feed.room, messages);
  }

  /** Hands on what was held, up to where something is missing. */
  function release(feed: Feed): void {
    const { held } = feed;
    if (held.length === 0) return;
    feed.held = [];
    for (const message of held) {
      // What is of another epoch than the history is older than it, or begins an epoch that has to be asked for.
      if (message.epoch !== feed.epoch) feed.askAgain = true;
      else if (!advance(feed, message)) {
        feed.held.push(message);
        feed.askAgain = true;
      }
    }
  }

  /** Hands a message on if it is the next one; false if something is missing before it. */
  function advance(feed: Feed, message: RoomMessage): boolean {
    if (message.epoch !== feed.epoch || message.seq > feed.seq + 1) return false;
    if (message.seq <= feed.seq) return true;
    feed.seq = message.seq;
    history.keep(feed.room, message);
    events.onMessage(feed.room, message);
    return true;
  }

  function forget(room: string): void {
    feeds.delete(room);
    history.forget(room);
  }

  return {
    get isLost() {
      return isLost;
    },
    get received() {
      return received;
    },
    publish(room, payload, isBinary, told) {
      const bytes = payload.length + PUBLICATION_BYTES;
      if (isLost || unconfirmedBytes + bytes > MAX_UNCONFIRMED_BYTES) return told('lost');
      unconfirmedBytes += bytes;
      link.publish(room, payload, isBinary, (result: Publication) => {
        unconfirmedBytes -= bytes;
        told(result);
      });
    },
    subscribe(room) {
      if (feeds.has(room)) return;
      const feed: Feed = {
        room,
        epoch: 0,
        seq: 0,
        isFollowed: false,
        early: null,
        isAsking: false,
        askAgain: false,
        held: [],
      };
      feeds.set(room, feed);
      if (!isLost) begin(feed);
    },
    unsubscribe(room) {
      if (!feeds.has(room)) return;
      forget(room);
      link.unfollow(room);
    },
    state(room) {
      const feed = feeds.get(room);
      if (feed === undefined || feed.epoch === 0) return null;
      return { epoch: feed.epoch, seq: feed.seq, kept: history.of(room) };
    },
    close: () => link.close(),
  };
}
