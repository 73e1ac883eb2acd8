/**
 * Whatever comes late, early, twice or not at all: a room is handed on in order, each message once. The link here is
 * scripted, so that chance decides when each of its answers and messages comes.
 */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Broker, Publication, RoomMessage } from '../../../src/server/broker/broker.ts';
import type { Answer, LinkEvents } from '../../../src/server/broker/link.ts';
import { createLinkedBroker } from '../../../src/server/broker/linked.ts';
import { createStore, type Store } from '../../../src/server/broker/store.ts';

const ROOM = 'tea';
const LIMITS = { rooms: 10, historyMessages: 3, historyBytes: 1e6 };

type Step =
  | 'publish'
  /** The oldest message on its way arrives. */
  | 'message'
  /** The oldest message on its way is lost. */
  | 'drop'
  /** The oldest answer on its way arrives. */
  | 'answer'
  /** The link is lost with all that is on its way, and found again. */
  | 'lose'
  | 'find'
  /** The broker forgets everything. */
  | 'reset'
  | 'join'
  | 'leave';

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Step>('publish') },
    { weight: 6, arbitrary: fc.constant<Step>('message') },
    { weight: 4, arbitrary: fc.constant<Step>('answer') },
    { weight: 1, arbitrary: fc.constantFrom<Step>('drop', 'lose', 'find', 'reset', 'join', 'leave') },
  ),
  { maxLength: 120 },
);

it('hands on every message in order, once, and says how many are missing', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const world = await createWorld();
      world.run('join');
      for (const step of script) world.run(step);
      world.settle();
      // What the broker has last, the node has last.
      const { epoch, seq } = world.store().open(ROOM)!;
      expect(world.broker.state(ROOM)).toMatchObject({ epoch, seq });
      expect(world.problems).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

async function createWorld() {
  let epoch = 1;
  let store: Store = createStore(LIMITS, epoch);
  let isUp = true;
  let isFollowed = false;
  let messages: RoomMessage[] = [];
  let answers: (() => void)[] = [];
  let lost: (() => void)[] = [];
  let events!: LinkEvents;
  let last: { epoch: number; seq: number } | null = null;
  const problems: string[] = [];

  const answerLater = (give: () => void, giveUp: () => void) => {
    answers.push(() => {
      lost.splice(lost.indexOf(giveUp), 1);
      give();
    });
    lost.push(giveUp);
  };

  const broker: Broker = await createLinkedBroker(
    async (linkEvents) => {
      events = linkEvents;
      return {
        publish: (_room, _payload, _isBinary, told: (result: Publication) => void) => told('published'),
        follow(_room, followed) {
          answerLater(
            () => {
              isFollowed = true;
              followed();
            },
            () => {},
          );
        },
        unfollow() {
          isFollowed = false;
        },
        history(room, ofEpoch, after, told: (answer: Answer) => void) {
          const state = store.open(room)!;
          const from = ofEpoch === state.epoch ? after : 0;
          const kept = state.kept.filter(({ seq }) => seq > from);
          answerLater(
            () => told({ ...state, kept }),
            () => told('lost'),
          );
        },
        async close() {},
      };
    },
    LIMITS,
    {
      onOpened() {
        const state = broker.state(ROOM)!;
        last = { epoch: state.epoch, seq: state.seq };
      },
      onRefused() {},
      onMessage(_room, message) {
        if (last === null) throw new Error('a message before the room was open');
        const expected = message.epoch === last.epoch ? last.seq + 1 : 1;
        if (message.epoch < last.epoch) problems.push(`epoch ${message.epoch} after ${last.epoch}`);
        if (message.seq !== expected) problems.push(`${message.seq} instead of ${expected}`);
        last = message;
        const kept = broker.state(ROOM)?.kept ?? [];
        for (const [i, { seq }] of kept.entries()) {
          if (seq !== message.seq - kept.length + 1 + i) problems.push('a hole in what is kept');
        }
      },
      onSkipped(_room, count) {
        const now = broker.state(ROOM)!;
        if (last === null) throw new Error('skipped before the room was open');
        const before = now.epoch === last.epoch ? last.seq : 0;
        if (now.seq !== before + count) problems.push(`${count} skipped from ${before} to ${now.seq}`);
        last = { epoch: now.epoch, seq: now.seq };
      },
      onLost() {},
      onReconnected() {},
    },
  );

  function run(step: Step): void {
    switch (step) {
      case 'publish': {
        const message = store.append(ROOM, Buffer.from('x'), false)!;
        if (isUp && isFollowed) messages.push(message);
        break;
      }
      case 'message':
      case 'drop': {
        const message = messages.shift();
        if (message !== undefined && step === 'message') events.onMessage(ROOM, message);
        break;
      }
      case 'answer':
        answers.shift()?.();
        break;
      case 'reset':
        // A broker that forgets everything has ended, and its connections with it.
        run('lose');
        store = createStore(LIMITS, ++epoch);
        break;
      case 'lose': {
        if (!isUp) break;
        isUp = false;
        isFollowed = false;
        messages = [];
        answers = [];
        events.onLost();
        const untold = lost;
        lost = [];
        for (const tell of untold) tell();
        break;
      }
      case 'find':
        if (isUp) break;
        isUp = true;
        events.onFound();
        break;
      case 'join':
        broker.subscribe(ROOM);
        break;
      case 'leave':
        broker.unsubscribe(ROOM);
        messages = [];
        last = null;
    }
  }

  return {
    broker,
    problems,
    store: () => store,
    run,
    /** All that is on its way arrives, and one more message, which shows what is missing. */
    settle() {
      run('find');
      run('join');
      while (answers.length > 0) run('answer');
      run('publish');
      while (messages.length > 0 || answers.length > 0) {
        run('message');
        run('answer');
      }
    },
  };
}
