import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { createLocalBroker } from '../../src/server/broker/local.ts';
import { type Counts, createCounts } from '../../src/server/counts.ts';
import { DEFAULT_NODE_OPTIONS, type RoomLimits } from '../../src/server/options.ts';
import { messageStart } from '../../src/server/room-frames.ts';
import { createRooms, type Rooms } from '../../src/server/rooms.ts';
import type { Peer } from '../../src/server/service.ts';

/** The epoch in JOINED and MSG, and what follows; most tests do not look at it. */
const EPOCH = /^((?:JOINED|MSG) \S+ \d+) 1000(?: \d+)?(?=\n|$)/;

interface ScriptedPeer extends Peer {
  isFull: boolean;
  /** What it was sent, binary messages with a mark. */
  got: string[];
  closed: number | null;
}

function createPeer(): ScriptedPeer {
  return {
    isFull: false,
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
    close(code) {
      this.closed = code;
    },
    reset() {},
    silence() {},
    truncate() {},
  };
}

const CLOCK: Clock = { nowMs: () => 0, wallTime: () => new Date(1000) };

let counts: Counts;
let rooms: Rooms['service'];
let ann: ScriptedPeer;
let bob: ScriptedPeer;

function start(limits: Partial<RoomLimits> = {}): void {
  counts = createCounts();
  const all = { ...DEFAULT_NODE_OPTIONS.rooms, ...limits };
  const created = createRooms(all, counts, () => broker);
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

  it('passes over a member that does not read, and counts it', () => {
    say(ann, 'JOIN tea');
    say(bob, 'JOIN tea');
    bob.isFull = true;
    say(ann, 'PUB tea\none');
    bob.isFull = false;
    say(ann, 'PUB tea\ntwo');
    expect(bob.got).toEqual(['JOINED tea 0', 'MSG tea 2\ntwo']);
    expect(ann.got).toEqual(['JOINED tea 0', 'MSG tea 1\none', 'MSG tea 2\ntwo']);
    expect(counts.dropped).toBe(1);
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
