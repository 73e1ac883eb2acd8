import { expect, test } from 'vitest';
import { welcomeMessage } from '../../src/server/direct/requests.ts';
import { createConversation } from '../../src/swarm/conversation.ts';
import { createRecorder } from '../../src/swarm/recorder.ts';
import { amid } from '../support/amid.ts';
import { phasePlan } from '../support/plans.ts';

const TAG = 7;
const RTT_MS = [
  [0, 100],
  [100, 0],
];

/**
 * All clients of a swarm of two workers, and a server that a test plays: client n lives in region n modulo 2, and says
 * hello at once.
 */
function setUp(clientsInAll = 8, workers = 2) {
  const time = { now: 10_000 };
  const own = clientsInAll / workers;
  const parts = Array.from({ length: workers }, (_, worker) => {
    const recorder = createRecorder();
    const conversation = createConversation({
      clients: own,
      firstClient: worker * own,
      clientsInAll,
      plan: { ...phasePlan().messages, mode: 'direct' },
      rttMs: RTT_MS,
      tag: TAG,
      recorder,
      nowMs: () => time.now,
      herd: { lost: () => false, recovered() {}, answered() {} },
      audience: 'room',
      slowReaders: null,
    });
    return { recorder, conversation };
  });
  const said: Buffer[] = [];
  const connection = {
    send: (payload: Buffer) => void said.push(Buffer.from(payload)),
    ...{
      part() {},
      leave() {},
      terminate() {},
      pause() {},
      resume() {},
      ping() {},
      bytesRead: () => 0,
      bufferedBytes: () => 0,
    },
  };
  const of = (client: number) => ({ ...parts[Math.floor(client / own)], own: client % own });
  const hear = (client: number, message: Buffer) => {
    const { conversation, own: local } = of(client);
    return conversation.receive(local, 0, ...amid(message));
  };
  const hello = (client: number, region: number) => {
    const { conversation, own: local } = of(client);
    conversation.opened(local, connection);
    hear(client, welcomeMessage(region, region));
  };
  for (let client = 0; client < clientsInAll; client++) hello(client, client % 2);
  said.length = 0;
  for (const { conversation } of parts) conversation.begin(null);

  return {
    time,
    parts,
    said,
    hear,
    hello,
    open: (client: number) => of(client).conversation.opened(of(client).own, connection),
    /** What the client says next, as the server passes it on, and to whom. */
    send(client: number, epoch = 0) {
      const { conversation, own: local } = of(client);
      conversation.send(local, connection, epoch, time.now);
      const message = said.pop() as Buffer;
      const newline = message.indexOf('\n');
      const receiver = Number(message.toString('latin1', newline - 8, newline));
      const from = `7-${String(client).padStart(8, '0')}`;
      const passedOn = (region: number, detours = 0) =>
        Buffer.concat([Buffer.from(`FROM ${from} ${region} ${detours}\n`), message.subarray(newline + 1)]);
      return { receiver, passedOn };
    },
    counts() {
      const sum: Record<string, number> = {};
      for (const { recorder, conversation } of parts) {
        const meta = {
          ...{
            worker: 0,
            row: 0,
            stage: 'hold' as const,
            connected: 0,
            owed: 0,
            elu: null,
            lagMs: 0,
            gcMs: 0,
            gcMaxMs: 0,
          },
          ...{ disorder: null, rooms: null, routes: null, storm: null },
        };
        const { counters } = recorder.take(meta, conversation.totals);
        for (const [name, count] of Object.entries(counters)) sum[name] = (sum[name] ?? 0) + count;
      }
      return sum;
    },
  };
}

test('a client says who it is, and from the second time on where it was', () => {
  const { said, open, hello } = setUp();
  hello(3, 1);
  open(3);
  expect(said.map(String)).toEqual(['HELLO 7-00000003 1', 'HELLO 7-00000003 1']);
});

test('each message is known by its receiver, whoever else sends through the same buffer', () => {
  const { send, hear, counts } = setUp();
  const all = Array.from({ length: 8 }, (_, client) => send(client));
  expect(new Set(all.map(({ receiver }) => receiver)).size).toBe(8);
  for (const [client, { receiver, passedOn }] of all.entries()) {
    expect(hear(receiver, passedOn(client % 2))).toBeGreaterThanOrEqual(0);
  }
  expect(counts()).toMatchObject({ sent: 8, received: 8, unique: 8, streams: 8, foreign: 0, missing: 0 });
});

test('what is not from its sender, or says so, is foreign', () => {
  const { send, hear, counts } = setUp();
  const { receiver, passedOn } = send(0);
  const forged = passedOn(0);
  forged.write('7-00000005', 5);
  expect(hear(receiver, forged)).toBe(-1);
  expect(hear((receiver + 1) % 8, passedOn(0))).toBe(-1);
  expect(hear(receiver, Buffer.from('ERR unknown-user nobody'))).toBe(-1);
  expect(counts()).toMatchObject({ received: 3, foreign: 3, unique: 0 });
});

test('latency is taken by pair of regions, and what made a detour is late by what is above the floor', () => {
  const { time, parts, send, hear } = setUp();
  // From region 0 to each of the two: by the ring, 0 sends to one and 2 to the other.
  const messages = [0, 2].map((client) => send(client));
  const late = send(0);
  time.now += 60;
  for (const { receiver, passedOn } of messages) hear(receiver, passedOn(0));
  time.now += 20;
  hear(late.receiver, late.passedOn(0, 1));

  const routes = parts.map(({ conversation }) => conversation.takeRoutes());
  const pairs = routes.flatMap((part) => part?.pairs ?? []);
  expect(pairs.map(({ from, to }) => [from, to]).sort()).toEqual([
    [0, 0],
    [0, 1],
  ]);
  expect(pairs.every(({ latencies }) => latencies.length === 2 && latencies[1] === 1)).toBe(true);
  const lates = routes.flatMap((part) => [...(part?.late ?? [])]);
  expect(lates[1]).toBe(1);
});

test('a sender that moves begins a new epoch, and what it had sent before may come after it', () => {
  const { send, hear, hello, counts } = setUp();
  const old = [send(0), send(0)];
  hello(0, 1);
  const young = [send(0, 1), send(0, 1)];
  const { receiver } = old[0];
  for (const { passedOn } of [old[0], young[0], old[1], young[1]]) hear(receiver, passedOn(0));
  expect(counts()).toMatchObject({
    unique: 4,
    reordered: 0,
    duplicates: 0,
    streams: 1,
    resets: 1,
    missing: 0,
  });
});

test('disorder and copies within an epoch are told', () => {
  const { send, hear, counts } = setUp();
  const [first, second, third] = [send(0), send(0), send(0)];
  for (const { passedOn } of [second, first, third, third]) hear(first.receiver, passedOn(0));
  expect(counts()).toMatchObject({ unique: 3, reordered: 1, duplicates: 1 });
});

test('what never comes is missing, to the message, over all workers together', () => {
  const { parts, send, hear, counts } = setUp();
  for (let i = 0; i < 5; i++) {
    for (let client = 0; client < 8; client++) {
      const { receiver, passedOn } = send(client);
      if ((i + client) % 7 !== 0) hear(receiver, passedOn(0));
    }
  }
  for (const { conversation } of parts) conversation.finish();
  const { sent, unique, missing, lost } = counts();
  expect({ sent, missing, lost }).toEqual({ sent: 40, missing: 40 - unique, lost: 0 });
  expect(missing).toBeGreaterThan(0);
});

test('what was in flight when a storm began, or was sent in it, is lost and not missing', () => {
  const { time, parts, send, hear, counts } = setUp();
  send(0); // long before: nothing of the storm's
  time.now += 5000;
  send(1);
  time.now += 500;
  const stormMs = time.now;
  send(2);
  time.now += 5000;
  const last = send(3);
  hear(last.receiver, last.passedOn(1));
  for (const { conversation } of parts) {
    conversation.blame(stormMs, time.now);
    conversation.finish();
  }
  const lost = parts.flatMap(({ conversation }) => conversation.takeRoutes()?.lost ?? []);
  expect(lost.length).toBe(2);
  expect(lost[0] + lost[1]).toBe(2);
  expect(counts()).toMatchObject({ lost: 2, missing: 1 });
});

test('a worker alone knows when all has come; of several, each waits until it is quiet', () => {
  const alone = setUp(4, 1);
  const { receiver, passedOn } = alone.send(0);
  expect(alone.parts[0].conversation.outstanding).toBe(1);
  alone.hear(receiver, passedOn(0));
  expect(alone.parts[0].conversation.outstanding).toBe(0);

  const { time, parts, send } = setUp();
  send(0);
  expect(parts[0].conversation.outstanding).toBe(1);
  time.now += 3001;
  expect(parts[0].conversation.outstanding).toBe(0);
});

test('where not all are there, those who are write to each other', () => {
  const { parts, send } = setUp();
  const isThere = (client: number) => client < 2 || (client >= 4 && client < 6);
  for (const { conversation } of parts) conversation.begin(isThere);
  const receivers = [0, 1, 4, 5].map((client) => send(client).receiver);
  expect(receivers.sort()).toEqual([0, 1, 4, 5]);
});
