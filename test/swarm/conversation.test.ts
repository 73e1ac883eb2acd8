import { describe, expect, test } from 'vitest';
import { createConversation } from '../../src/swarm/conversation.ts';
import { createRecorder } from '../../src/swarm/recorder.ts';
import { EPOCH_LIMIT, envelopes } from '../../src/wire/envelope.ts';
import { amid } from '../support/amid.ts';
import { createFakeTransport, type FakeConnection } from '../support/fake-transport.ts';
import fc from '../support/properties.ts';

const TAG = 0xabcdef;
const FIRST_CLIENT = 100;
const options = {
  ...{ url: '', headers: {}, subprotocol: null, ca: null, insecure: false },
  ...{ sourceAddress: null, sourcePort: null },
};

function openConnection(): FakeConnection {
  const transport = createFakeTransport();
  transport.connect(0, options, { opened() {}, message() {}, closed() {}, failed() {} });
  transport.of(0).open();
  return transport.of(0);
}

function setUp(payload: 'text' | 'binary' = 'binary') {
  const recorder = createRecorder();
  const time = { now: 1000 };
  const plan = {
    mode: 'echo',
    rooms: 1,
    ratePerClientPerS: 1,
    sizeBytes: 64,
    payload,
    arrival: 'constant',
    lowPriorityRatio: 0,
  } as const;
  const conversation = createConversation({
    clients: 3,
    firstClient: FIRST_CLIENT,
    clientsInAll: 1000,
    rttMs: [[0]],
    plan,
    tag: TAG,
    recorder,
    nowMs: () => time.now,
    herd: { lost: () => false, recovered() {}, answered() {} },
    audience: 'room',
    slowReaders: null,
  });
  const connection = openConnection();
  return {
    recorder,
    time,
    conversation,
    connection,
    /** Sends n messages of client 0; returns them as the server sees them. */
    send(n: number, epoch = 0) {
      const before = connection.sent.length;
      for (let i = 0; i < n; i++) conversation.send(0, connection, epoch, time.now);
      return connection.sent.slice(before);
    },
    hear: (message: Buffer, epoch = 0) => conversation.receive(0, epoch, ...amid(message)),
    counts() {
      const { unique, duplicates, reordered, ...counters } = recorder.take(
        {
          worker: 0,
          row: 0,
          stage: 'hold',
          connected: 0,
          owed: 0,
          elu: null,
          lagMs: 0,
          gcMs: 0,
          gcMaxMs: 0,
          disorder: null,
          rooms: null,
          routes: null,
          storm: null,
        },
        conversation.totals,
      ).counters;
      return { unique, duplicates, reordered, ...counters };
    },
  };
}

describe.each(['text', 'binary'] as const)('with a %s server', (payload) => {
  test('that echoes, each message is answered once and nothing is outstanding', () => {
    const { send, hear, conversation, counts } = setUp(payload);
    const messages = send(10);
    expect(conversation.outstanding).toBe(10);
    for (const message of messages) hear(message);
    expect(conversation.outstanding).toBe(0);
    expect(conversation.endEpoch(0)).toBe(0);
    expect(counts()).toMatchObject({
      sent: 10,
      sentBytes: 640,
      received: 10,
      receivedBytes: 640,
      unique: 10,
      duplicates: 0,
      reordered: 0,
      foreign: 0,
      streams: 1,
      resets: 0,
    });
  });

  test('that drops, repeats and swaps, each is counted', () => {
    const { send, hear, conversation, counts } = setUp(payload);
    const [one, two, three, four, five] = send(6);
    for (const message of [one, three, two, three, five, four]) hear(message);
    expect(conversation.outstanding).toBe(1);
    expect(counts()).toMatchObject({ sent: 6, received: 6, unique: 5, duplicates: 1, reordered: 2 });
    expect(conversation.endEpoch(0)).toBe(1);
    expect(conversation.outstanding).toBe(0);
  });

  test.each([
    { heard: 5, unanswered: 0 },
    { heard: 4, unanswered: 1 },
    { heard: 0, unanswered: 1 },
  ])('that has answered the first $heard of 5 in the end leaves $unanswered unanswered', (given) => {
    const { send, hear, conversation, recorder } = setUp(payload);
    for (const message of send(5).slice(0, given.heard)) hear(message);
    conversation.finish();
    expect(recorder.counters.unanswered).toBe(given.unanswered);
  });

  test('that loses 1 of 5, the loss ratio is 0.2 (RFC 7680: 0,0,1,0,0)', () => {
    const { send, hear, conversation } = setUp(payload);
    send(5).forEach((message, i) => {
      if (i !== 2) hear(message);
    });
    expect(conversation.endEpoch(0) / 5).toBe(0.2);
  });
});

test('whatever a server does with the order, what was sent is what arrived once and what is in flight', () => {
  const fate = fc.record({ copies: fc.nat(3), delay: fc.nat(8) });
  fc.assert(
    fc.property(fc.array(fate, { maxLength: 40 }), (fates) => {
      const { send, hear, conversation, counts } = setUp();
      const messages = send(fates.length);
      const arriving = fates
        .flatMap(({ copies, delay }, i) =>
          Array.from({ length: copies }, (_, copy) => ({ message: messages[i], at: i + delay * (copy + 1) })),
        )
        .sort((a, b) => a.at - b.at);
      for (const { message } of arriving) hear(message);

      const lost = fates.filter(({ copies }) => copies === 0).length;
      expect(conversation.outstanding).toBe(lost);
      expect(conversation.endEpoch(0)).toBe(lost);
      expect(counts()).toMatchObject({
        received: arriving.length,
        unique: fates.length - lost,
        duplicates: arriving.length - (fates.length - lost),
        foreign: 0,
      });
    }),
  );
});

describe('times', () => {
  const response = (setup: ReturnType<typeof setUp>) => {
    const { response, service } = setup.recorder.take(
      {
        worker: 0,
        row: 0,
        stage: 'hold',
        connected: 0,
        owed: 0,
        elu: null,
        lagMs: 0,
        gcMs: 0,
        gcMaxMs: 0,
        disorder: null,
        rooms: null,
        routes: null,
        storm: null,
      },
      setup.conversation.totals,
    );
    return { response: response[0], service: service[0] };
  };

  test('the response time runs from when the message was due, the service time from when it was sent', () => {
    const setup = setUp();
    const { conversation, connection, time, hear } = setup;
    conversation.send(0, connection, 0, time.now - 0.3);
    time.now += 0.5;
    expect(hear(connection.sent[0])).toBeCloseTo(0.8, 9);
    // Below 2,048 µs the index of a bucket is its value in µs.
    expect(response(setup)).toEqual({ response: 800, service: 500 });
  });

  test('lateness is how long after it was due a message was sent', () => {
    const { conversation, connection, time, recorder } = setUp();
    conversation.send(0, connection, 0, time.now - 1.25);
    const { lateness } = recorder.take(
      {
        worker: 0,
        row: 0,
        stage: 'hold',
        connected: 0,
        owed: 0,
        elu: null,
        lagMs: 0,
        gcMs: 0,
        gcMaxMs: 0,
        disorder: null,
        rooms: null,
        routes: null,
        storm: null,
      },
      conversation.totals,
    );
    expect([...lateness]).toEqual([1250, 1]);
  });

  test('a server that forges the times of its answer breaks nothing', () => {
    const setup = setUp();
    const { send, hear } = setup;
    for (const forged of [1e300, -1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const [message] = send(1);
      message.writeDoubleLE(forged, 16);
      message.writeDoubleLE(forged, 24);
      hear(message);
    }
    expect(setup.counts()).toMatchObject({ unique: 5, foreign: 0 });
  });
});

describe('not ours', () => {
  function forge(fields: Partial<{ tag: number; client: number; epoch: number; seq: number }>): Buffer {
    const { tag = TAG, client = FIRST_CLIENT, epoch = 0, seq = 1 } = fields;
    const payload = envelopes.binary.create(64, tag);
    envelopes.binary.patch(payload, client, epoch, seq, 1000, 1000);
    return payload;
  }

  test.for([
    ['another run’s', forge({ tag: TAG - 1 })],
    ['another client’s', forge({ client: FIRST_CLIENT + 1 })],
    ['a client’s of another worker', forge({ client: 0 })],
    ['one of the epoch before', forge({ epoch: 4 })],
    ['one of an epoch to come', forge({ epoch: 6 })],
    ['one with the number 0', forge({ epoch: 5, seq: 0 })],
    ['one with a number that was never sent', forge({ epoch: 5, seq: 4 })],
    ['one with the highest number', forge({ epoch: 5, seq: 2 ** 32 - 1 })],
    ['an empty message', Buffer.alloc(0)],
    ['the beginning of an envelope', forge({ epoch: 5 }).subarray(0, 31)],
    ['a greeting', Buffer.from('{"hello":"world","padding":"........................"}')],
  ] as const)('%s is foreign, and moves nothing', ([, message]) => {
    const { send, hear, conversation, counts } = setUp();
    const ours = send(3, 5);
    hear(ours[0], 5);
    expect(hear(message, 5)).toBe(-1);
    expect(conversation.outstanding).toBe(2);
    for (const next of ours.slice(1)) hear(next, 5);
    expect(counts()).toMatchObject({ foreign: 1, received: 4, unique: 3, duplicates: 0, reordered: 0 });
  });

  test('an answer of the connection before is foreign to the next, and does not count as its own', () => {
    const { send, hear, conversation, counts } = setUp();
    const [old] = send(1, 0);
    expect(conversation.endEpoch(0)).toBe(1);
    const [young] = send(1, 1);
    expect(hear(old, 1)).toBe(-1);
    expect(hear(young, 1)).toBeGreaterThanOrEqual(0);
    expect(counts()).toMatchObject({ foreign: 1, unique: 1, streams: 1, resets: 1 });
  });

  test('an answer to a client that has not said anything is foreign', () => {
    const { conversation, counts } = setUp();
    expect(conversation.receive(1, 0, ...amid(forge({ client: FIRST_CLIENT + 1 })))).toBe(-1);
    expect(counts()).toMatchObject({ foreign: 1, unique: 0 });
  });
});

test.each(['text', 'binary'] as const)(
  'a %s client that has reconnected as often as an epoch can count is still understood',
  (payload) => {
    const { send, hear, conversation, counts } = setUp(payload);
    for (const epoch of [EPOCH_LIMIT - 1, EPOCH_LIMIT, 3 * EPOCH_LIMIT + 5]) {
      const [message] = send(1, epoch);
      expect(hear(message, epoch)).toBeGreaterThanOrEqual(0);
      conversation.endEpoch(0);
    }
    expect(counts()).toMatchObject({ unique: 3, foreign: 0 });
  },
);

describe('epochs', () => {
  test('a client that says nothing in an epoch has no stream and no reset', () => {
    const { conversation, send, counts } = setUp();
    conversation.endEpoch(0);
    conversation.endEpoch(0);
    send(1, 2);
    conversation.endEpoch(0);
    conversation.endEpoch(0);
    send(1, 4);
    expect(counts()).toMatchObject({ streams: 1, resets: 1 });
  });

  test('each client is a stream of its own', () => {
    const { conversation, connection, counts } = setUp();
    for (const client of [0, 1, 1, 2]) conversation.send(client, connection, 0, 1000);
    expect(counts()).toMatchObject({ streams: 3, resets: 0 });
    expect(conversation.endEpoch(1)).toBe(2);
    expect(conversation.outstanding).toBe(2);
  });
});

describe('a server that does not read', () => {
  test('is sent no more once a megabyte waits for it; that is dropped, and not missing', () => {
    const { conversation, connection, send, counts } = setUp();
    connection.buffered = 2 ** 20 + 1;
    expect(send(3)).toHaveLength(0);
    connection.buffered = 2 ** 20;
    expect(send(1)).toHaveLength(1);
    expect(conversation.outstanding).toBe(1);
    expect(counts()).toMatchObject({ sent: 1, droppedBackpressure: 3, streams: 1 });
  });

  test('finds no gap in the numbers afterwards', () => {
    const { connection, send, hear, counts } = setUp();
    const [one] = send(1);
    connection.buffered = 2 ** 21;
    send(2);
    connection.buffered = 0;
    const [two] = send(1);
    hear(one);
    hear(two);
    expect(counts()).toMatchObject({ unique: 2, reordered: 0, missing: 0 });
  });
});

test('violations say which message of whom it was', () => {
  const { send, hear, recorder, conversation } = setUp();
  const [, two] = send(3, 7);
  hear(two, 7);
  hear(two, 7);
  const { violations } = recorder.take(
    {
      worker: 0,
      row: 0,
      stage: 'hold',
      connected: 0,
      owed: 0,
      elu: null,
      lagMs: 0,
      gcMs: 0,
      gcMaxMs: 0,
      disorder: null,
      rooms: null,
      routes: null,
      storm: null,
    },
    conversation.totals,
  );
  expect(violations).toEqual([
    { kind: 'gap', client: FIRST_CLIENT, epoch: 7, seq: 2, after: 0 },
    { kind: 'duplicate', client: FIRST_CLIENT, epoch: 7, seq: 2, after: 2 },
  ]);
});
