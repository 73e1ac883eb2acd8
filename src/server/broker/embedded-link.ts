/**
 * A node's connection to the embedded broker. All its requests go one after the other over one socket, so their
 * order is the broker's order: a history that is asked for after FOLLOW leaves no hole, and one that is asked for
 * before PUBLISH does not contain that message.
 */

import type { Random } from '../../base/random.ts';
import { createBatch } from './batch.ts';
import type { Publication, RoomMessage } from './broker.ts';
import { Fifo } from './fifo.ts';
import {
  ANSWER,
  CONFIRM,
  FOLLOW,
  historyFrame,
  MESSAGE,
  publishFrame,
  readAnswer,
  readMessage,
  readMessageRoom,
  roomFrame,
  UNFOLLOW,
} from './frames.ts';
import { openLine } from './line.ts';
import type { Answer, Link, LinkEvents } from './link.ts';

/** The longest that the broker sends: a message that it took, and its header. */
const MAX_ANSWER_BYTES = 65 * 1024 * 1024;

/** A history that was asked for, and what has come of it. */
interface Question {
  epoch: number;
  seq: number;
  kept: RoomMessage[];
  missing: number;
  told: (answer: Answer) => void;
}

/**
 * Connects to the broker, and again whenever it is lost.
 *
 * @throws WsscaleError `TARGET` (as a rejection) if the broker cannot be reached
 */
export async function connectEmbedded(
  address: { host: string; port: number },
  random: Random,
  events: LinkEvents,
): Promise<Link> {
  const confirmations = new Fifo<(result: Publication) => void>();
  const questions = new Fifo<Question>();
  let write: (frame: Buffer) => void = () => {};
  let wasUp = false;

  function onBody(body: Buffer): void {
    switch (body[0]) {
      case MESSAGE:
        onMessage(body);
        break;
      case CONFIRM:
        confirmations.take()?.(body[1] === 1 ? 'published' : 'full');
        break;
      case ANSWER:
        onAnswer(body);
    }
  }

  function onMessage(body: Buffer): void {
    const message = readMessage(body);
    const question = questions.first();
    if (question === undefined || question.missing === 0) {
      events.onMessage(readMessageRoom(body), message);
      return;
    }
    question.kept.push(message);
    if (--question.missing === 0) conclude(question);
  }

  function onAnswer(body: Buffer): void {
    const question = questions.first();
    if (question === undefined) return;
    const state = readAnswer(body);
    if (state === null) {
      questions.take();
      question.told('full');
      return;
    }
    question.epoch = state.epoch;
    question.seq = state.seq;
    question.missing = state.count;
    if (state.count === 0) conclude(question);
  }

  function conclude(question: Question): void {
    questions.take();
    question.told(question);
  }

  const options = { name: 'broker', ...address, maxBodyBytes: MAX_ANSWER_BYTES };
  const line = openLine(options, random, {
    onBody,
    onUp(socket) {
      write = createBatch(socket);
      if (wasUp) events.onFound();
      wasUp = true;
    },
    onDown(isLost) {
      // First of all, so that nobody who is told below asks again.
      if (isLost) events.onLost();
      for (const told of confirmations.takeAll()) told('lost');
      for (const { told } of questions.takeAll()) told('lost');
    },
  });
  await line.opened;

  return {
    publish(room, payload, isBinary, told) {
      confirmations.add(told);
      write(publishFrame(room, payload, isBinary));
    },
    follow(room, followed) {
      write(roomFrame(FOLLOW, room));
      followed();
    },
    unfollow(room) {
      if (line.isUp) write(roomFrame(UNFOLLOW, room));
    },
    history(room, epoch, after, told) {
      questions.add({ epoch: 0, seq: 0, kept: [], missing: 0, told });
      write(historyFrame(room, epoch, after));
    },
    close: line.close,
  };
}
