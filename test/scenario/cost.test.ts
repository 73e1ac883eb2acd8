import { describe, expect, test } from 'vitest';
import type { OsLimits } from '../../src/base/limits.ts';
import { costOf, describePlan } from '../../src/scenario/cost.ts';
import { preflight } from '../../src/scenario/preflight.ts';
import { LIMITS, planOf } from './fixtures.ts';

const MB = 2 ** 20;
const GB = 2 ** 30;

describe('what a phase takes', () => {
  const cost = (text: string) => {
    const plan = planOf(text);
    return costOf(plan.phases[0], plan.workers, LIMITS);
  };

  test('with the bundled server', () => {
    expect(cost('phases: [{clients: 50000, connectRate: 1000, rate: 2, duration: 30s, drain: 5s}]')).toEqual({
      hosts: 3,
      workers: 3,
      descriptors: 100_000,
      memoryBytes: 50_000 * 60 * 1024,
      messagesPerS: 100_000,
      messages: 3_000_000,
      typicalMs: 2000 + 50_000 + 30_000 + 5000,
      longestMs: 2000 + 50_000 + 30_000 + 5000,
    });
  });

  test('with a target, the server’s part is elsewhere', () => {
    expect(cost('phases: [{clients: 1000, target: "ws://h"}]')).toMatchObject({
      hosts: 1,
      descriptors: 1000,
      memoryBytes: 1000 * 40 * 1024,
    });
  });

  test('herds take their time', () => {
    const without = cost('phases: [{}]');
    const herds = cost(
      'phases: [{herds: [{trigger: drop, hold: 2s, observe: 20s}, {trigger: kill, hold: 2s, observe: 5s}]}]',
    );
    expect(herds.typicalMs - without.typicalMs).toBe(7000 + 5000);
    expect(herds.longestMs - without.longestMs).toBe(25_000);
  });

  test('the ladder takes less than 75 s even if nobody returns', () => {
    const text =
      'phases: [{ceiling: true, herds: [{trigger: drop, hold: 2s, observe: 20s}, {trigger: kill, hold: 2s, observe: 20s}]}]';
    expect(cost(text).longestMs).toBeLessThan(75_000);
  });
});

test('a plan is described', () => {
  const plan = planOf(
    'seed: 5\nphases: [{name: a, ceiling: true, herds: [{trigger: drop, share: 0.5}]}, {name: b, target: "ws://h/", clients: 1, rate: 0}]',
    { workers: 1 },
  );
  expect(describePlan(plan, LIMITS)).toEqual([
    'a: 1,000 clients connect to one node of the bundled server at 500/s; search for the ceiling; hold for 10.0 s at 1/s each (128 bytes, binary, constant); herd drop 50.0 %, watched for 60.0 s at most; come back by full-jitter',
    '  1 host process with 1 worker; 2,000 descriptors, half of them in the server; 1,000 messages/s, 10,000 in all; about 58.6 MB; about 44.5 s, 89.5 s at most; more where the search finds a ceiling',
    'b: 1 client connects to ws://h/ at 500/s; hold for 10.0 s at 0/s each (128 bytes, binary, constant); come back by full-jitter',
    '  1 host process with 1 worker; 1 descriptor; 0 messages/s, 0 in all; about 40.0 KB; about 17.0 s',
    '2 phases, about 61.5 s, seed 5; memory is assumed to be 40.0 KB a connection here and 20.0 KB in the bundled server',
  ]);
});

describe('what stands in the way', () => {
  const notices = (text: string, limits: Partial<OsLimits> = {}, freeBytes = 64 * GB) =>
    preflight(planOf(text), { ...LIMITS, ...limits }, freeBytes);
  const part = (text: string) => expect.stringContaining(text);

  test('nothing', () => {
    expect(notices('phases: [{}]')).toEqual([]);
  });

  const rows: [
    sentence: string,
    text: string,
    limits: Partial<OsLimits>,
    freeBytes: number,
    expected: object[],
  ][] = [
    [
      'the bundled server holds no more connections than descriptors',
      'phases: [{clients: 20001}]',
      {},
      64 * GB,
      [
        {
          level: 'warning',
          message: part(
            'can hold 20,000 of 20,001 clients; raise its limit of open files with `ulimit -n 20201`',
          ),
        },
      ],
    ],
    ['a target may hold more', 'phases: [{clients: 20001, target: "ws://h"}]', {}, 64 * GB, []],
    [
      'a target is reached from one address',
      'phases: [{clients: 28233, target: "ws://h"}]',
      {},
      64 * GB,
      [
        {
          level: 'error',
          message: part(
            '28,233 clients need a port each, but from one address to this target there are 28,232',
          ),
        },
      ],
    ],
    ['as many as there are ports', 'phases: [{clients: 28232, target: "ws://h"}]', {}, 64 * GB, []],
    [
      'a search finds that out',
      'phases: [{clients: 28233, target: "ws://h", ceiling: true}]',
      {},
      64 * GB,
      [{ level: 'warning' }],
    ],
    [
      'ports that are not told count as the default',
      'phases: [{clients: 28233, target: "ws://h"}]',
      { ephemeralPorts: null },
      64 * GB,
      [{ level: 'error' }],
    ],
    [
      'the machine has so many descriptors',
      'phases: [{clients: 600}]',
      { fileMax: 1000 },
      64 * GB,
      [{ level: 'error', message: part('1,200 descriptors are needed, but the machine has 1,000') }],
    ],
    [
      'memory is short',
      'phases: [{clients: 1000}]',
      {},
      64 * MB,
      [
        {
          level: 'warning',
          message: part('about 58.6 MB of memory are needed, 91.6 % of the 64.0 MB that are free'),
        },
      ],
    ],
    [
      'memory is shorter than assumed',
      'phases: [{clients: 1000}]',
      {},
      32 * MB,
      [{ level: 'warning', message: part('183 %') }],
    ],
    [
      'memory is far too short',
      'phases: [{clients: 1000}]',
      {},
      29 * MB,
      [{ level: 'error', message: part('202 %') }],
    ],
  ];
  test.each(rows)('%s', (_sentence, text, limits, freeBytes, expected) => {
    const found = notices(text, limits, freeBytes);
    expect(found).toHaveLength(expected.length);
    expect(found).toMatchObject(expected);
  });

  test.skipIf(process.platform !== 'linux')('loopback has addresses enough', () => {
    expect(notices('phases: [{clients: 100000, target: "ws://127.0.0.1:8080"}]')).toEqual([]);
  });

  test('each phase is named', () => {
    const found = notices('phases: [{name: a}, {name: b, clients: 30000}]');
    expect(found.map(({ message }) => message.slice(0, 2))).toEqual(['b:']);
  });
});
