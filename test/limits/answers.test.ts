import { describe, expect, test } from 'vitest';
import { RESERVED_DESCRIPTORS } from '../../src/base/limits.ts';
import { answersInWords, answersOf, type Bound } from '../../src/limits/answers.ts';
import { GENERATOR_BYTES, PROCESS_BYTES, SERVER_BYTES, THREADS_PER_PROCESS } from '../../src/limits/costs.ts';
import { linuxReadings } from '../../src/limits/linux.ts';
import { macReadings } from '../../src/limits/macos.ts';
import type { Readings } from '../../src/limits/readings.ts';
import { LIMITS, type LimitKey, type Question } from '../../src/limits/table.ts';
import { readings } from '../support/readings.ts';
import { CONTAINER_V2, DEBIAN_ROOT, MAC, reader } from './machines.ts';

const GB = 1024 ** 3;

const answerOf = (machine: Readings, question: Question): [Bound | null, Bound | null] => {
  const { first, second } = answersOf(machine).find((answer) => answer.question === question)!;
  return [first, second];
};

const PER_PROCESS = 20_000 - RESERVED_DESCRIPTORS;

describe('what a limit allows', () => {
  test.each<[string, LimitKey, Question, Parameters<typeof readings>[0], number | null | undefined]>([
    ['open files are some less than there are', 'openFiles', 'acceptInOne', {}, PER_PROCESS],
    ['one process for each core has so many more', 'openFiles', 'acceptInAll', {}, 2 * PER_PROCESS],
    [
      'a quota counts in place of cores',
      'openFiles',
      'acceptInAll',
      { cpu: { cores: 8, quotaCores: 3.5 } },
      3 * PER_PROCESS,
    ],
    [
      'a process that is given less than a core is one nevertheless',
      'openFiles',
      'acceptInAll',
      { cpu: { cores: 8, quotaCores: 0.25 } },
      PER_PROCESS,
    ],
    ['the generator takes processes as it needs them', 'openFiles', 'openInAll', {}, undefined],
    [
      'a descriptor of the machine is one end',
      'fileTable',
      'openInAll',
      { limits: { fileMax: 50_000 }, filesInUse: 1000 },
      49_000,
    ],
    [
      'two where both ends are here',
      'fileTable',
      'bothEnds',
      { limits: { fileMax: 50_000 }, filesInUse: 999 },
      24_500,
    ],
    ['they are not held against root', 'fileTable', 'openInAll', { rights: { isAboveFileMax: true } }, null],
    [
      'nobody knows of them where they are not told',
      'fileTable',
      'openInAll',
      { limits: { fileMax: null } },
      null,
    ],
    ['ports are for one address', 'ports', 'openToOne', {}, 28_232],
    ['those that are kept are not given out', 'ports', 'openToOne', { reservedPorts: 32 }, 28_200],
    ['other addresses have ports of their own', 'ports', 'openInAll', {}, undefined],
    ['a server needs none', 'ports', 'acceptInAll', {}, undefined],
    [
      'memory is for one end of each, and for the processes that hold them',
      'memory',
      'openInAll',
      {},
      Math.floor((4 * GB) / (GENERATOR_BYTES + PROCESS_BYTES / PER_PROCESS)),
    ],
    [
      'for a server, less its one process',
      'memory',
      'acceptInOne',
      {},
      Math.floor((4 * GB - PROCESS_BYTES) / SERVER_BYTES),
    ],
    [
      'memory that is not there allows nobody',
      'memory',
      'acceptInOne',
      { memory: { availableBytes: 1000 } },
      0,
    ],
    [
      'threads are for processes',
      'tasks',
      'openInAll',
      { tasks: [{ name: 'pids.max', counts: 'threads', max: 100, used: 100 - 3 * THREADS_PER_PROCESS - 1 }] },
      3 * PER_PROCESS,
    ],
    [
      'where processes are counted, each is one',
      'tasks',
      'openInAll',
      { tasks: [{ name: 'kern.maxproc', counts: 'processes', max: 100, used: 90 }] },
      10 * PER_PROCESS,
    ],
    [
      'a firewall keeps both ends as one',
      'conntrack',
      'bothEnds',
      { conntrack: { count: 10, max: 1010 } },
      1000,
    ],
    [
      'one that keeps nothing allows anything',
      'conntrack',
      'openInAll',
      { conntrack: { count: 0, max: 1010 } },
      null,
    ],
    [
      'quiet ends take a tenth of a page',
      'tcpBuffers',
      'openInAll',
      { tcpPages: { max: 1100, used: 100 } },
      10_000,
    ],
    ['connects that wait are none of their number', 'acceptQueue', 'acceptInOne', {}, undefined],
  ])('%s', (_sentence, limit, question, more, expected) => {
    expect(LIMITS[limit].allows(readings(more))[question]).toBe(expected);
  });
});

describe('what is met first, and then', () => {
  test('to one address, the ports; then what limits all', () => {
    expect(answerOf(readings(), 'openToOne')).toEqual([
      { limit: 'ports', connections: 28_232 },
      { limit: 'memory', connections: 491_461 },
    ]);
  });

  test('is by the least that is allowed, whatever the order of the table', () => {
    const machine = readings({ limits: { nofileSoft: 1e6, fileMax: 3e6 }, memory: { availableBytes: GB } });
    expect(answerOf(machine, 'acceptInOne').map((bound) => bound?.limit)).toEqual(['memory', 'openFiles']);
    expect(answerOf(machine, 'openInAll').map((bound) => bound?.limit)).toEqual(['memory', 'fileTable']);
  });

  test('of Debian with a firewall', () => {
    const machine = linuxReadings(reader(DEBIAN_ROOT), { cores: 4, isInPod: false, mayWrite: () => true });
    expect(answerOf(machine, 'openToOne')[0]).toEqual({ limit: 'ports', connections: 28_212 });
    expect(answerOf(machine, 'openInAll').map((bound) => bound?.limit)).toEqual(['conntrack', 'memory']);
    expect(answerOf(machine, 'acceptInOne')).toEqual([
      { limit: 'conntrack', connections: 262_107 },
      { limit: 'openFiles', connections: 1_048_576 - RESERVED_DESCRIPTORS },
    ]);
  });

  test('of a small container, its memory', () => {
    const machine = linuxReadings(reader(CONTAINER_V2), { cores: 4, isInPod: false, mayWrite: () => false });
    const connections = Math.floor((436_870_912 - PROCESS_BYTES) / SERVER_BYTES);
    expect(answerOf(machine, 'acceptInOne')).toEqual([
      { limit: 'memory', connections },
      { limit: 'openFiles', connections: 1_048_576 - RESERVED_DESCRIPTORS },
    ]);
    // Half a core is one process.
    expect(answerOf(machine, 'acceptInAll')[0]).toEqual({ limit: 'memory', connections });
  });

  test('of a Mac', () => {
    const machine = macReadings(MAC, { cores: 8, isRoot: false });
    expect(answerOf(machine, 'openToOne')[0]).toEqual({ limit: 'ports', connections: 16_384 });
    expect(answerOf(machine, 'acceptInOne')[0]).toEqual({
      limit: 'openFiles',
      connections: 122_880 - RESERVED_DESCRIPTORS,
    });
  });

  test('is not known where nothing is: the default is taken for granted, and memory is always told', () => {
    const machine = linuxReadings(() => null, { cores: 4, isInPod: false, mayWrite: () => true });
    expect(answerOf(machine, 'acceptInOne')[0]).toEqual({ limit: 'openFiles', connections: 824 });
  });
});

test('the answers in two sentences', () => {
  const machine = readings();
  expect(answersInWords(answersOf(machine), machine)).toEqual([
    'This machine can open 28,232 connections to one address and port (ports), and 491,461 in all (memory).',
    'It can accept 19,800 in one process (open files), and 39,600 in 2, one on each core (open files).',
  ]);
  const small = readings({ cpu: { cores: 8, quotaCores: 1.5 } });
  expect(answersInWords(answersOf(small), small)[1]).toBe(
    'It can accept 19,800 in one process (open files); it has no core for a second one.',
  );
});

test.each([
  [0, '1, 3, 7, 15 s'],
  [4, '1, 2, 3, 4, 5, 7, 11 s'],
  [null, '1, 3, 7, 15 s'],
])('with %s linear timeouts, a SYN comes again after %s', (synLinearTimeouts, seconds) => {
  expect(LIMITS.synQueue.means(readings({ synLinearTimeouts }))).toContain(`comes again after ${seconds}`);
});
