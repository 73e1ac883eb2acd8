import { describe, expect, test } from 'vitest';
import { RESERVED_DESCRIPTORS } from '../../src/base/limits.ts';
import { clearest, nameLimiter, type StepEvidence } from '../../src/collect/limiter.ts';
import type { Moved, ProcessMoves } from '../../src/collect/witness/moved.ts';
import { serverSample } from '../support/server-sample.ts';

/** A level that asked for 1,000, of which 900 were connected, and nothing says why. */
const evidence = (said: Partial<StepEvidence> = {}): StepEvidence => ({
  requested: 1000,
  established: 900,
  failed: {},
  closed: 0,
  connectP99Ms: 5,
  eluMax: 0.2,
  server: [],
  messages: null,
  moved: null,
  acceptedPerS: null,
  closes: {},
  ...said,
});

const withDescriptors = (openDescriptors: number | null, maxDescriptors: number | null) => [
  serverSample({ openDescriptors: 10, maxDescriptors: 1_000_000 }),
  serverSample({ openDescriptors, maxDescriptors }),
];

test.for<[string, Partial<StepEvidence>, string, string]>([
  ['EMFILE', { failed: { EMFILE: 100 } }, 'file descriptors', 'generator'],
  ['ENFILE', { failed: { ENFILE: 1 } }, 'file descriptors', 'generator'],
  ['EADDRNOTAVAIL', { failed: { EADDRNOTAVAIL: 100 } }, 'ephemeral ports', 'generator'],
  ['EADDRINUSE', { failed: { EADDRINUSE: 100 } }, 'ephemeral ports', 'generator'],
  ['a busy loop of ours', { eluMax: 0.91 }, 'processor', 'generator'],
  ['a server out of descriptors', { server: withDescriptors(1023, 1024) }, 'file descriptors', 'server'],
  [
    'a server that keeps its last descriptors and answers 503',
    { server: withDescriptors(1024 - RESERVED_DESCRIPTORS, 1024), failed: { HTTP_503: 100 } },
    'file descriptors',
    'server',
  ],
  ['HTTP 503', { failed: { HTTP_503: 100 } }, 'admission limit', 'server'],
  ['HTTP 429', { failed: { HTTP_429: 100 } }, 'admission limit', 'server'],
  ['timeouts', { failed: { TIMEOUT: 100 } }, 'accept rate', 'server'],
  ['refused connects', { failed: { ECONNREFUSED: 100 } }, 'accept capacity', 'server'],
  ['reset connects', { failed: { ECONNRESET: 100 } }, 'accept capacity', 'server'],
  ['closes', { closed: 100 }, 'connections kept open', 'server'],
  ['slow connects', { established: 1000, connectP99Ms: 1500 }, 'accept rate', 'server'],
  ['nothing', {}, 'unknown', 'unknown'],
  ['a loop that is just not too busy', { eluMax: 0.9 }, 'unknown', 'unknown'],
  ['connects that are just not too slow', { connectP99Ms: 1000 }, 'unknown', 'unknown'],
  ['a server with descriptors to spare', { server: withDescriptors(500, 1024) }, 'unknown', 'unknown'],
  ['a server that does not tell', { server: withDescriptors(null, null) }, 'unknown', 'unknown'],
  ['no connects at all', { connectP99Ms: null }, 'unknown', 'unknown'],
])('%s: it is $2, side $3', ([, said, resource, side]) => {
  expect(nameLimiter(evidence(said))).toMatchObject({ resource, side });
});

/** A healthy process of the server on this machine; a test says what is wrong with it. */
const processMoves = (said: Partial<ProcessMoves> = {}): ProcessMoves => ({
  ...{ part: 'node', role: 'target', pid: 4242, program: 'chatd', isMain: true, isAlive: true },
  ...{ openDescriptors: 920, maxDescriptors: 4096, rssBytes: 150 * 2 ** 20, heapLimitBytes: null },
  ...{ groupLimitBytes: null, oomKills: 0, pidsRefused: 0, ranRatio: 0.2, waitedRatio: 0 },
  ...said,
});

/** A machine on which nothing moved that matters; a test says what did. */
const moved = (said: Partial<Moved> = {}): Moved => ({
  ...{ server: 'here', counters: new Map(), isGone: false, processes: [processMoves()] },
  ...{ conntrack: { used: 10, max: 1000 }, tcpPages: { used: 10, max: 1000 } },
  queue: { longest: 3, backlog: 511, somaxconn: 4096, drops: 0 },
  ...said,
});
const withProcess = (said: Partial<ProcessMoves>, more: Partial<Moved> = {}) =>
  moved({ processes: [processMoves({ pid: 1 }), processMoves(said)], ...more });
const queue = (said: Partial<Moved['queue']>, more: Partial<Moved> = {}) =>
  moved({ queue: { ...moved().queue, ...said }, ...more });

const slow = { connectP99Ms: 1100, established: 1000 };
const oneLeft = { openDescriptors: 4095 };
const overflows = (count: number) => new Map([['TcpExt.ListenOverflows', count]] as const);

describe('of what moved', () => {
  test.for<[string, Partial<StepEvidence>, string, string]>([
    [
      'a target out of descriptors',
      { failed: { ECONNRESET: 9 }, moved: withProcess(oneLeft) },
      'file descriptors',
      'server',
    ],
    [
      'a balancer out of descriptors',
      { failed: { ECONNRESET: 9 }, moved: withProcess({ ...oneLeft, part: 'balancer', role: 'balancer' }) },
      'file descriptors',
      'balancer',
    ],
    [
      'a process that the system killed for its memory',
      { failed: { ECONNREFUSED: 9 }, moved: withProcess({ isAlive: false, oomKills: 1 }) },
      'memory',
      'server',
    ],
    [
      'one that died, when a kill was counted for the machine and its group does not tell',
      {
        failed: { ECONNREFUSED: 9 },
        moved: withProcess({ isAlive: false, oomKills: null }, { counters: new Map([['oom_kill', 1]]) }),
      },
      'memory',
      'server',
    ],
    [
      'one that died of its heap',
      { failed: { ECONNREFUSED: 9 }, moved: withProcess({ isAlive: false, heapLimitBytes: 128 * 2 ** 20 }) },
      'memory',
      'server',
    ],
    [
      'one that died and had heap to spare',
      { failed: { ECONNREFUSED: 9 }, moved: withProcess({ isAlive: false, heapLimitBytes: 2 ** 31 }) },
      'process',
      'server',
    ],
    [
      'a group that may have no more processes',
      { moved: withProcess({ pidsRefused: 3 }) },
      'processes',
      'server',
    ],
    ['a full processor', { ...slow, moved: withProcess({ ranRatio: 0.97 }) }, 'processor', 'server'],
    [
      'a full processor of the broker',
      { ...slow, moved: withProcess({ ranRatio: 0.97, part: 'broker', role: 'redis' }) },
      'processor',
      'broker',
    ],
    [
      'one that waits for a core',
      { ...slow, moved: withProcess({ ranRatio: 0.3, waitedRatio: 0.65 }) },
      'processor',
      'server',
    ],
    [
      'an accept queue that drops',
      { ...slow, moved: queue({ backlog: 8, drops: 40 }) },
      'accept queue',
      'server',
    ],
    [
      'one that is as long as the kernel allows',
      { ...slow, moved: queue({ backlog: 4096, drops: 40 }) },
      'accept queue',
      'kernel',
    ],
    [
      'one in use where the kernel’s counter moved, and nobody tells whose',
      { ...slow, moved: queue({ longest: 9, backlog: null, drops: null }, { counters: overflows(40) }) },
      'accept queue',
      'server',
    ],
    [
      'a table of connections that is full',
      {
        failed: { TIMEOUT: 9 },
        moved: moved({ conntrack: { used: 1000, max: 1000 }, counters: new Map([['conntrack.drop', 50]]) }),
      },
      'connection tracking',
      'kernel',
    ],
    [
      'the same table before a server elsewhere',
      {
        failed: { TIMEOUT: 9 },
        moved: moved({
          server: 'elsewhere',
          conntrack: { used: 1000, max: 1000 },
          counters: new Map([['conntrack.drop', 50]]),
        }),
      },
      'connection tracking',
      'generator',
    ],
    [
      'TCP without memory',
      {
        failed: { ECONNRESET: 9 },
        moved: moved({
          tcpPages: { used: 1001, max: 1000 },
          counters: new Map([['TcpExt.TCPAbortOnMemory', 5]]),
        }),
      },
      'TCP memory',
      'kernel',
    ],
    [
      'a queue of handshakes that is full',
      { failed: { TIMEOUT: 9 }, moved: moved({ counters: new Map([['TcpExt.TCPReqQFullDrop', 30]]) }) },
      'handshake queue',
      'kernel',
    ],
    [
      'closes that say to try again later',
      { closed: 9, closes: { 1013: 9 }, moved: moved() },
      'admission limit',
      'server',
    ],
  ])('%s: it is $2, side $3', ([, said, resource, side]) => {
    expect(nameLimiter(evidence(said))).toMatchObject({ resource, side });
  });

  test.for<[string, Partial<StepEvidence>, string]>([
    [
      'another listener’s queue',
      { failed: { TIMEOUT: 9 }, moved: moved({ counters: overflows(900) }) },
      'accept rate',
    ],
    [
      'a counter of the machine, when nothing waited here',
      { failed: { TIMEOUT: 9 }, moved: queue({ longest: 0, drops: null }, { counters: overflows(900) }) },
      'accept rate',
    ],
    [
      'a helper process that has ended',
      { failed: { HTTP_503: 9 }, moved: withProcess({ isAlive: false, isMain: false }) },
      'admission limit',
    ],
    [
      'a full processor, when connects are refused',
      { failed: { ECONNRESET: 9 }, moved: withProcess({ ranRatio: 0.99 }) },
      'accept capacity',
    ],
    [
      'drops of the queue, when connects are refused',
      { failed: { HTTP_503: 9 }, moved: queue({ drops: 3 }) },
      'admission limit',
    ],
    ['a processor that is nearly full', { ...slow, moved: withProcess({ ranRatio: 0.89 }) }, 'accept rate'],
    [
      'descriptors of which some are left',
      { failed: { ECONNRESET: 9 }, moved: withProcess({ openDescriptors: 4000 }) },
      'accept capacity',
    ],
    [
      'a table of connections with room',
      { failed: { TIMEOUT: 9 }, moved: moved({ counters: new Map([['conntrack.drop', 1]]) }) },
      'accept rate',
    ],
    [
      'a few handshakes of others that were dropped',
      { failed: { TIMEOUT: 9 }, moved: moved({ counters: new Map([['TcpExt.TCPReqQFullDrop', 2]]) }) },
      'accept rate',
    ],
  ])('%s is not blamed', ([, said, resource]) => {
    expect(nameLimiter(evidence(said))).toMatchObject({ resource, side: 'server' });
  });

  test('a kill that was counted for the machine, and not for its group, was another’s', () => {
    const counters = new Map([['oom_kill', 1]] as const);
    const died = (said: Partial<ProcessMoves>) =>
      nameLimiter(evidence({ moved: withProcess({ isAlive: false, oomKills: 0, ...said }, { counters }) }));
    expect(died({}).resource).toBe('process');
    expect(died({ heapLimitBytes: 128 * 2 ** 20 }).evidence).toContain('its heap may have 128 MB');
  });

  test('who worked hardest is named', () => {
    const processes = [
      processMoves({ role: 'node-0', ranRatio: 0.92 }),
      processMoves({ role: 'redis', part: 'broker', ranRatio: 0.99 }),
    ];
    expect(nameLimiter(evidence({ ...slow, moved: moved({ processes }) })).evidence).toContain('redis');
  });

  test('a full accept queue before a processor that only waited is the queue’s', () => {
    const waiting = [processMoves({ ranRatio: 0.2, waitedRatio: 0.75 })];
    const said = { ...slow, moved: queue({ drops: 40 }, { processes: waiting }) };
    expect(nameLimiter(evidence(said)).resource).toBe('accept queue');
  });
});

describe('of a search', () => {
  const limiter = (resource: string) => ({ resource, side: 'server', evidence: '' }) as const;
  test.for<[string[], string | null]>([
    [[], null],
    [['admission limit', 'processor'], 'admission limit'],
    [['accept rate', 'accept rate', 'processor'], 'processor'],
    [['unknown', 'accept queue'], 'accept queue'],
    [['accept rate', 'admission limit'], 'accept rate'],
  ])('whose levels failed by %j it is %s', ([resources, named]) => {
    expect(clearest(resources.map(limiter))?.resource ?? null).toBe(named);
  });
});

describe('of several causes', () => {
  test('one of ours is named before any of the server’s, since it would pass for one', () => {
    const everything = {
      failed: { HTTP_503: 900, TIMEOUT: 50, EMFILE: 1 },
      closed: 30,
      server: withDescriptors(1024, 1024),
    };
    expect(nameLimiter(evidence(everything)).side).toBe('generator');
    expect(nameLimiter(evidence({ ...everything, failed: { HTTP_503: 900 }, eluMax: 0.95 })).side).toBe(
      'generator',
    );
  });

  test('a refusal is named before a timeout, and a timeout before a close', () => {
    expect(nameLimiter(evidence({ failed: { TIMEOUT: 9, HTTP_503: 1 } })).resource).toMatch('admission');
    expect(nameLimiter(evidence({ failed: { TIMEOUT: 1 }, closed: 9 })).resource).toBe('accept rate');
  });
});

describe('the evidence', () => {
  test('has the figures of each cause, and how many were connected', () => {
    const { evidence: text } = nameLimiter(evidence({ failed: { HTTP_503: 1234, ECONNRESET: 2 } }));
    expect(text).toContain('HTTP_503 1,234 times');
    expect(text).toContain('ECONNRESET 2 times');
    expect(text).toContain('900 of 1,000 were connected');
  });

  test('names the process that ran out of descriptors, not another', () => {
    expect(nameLimiter(evidence({ server: withDescriptors(1020, 1024) })).evidence).toContain(
      '1,020 of 1,024',
    );
  });

  test('says how busy the loop and how slow the connects were', () => {
    expect(nameLimiter(evidence({ eluMax: 0.987 })).evidence).toContain('98.7 %');
    expect(nameLimiter(evidence({ connectP99Ms: 1500 })).evidence).toContain('1.50 s');
  });

  test('of a server elsewhere says that it is inferred, and what was not answered', () => {
    const counters = new Map([['TcpExt.TCPSynRetrans', 1234]] as const);
    const said = { failed: { TIMEOUT: 9 }, moved: moved({ server: 'elsewhere', processes: [], counters }) };
    const { evidence: text } = nameLimiter(evidence(said));
    expect(text).toContain('1,234 connects were not answered');
    expect(text).toContain('inferred from what its clients saw');
    expect(nameLimiter(evidence({ failed: { TIMEOUT: 9 }, moved: moved() })).evidence).not.toContain(
      'inferred',
    );
  });

  test('of memory tells what was held and what may be', () => {
    const killed = { isAlive: false, oomKills: 1, groupLimitBytes: 160 * 2 ** 20 };
    expect(nameLimiter(evidence({ moved: withProcess(killed) })).evidence).toBe(
      'target (chatd, process 4242) was killed for want of memory when it held 150 MB; its control group may have 160 MB',
    );
  });

  test('of an accept queue has its drops, its length and the pace', () => {
    const said = {
      ...slow,
      acceptedPerS: 123.4,
      moved: queue({ backlog: 8, drops: 40 }, { counters: overflows(41) }),
    };
    const { evidence: text } = nameLimiter(evidence(said));
    for (const part of ['dropped 40', 'rose by 41', 'holds 8', '123 connects a second', '1.10 s at p99']) {
      expect(text).toContain(part);
    }
  });

  test('of nothing says so: the time was over', () => {
    expect(nameLimiter(evidence()).evidence).toBe('900 of 1,000 were connected when the time was over');
  });
});
