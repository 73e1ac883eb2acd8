import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { createLocalBroker } from '../../src/server/broker/local.ts';
import { type Counts, createCounts } from '../../src/server/counts.ts';
import { DEFAULT_NODE_OPTIONS, type DeliveryOptions, type RoomLimits } from '../../src/server/options.ts';
import { messageStart } from '../../src/server/room-frames.ts';
import { createRooms, type Rooms } from '../../src/server/rooms.ts';
import type { Peer } from '../../src/server/service.ts';
import { createManualTime, type ManualTime } from '../support/manual-time.ts';

/** The epoch in JOINED and MSG, and what follows; most tests do not look at it. */
const EPOCH = /^((?:JOINED|MSG) \S+ \d+) 1000(?: \d+)?(?=\n|$)/;

interface ScriptedPeer extends Peer {
  /** What waits for it: its test says so, and what it is sent changes nothing. */
  bufferedBytes: number;
  /** What it was sent, binary messages with a mark. */
  got: string[];
  closed: number | null;
}

function createPeer(): ScriptedPeer {
  return {
    bufferedBytes: 0,
    isFull: false,
    isOpen: true,
    got: [],
    closed: null,
    deliver(data, isBinary) {
      const text = data.toString('latin1').replace(EPOCH, '$1');
      this.got.push((isBinary ? 'binary ' : '') + text);
    },
    deliverFrame(frame) {
      const [isBinary, message] = [frame[0] === 0x82, frame.subarray(messageStart(frame))];
      this.deliver(message, isBinary);
    },
    whenTaken(then) {
      then();
    },
    close(code) {
      this.closed = code;
    },
    reset() {},
    silence() {},
    truncate() {},
  };
}

const CLOCK: Clock = { nowMs: () => 0, wallTime: () => new Date(1000) };

let time: ManualTime;
let counts: Counts;
let rooms: Rooms['service'];
let ann: ScriptedPeer;
let bob: ScriptedPeer;

function start(limits: Partial<RoomLimits> = {}, delivery: Partial<DeliveryOptions> = {}): void {
  counts = createCounts();
  time = createManualTime();
  const all = { ...DEFAULT_NODE_OPTIONS.rooms, ...limits };
  const options = {
    ...{ rooms: all, maxBufferedBytes: 10_000 },
    delivery: { ...DEFAULT_NODE_OPTIONS.delivery, lowWaterBytes: 1000, ...delivery },
  };
  const created = createRooms(all, counts, () => broker, { ...time, options });
  const broker = createLocalBroker(all, CLOCK, created.events);
  rooms = created.service;
  ann = createPeer();
  bob = createPeer();
}

const say = (peer: Peer, text: string, isBinary = false) =>
  rooms.onMessage(peer, Buffer.from(text, 'latin1'), isBinary);

beforeEach(() => start());

describe('publishing', () => {
  it('numbers the messages of each room from 1 and sends them to its members, the publisher among them', () => {
    say(ann, 'JOIN tea');
    say(bob, 'JOIN tea');
    say(ann, 'PUB tea\none');
    say(bob, 'PUB tea\n\x00\xff', true);
    say(ann, 'PUB milk\nnobody is here');
    const expected = ['JOINED tea 0', 'MSG tea 1\none', 'binary MSG tea 2\n\x00\xff'];
    expect(ann.got).toEqual(expected);
    expect(bob.got).toEqual(expected);
  });

  it('needs no membership', () => {
    say(ann, 'JOIN tea');
    say(bob, 'PUB tea\nhello');
    expect(ann.got).toEqual(['JOINED tea 0', 'MSG tea 1\nhello']);
    expect(bob.got).toEqual([]);
  });

  it('reaches nobody who left or is gone', () => {
    say(ann, 'JOIN tea');
    say(bob, 'JOIN tea');
    say(ann, 'LEAVE tea');
    say(ann, 'LEAVE tea');
    say(ann, 'LEAVE unknown');
    rooms.onClose(bob);
    say(ann, 'PUB tea\none');
    expect(ann.got).toEqual(['JOINED tea 0']);
    expect(bob.got).toEqual(['JOINED tea 0']);
  });
});

describe('a member for which too much is waiting', () => {
  const sentAndDropped = () => ({ low: counts.delivery.low, high: counts.delivery.high });

  beforeEach(() => {
    say(ann, 'JOIN tea');
    say(bob, 'JOIN tea');
    ann.got = [];
    bob.got = [];
  });

  it('is sent everything as long as it is not above the mark', () => {
    bob.bufferedBytes = 1000;
    for (const text of ['one', 'two', 'three']) say(ann, `PUB tea low\n${text}`);
    const all = ['MSG tea 1 1000 low\none', 'MSG tea 2 1000 low\ntwo', 'MSG tea 3 1000 low\nthree'];
    expect(bob.got).toEqual(all);
    expect(ann.got).toEqual(all);
    expect(sentAndDropped()).toEqual({ low: { sent: 6, dropped: 0 }, high: { sent: 0, dropped: 0 } });
    expect(counts.dropped).toBe(0);
  });

  it('is sent what has high priority, and told before it what was left out', () => {
    bob.bufferedBytes = 1001;
    say(ann, 'PUB tea low\none');
    say(ann, 'PUB tea low\ntwo');
    say(ann, 'PUB tea\nthree');
    say(ann, 'PUB tea low\nfour');
    say(ann, 'PUB tea\nfive');
    expect(bob.got).toEqual([
      ...['SKIP tea 2 1000 2', 'MSG tea 3\nthree'],
      ...['SKIP tea 4 1000 1', 'MSG tea 5\nfive'],
    ]);
    expect(ann.got).toHaveLength(5);
    expect(sentAndDropped()).toEqual({ low: { sent: 3, dropped: 3 }, high: { sent: 4, dropped: 0 } });
    expect(counts).toMatchObject({ dropped: 3, delivery: { withdrawn: 0, peakBufferedBytes: 1001 } });
  });

  it('is told of the last ones that were left out as soon as it reads, and then sent everything again', () => {
    bob.bufferedBytes = 5000;
    say(ann, 'PUB tea low\none');
    say(ann, 'PUB tea low\ntwo');
    time.pass(1000);
    expect(bob.got).toEqual([]);
    bob.bufferedBytes = 0;
    time.pass(50);
    expect(bob.got).toEqual(['SKIP tea 2 1000 2']);
    say(ann, 'PUB tea low\nthree');
    expect(bob.got.slice(1)).toEqual(['MSG tea 3 1000 low\nthree']);
    time.pass(100);
    expect(counts.delivery).toMatchObject({ withdrawn: 0, closedSlow: 0 });
  });

  it('is told in each room of that room', () => {
    say(bob, 'JOIN milk');
    bob.got = [];
    bob.bufferedBytes = 5000;
    say(ann, 'PUB tea low\none');
    say(ann, 'PUB milk low\none');
    say(ann, 'PUB milk\ntwo');
    bob.bufferedBytes = 0;
    time.pass(50);
    expect(bob.got).toEqual(['SKIP milk 1 1000 1', 'MSG milk 2\ntwo', 'SKIP tea 1 1000 1']);
  });

  it('is closed with 1013 where it is more than may wait, and is sent nothing more', () => {
    bob.bufferedBytes = 10_000;
    say(ann, 'PUB tea\none');
    expect(bob.closed).toBeNull();
    bob.bufferedBytes = 10_001;
    say(ann, 'PUB tea\ntwo');
    say(ann, 'PUB tea\nthree');
    expect(bob.closed).toBe(1013);
    expect(bob.got).toEqual(['MSG tea 1\none']);
    expect(counts.delivery).toMatchObject({ closedSlow: 1, high: { sent: 4, dropped: 0 } });
    time.pass(100_000);
    expect(counts.delivery.closedSlow).toBe(1);
  });

  it('is closed with 1013 where it is above the mark for too long, though nothing is published', () => {
    start({}, { patienceMs: 2000 });
    say(bob, 'JOIN tea');
    bob.bufferedBytes = 1001;
    say(ann, 'PUB tea\none');
    time.pass(2000);
    expect(bob.closed).toBeNull();
    time.pass(51);
    expect(bob.closed).toBe(1013);
  });

  it('is not closed because of what it asked for itself', () => {
    for (let i = 0; i < 9; i++) say(ann, 'PUB tea\nold');
    const cat = createPeer();
    cat.bufferedBytes = 50_000;
    say(cat, 'JOIN tea 0');
    say(ann, 'PUB tea\none');
    expect(cat.closed).toBeNull();
    cat.bufferedBytes = 0;
    time.pass(50);
    cat.bufferedBytes = 10_001;
    say(ann, 'PUB tea\ntwo');
    expect(cat.closed).toBe(1013);
  });

  it('that goes before it was told is not counted as one that knows: the history has what it missed', () => {
    const told: (() => void)[] = [];
    bob.whenTaken = (then) => void told.push(then);
    bob.bufferedBytes = 5000;
    for (const text of ['one', 'two']) say(ann, `PUB tea low\n${text}`);
    say(ann, 'PUB tea\nthree');
    say(ann, 'PUB tea low\nfour');
    say(ann, 'PUB tea\nfive');
    say(ann, 'PUB tea low\nsix');
    // The word of the first two has left, that of the third is still waiting, and the last has none.
    told[0]();
    rooms.onClose(bob);
    expect(counts.delivery).toMatchObject({ low: { dropped: 4 }, withdrawn: 2 });
  });
});

describe('in batches', () => {
  it('what is due at the same time comes in one frame, the same for all members', () => {
    start({}, { batch: { intervalMs: 50, timer: 'first', maxBytes: 1000 } });
    say(ann, 'JOIN tea');
    say(bob, 'JOIN tea');
    say(ann, 'PUB tea\none');
    time.pass(20);
    say(ann, 'PUB tea low\n\x00\xff', true);
    time.pass(29);
    expect(bob.got).toEqual(['JOINED tea 0']);
    time.pass(1);
    const batch = 'binary BATCH 2\nt18\nMSG tea 1 1000\noneb21\nMSG tea 2 1000 low\n\x00\xff';
    expect(bob.got).toEqual(['JOINED tea 0', batch]);
    expect(ann.got).toEqual(bob.got);
    expect(counts.delivery.batch).toEqual({
      ...{ batches: 1, full: 0, messages: 2, waitedMs: 80, maxWaitedMs: 50 },
      ...{ frames: 2, copies: 4 },
    });
    expect(counts.delivery).toMatchObject({ high: { sent: 2 }, low: { sent: 2 } });
  });

  it('a message that is alone is what it would be without them', () => {
    start({}, { batch: { intervalMs: 50, timer: 'tick', maxBytes: 1000 } });
    say(bob, 'JOIN tea');
    say(ann, 'PUB tea\none');
    time.pass(50);
    expect(bob.got).toEqual(['JOINED tea 0', 'MSG tea 1\none']);
  });

  it('nobody who joins is sent what was published before', () => {
    start({}, { batch: { intervalMs: 50, timer: 'first', maxBytes: 1000 } });
    say(ann, 'JOIN tea');
    say(ann, 'PUB tea\none');
    say(bob, 'JOIN tea');
    say(ann, 'PUB tea\ntwo');
    time.pass(50);
    expect(ann.got).toEqual(['JOINED tea 0', 'MSG tea 1\none', 'MSG tea 2\ntwo']);
    expect(bob.got).toEqual(['JOINED tea 1', 'MSG tea 2\ntwo']);
  });

  it('a slow reader is sent one by one what it can be sent', () => {
    start({}, { batch: { intervalMs: 50, timer: 'first', maxBytes: 1000 } });
    say(bob, 'JOIN tea');
    bob.bufferedBytes = 5000;
    say(ann, 'PUB tea low\none');
    say(ann, 'PUB tea\ntwo');
    time.pass(50);
    expect(bob.got.slice(1)).toEqual(['SKIP tea 1 1000 1', 'MSG tea 2\ntwo']);
    expect(counts.delivery).toMatchObject({ low: { dropped: 1 }, batch: { batches: 1, frames: 0 } });
  });
});

describe('with everyone as the audience', () => {
  it('each who has joined anything is sent everything, and what is not wanted is counted', () => {
    start({}, { audience: 'everyone' });
    say(ann, 'JOIN tea');
    say(bob, 'JOIN milk');
    say(ann, 'PUB tea\none');
    say(ann, 'PUB milk\ntwo');
    rooms.onClose(bob);
    say(ann, 'PUB tea\nthree');
    expect(ann.got).toEqual(['JOINED tea 0', 'MSG tea 1\none', 'MSG milk 1\ntwo', 'MSG tea 2\nthree']);
    expect(bob.got).toEqual(['JOINED milk 0', 'MSG tea 1\none', 'MSG milk 1\ntwo']);
    expect(counts.delivery).toMatchObject({ high: { sent: 3 }, unwanted: 2 });
  });

  it('nobody misses what was not for it, however slow it reads', () => {
    start({}, { audience: 'everyone' });
    say(ann, 'JOIN tea');
    say(bob, 'JOIN milk');
    bob.bufferedBytes = 5000;
    say(ann, 'PUB tea low\none');
    say(ann, 'PUB tea\ntwo');
    bob.bufferedBytes = 0;
    time.pass(50);
    expect(bob.got).toEqual(['JOINED milk 0']);
    expect(counts).toMatchObject({ dropped: 0, delivery: { unwanted: 0 } });
  });

  it('a batch is the same for all of them', () => {
    start({}, { audience: 'everyone', batch: { intervalMs: 50, timer: 'first', maxBytes: 1000 } });
    say(ann, 'JOIN tea');
    say(bob, 'JOIN milk');
    say(ann, 'PUB tea\none');
    say(ann, 'PUB milk\ntwo');
    time.pass(50);
    expect(ann.got[1]).toMatch(/^binary BATCH 2\n/);
    expect(bob.got[1]).toBe(ann.got[1]);
    expect(counts.delivery).toMatchObject({ high: { sent: 2 }, unwanted: 2, batch: { frames: 2 } });
  });
});

describe('coming back', () => {
  beforeEach(() => {
    start({ historyMessages: 3 });
    for (const text of ['one', 'two', 'three', 'four', 'five']) say(ann, `PUB tea\n${text}`);
  });

  it.each([
    ['to a room where nothing was missed', 'JOIN tea 5', ['JOINED tea 5']],
    ['with some missed', 'JOIN tea 3', ['JOINED tea 3', 'MSG tea 4\nfour', 'MSG tea 5\nfive']],
    [
      'with all that is kept missed',
      'JOIN tea 2',
      ['JOINED tea 2', 'MSG tea 3\nthree', 'MSG tea 4\nfour', 'MSG tea 5\nfive'],
    ],
    ['too late', 'JOIN tea 1', ['JOINED tea 2', 'MSG tea 3\nthree', 'MSG tea 4\nfour', 'MSG tea 5\nfive']],
    [
      'to a room that was numbered anew',
      'JOIN tea 900',
      ['JOINED tea 2', 'MSG tea 3\nthree', 'MSG tea 4\nfour', 'MSG tea 5\nfive'],
    ],
    ['with the epoch that it is in', 'JOIN tea 4 1000', ['JOINED tea 4', 'MSG tea 5\nfive']],
    [
      'with a number of another epoch',
      'JOIN tea 4 999',
      ['JOINED tea 2', 'MSG tea 3\nthree', 'MSG tea 4\nfour', 'MSG tea 5\nfive'],
    ],
    ['for what is new only', 'JOIN tea', ['JOINED tea 5']],
    ['to a room that nobody knows', 'JOIN milk 7', ['JOINED milk 0']],
  ])('%s', (_case, request, answers) => {
    say(bob, request);
    expect(bob.got).toEqual(answers);
  });

  it('is counted: what was sent again, and what was no longer kept', () => {
    say(bob, 'JOIN tea');
    expect(counts.rooms).toMatchObject({ replayed: 0, notReplayed: 0 });
    say(bob, 'JOIN tea 3');
    expect(counts.rooms).toMatchObject({ replayed: 2, notReplayed: 0 });
    say(bob, 'JOIN tea 1');
    expect(counts.rooms).toMatchObject({ replayed: 5, notReplayed: 1 });
    say(bob, 'JOIN tea 4 999');
    expect(counts.rooms).toMatchObject({ replayed: 8, notReplayed: 3, published: 5, unpublished: 0 });
  });

  it('goes over into what is new without a hole', () => {
    say(bob, 'JOIN tea 4');
    say(ann, 'PUB tea\nsix', true);
    expect(bob.got).toEqual(['JOINED tea 4', 'MSG tea 5\nfive', 'binary MSG tea 6\nsix']);
  });

  it('gives each message once to a member that joins again', () => {
    say(bob, 'JOIN tea');
    say(bob, 'JOIN tea');
    say(ann, 'PUB tea\nsix');
    expect(bob.got).toEqual(['JOINED tea 5', 'JOINED tea 5', 'MSG tea 6\nsix']);
  });
});

describe('limits', () => {
  it('hold the rooms of a connection', () => {
    start({ joined: 2 });
    for (const room of ['a', 'b', 'c', 'a']) say(ann, `JOIN ${room}`);
    say(ann, 'LEAVE a');
    say(ann, 'JOIN c');
    expect(ann.got.map((text) => text.slice(0, 18))).toEqual([
      'JOINED a 0',
      'JOINED b 0',
      'ERR too-many-rooms',
      'JOINED a 0',
      'JOINED c 0',
    ]);
  });

  it('hold the rooms of the node', () => {
    start({ rooms: 1 });
    say(ann, 'PUB a\nx');
    say(ann, 'PUB b\nx');
    say(ann, 'JOIN b');
    say(ann, 'JOIN a');
    expect(ann.got.map((text) => text.slice(0, 15))).toEqual([
      'ERR server-full',
      'ERR server-full',
      'JOINED a 1',
    ]);
  });

  it('hold the patience with bad requests', () => {
    start({ errors: 3 });
    for (const text of ['x', 'JOIN good', 'JOIN b d', 'PUB']) {
      expect(ann.closed).toBe(null);
      say(ann, text);
    }
    expect(ann.closed).toBe(1008);
    expect(ann.got.map((text) => text.split(' ', 2).join(' '))).toEqual([
      'ERR bad-request',
      'JOINED good',
      'ERR bad-request',
      'ERR bad-request',
    ]);
  });
});
