import { describe, expect, test } from 'vitest';
import type { OsLimits } from '../../src/base/limits.ts';
import type { Readings } from '../../src/limits/readings.ts';
import { costOf, describePlan } from '../../src/scenario/cost.ts';
import { preflight } from '../../src/scenario/preflight.ts';
import { readings } from '../support/readings.ts';
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
      servers: 1,
      descriptors: 100_000,
      serverDescriptors: 50_000,
      memoryBytes: 50_000 * 15 * 1024 + 4 * 20 * MB,
      messagesPerS: 100_000,
      deliveriesPerS: 100_000,
      messages: 3_000_000,
      typicalMs: 2000 + 50_000 + 30_000 + 5000,
      longestMs: 2000 + 50_000 + 30_000 + 5000,
    });
  });

  test('with a target, the server’s part is elsewhere', () => {
    expect(cost('phases: [{clients: 1000, target: "ws://h"}]')).toMatchObject({
      hosts: 1,
      servers: 0,
      descriptors: 1000,
      memoryBytes: 1000 * 7.5 * 1024 + 20 * MB,
    });
  });

  test('a soak takes its load for each cycle, and the time to settle', () => {
    const text = 'clients: 1000, connectRate: 500, rate: 2, duration: 3s, drain: 5s, soak: 12';
    expect(cost(`phases: [{${text}}]`)).toMatchObject({
      messages: 12 * 6000,
      typicalMs: 2000 + 12 * (2000 + 3000) + 13 * 500 + 5000,
      longestMs: 2000 + 12 * (2000 + 3000 + 5000) + 13 * 5000,
    });
  });

  test('with a cluster, each client is in the balancer twice', () => {
    const text = 'topology: cluster, nodes: 3, clients: 1000, connectRate: 500, duration: 10s, drain: 5s';
    expect(cost(`phases: [{${text}}]`)).toMatchObject({
      hosts: 1,
      servers: 5,
      descriptors: 4000,
      serverDescriptors: 3000,
      memoryBytes: 1000 * 30 * 1024 + 6 * 20 * MB,
      typicalMs: 4000 + 2000 + 10_000 + 5000,
    });
    expect(cost(`phases: [{${text}, broker: redis}]`).servers).toBe(5);
    expect(cost(`phases: [{${text}, broker: "redis://h"}]`).servers).toBe(4);
  });

  test('with nodes alone, each client is in one of them, and nothing else is there', () => {
    const text = 'topology: cluster, nodes: 3, clients: 1000, balancer: none';
    expect(cost(`phases: [{${text}, broker: none}]`)).toMatchObject({
      servers: 3,
      descriptors: 2000,
      serverDescriptors: 1000,
      memoryBytes: 1000 * 15 * 1024 + 4 * 20 * MB,
    });
    expect(cost(`phases: [{${text}}]`).servers).toBe(4);
    expect(cost(`phases: [{${text}, broker: redis}]`).servers).toBe(4);
  });

  test('in many processes, each of them has a worker', () => {
    const plan = planOf('workers: 2\nphases: [{clients: 1000000, target: "ws://h"}]');
    expect(costOf(plan.phases[0], plan.workers, LIMITS)).toMatchObject({ hosts: 50, workers: 50 });
    const more = planOf('workers: 60\nphases: [{clients: 1000000, target: "ws://h"}]');
    expect(costOf(more.phases[0], more.workers, LIMITS)).toMatchObject({ hosts: 50, workers: 100 });
  });

  test('a broadcast is one message for each room and one delivery for each member', () => {
    expect(
      cost('phases: [{mode: broadcast, clients: 400, rooms: 20, rate: 5, duration: 10s}]'),
    ).toMatchObject({
      messagesPerS: 100,
      messages: 1000,
      deliveriesPerS: 2000,
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
    [
      'seed: 5',
      'phases:',
      '  - {name: a, ceiling: true, herds: [{trigger: drop, share: 0.5}]}',
      '  - {name: b, target: "ws://h/", clients: 1, rate: 0}',
      '  - {name: c, topology: cluster, mode: broadcast, clients: 401, rooms: 20, rate: 5, broker: "redis://u:p@h"}',
      '  - {name: d, topology: cluster, nodes: 52, clients: 1000000, connectRate: 20000, rate: 0.02, balancer: none, broker: none}',
      '  - {name: e, topology: cluster, nodes: 1, balancer: none}',
      '  - {name: f, topology: cluster, balancer: nginx, routing: stateless, broker: none}',
    ].join('\n'),
    { workers: 1 },
  );
  expect(describePlan(plan, LIMITS)).toEqual([
    'a: 1,000 clients connect to one node of the bundled server at 500/s; search for the ceiling; hold for 10.0 s at 1/s each (128 bytes, binary, constant); herd drop 50.0 %, watched for 60.0 s at most; come back by full-jitter',
    '  1 host process with 1 worker; 2,000 descriptors, 1,000 of them in the server; 1,000 messages/s, 10,000 in all; about 54.6 MB; about 46.0 s, 91.0 s at most; more where the search finds a ceiling',
    'b: 1 client connects to ws://h/ at 500/s; hold for 10.0 s at 0/s each (128 bytes, binary, constant); come back by full-jitter',
    '  1 host process with 1 worker; 1 descriptor; 0 messages/s, 0 in all; about 20.0 MB; about 17.0 s',
    'c: 401 clients connect to 4 nodes of the bundled server (sticky, embedded balancer, Redis at redis://<redacted>@h) at 500/s; hold for 10.0 s at 5/s from one client in each of 20 rooms of 20 or 21 (128 bytes, binary, constant); come back by full-jitter',
    '  1 host process with 1 worker; 5 server processes; 1,604 descriptors, 1,203 of them in the server; 100 messages/s, 1,000 in all, 2,005 deliveries/s; about 132 MB; about 19.8 s',
    'd: 1,000,000 clients connect to 52 nodes of the bundled server (nothing between them) at 20,000/s; hold for 10.0 s at 0.02/s each (128 bytes, binary, constant); come back by full-jitter',
    '  50 host processes with 50 workers; 52 server processes; 2,000,000 descriptors, 1,000,000 of them in the server; 20,000 messages/s, 200,000 in all; about 16.3 GB; about 92.5 s',
    'e: 1,000 clients connect to one node of the bundled server (embedded broker) at 500/s; hold for 10.0 s at 1/s each (128 bytes, binary, constant); come back by full-jitter',
    '  1 host process with 1 worker; 2 server processes; 2,000 descriptors, 1,000 of them in the server; 1,000 messages/s, 10,000 in all; about 74.6 MB; about 19.5 s',
    'f: 1,000 clients connect to 4 nodes of the bundled server (stateless, nginx) at 500/s; hold for 10.0 s at 1/s each (128 bytes, binary, constant); come back by full-jitter',
    '  1 host process with 1 worker; 5 server processes; 4,000 descriptors, 3,000 of them in the server; 1,000 messages/s, 10,000 in all; about 149 MB; about 21.0 s',
    '6 phases, about 3 m 36 s, seed 5; memory is assumed to be 7.50 KB a connection here, 7.50 KB a descriptor in the bundled server, and 20.0 MB a process',
  ]);
});

test('one room is not said to be each of some', () => {
  const [line] = describePlan(planOf('phases: [{mode: broadcast, rate: 100}]'), LIMITS);
  expect(line).toContain('at 100/s from one client in one room of 1,000 (');
});

/** Root's, who may raise the limit of open files. */
const machine = (limits: Partial<OsLimits>, availableBytes: number, more: Partial<Readings> = {}) =>
  readings({
    limits: { ...LIMITS, ...limits },
    memory: { availableBytes },
    rights: { isRoot: true, mayRaiseOpenFiles: true, mayWriteSysctl: true },
    ...more,
  });

describe('what stands in the way', () => {
  const notices = (text: string, limits: Partial<OsLimits> = {}, freeBytes = 64 * GB) =>
    preflight(planOf(text), machine(limits, freeBytes));
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
    [
      'a balancer holds each client twice',
      'phases: [{topology: cluster, clients: 10001}]',
      {},
      64 * GB,
      [
        {
          level: 'warning',
          message: part(
            'can hold 10,000 of 10,001 clients; raise its limit of open files with `ulimit -n 20202`',
          ),
        },
      ],
    ],
    [
      'nginx has several workers, so that the nodes are full first',
      'phases: [{topology: cluster, balancer: nginx, nodes: 2, clients: 40001}]',
      {},
      64 * GB,
      [{ level: 'warning', message: part('is 2 nodes and can hold 40,000 of 40,001 clients') }],
    ],
    [
      'so are nodes without a balancer',
      'phases: [{topology: cluster, balancer: none, nodes: 2, clients: 40001}]',
      {},
      64 * GB,
      [{ level: 'warning', message: part('is 2 nodes and can hold 40,000 of 40,001 clients') }],
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
      67 * MB,
      [
        {
          level: 'warning',
          message: part('about 54.6 MB of memory are needed, 81.6 % of the 67.0 MB that are free'),
        },
      ],
    ],
    [
      'memory is shorter than assumed',
      'phases: [{clients: 1000}]',
      {},
      30 * MB,
      [{ level: 'warning', message: part('182 %') }],
    ],
    [
      'memory is far too short',
      'phases: [{clients: 1000}]',
      {},
      27 * MB,
      [{ level: 'error', message: part('202 %') }],
    ],
  ];
  test.each(rows)('%s', (_sentence, text, limits, freeBytes, expected) => {
    const found = notices(text, limits, freeBytes);
    expect(found).toHaveLength(expected.length);
    expect(found).toMatchObject(expected);
  });

  test.skipIf(process.platform !== 'linux')('loopback has addresses enough', () => {
    const text = 'phases: [{clients: 100000, target: "ws://127.0.0.1:8080"}]';
    expect(notices(text)).toEqual([]);
    expect(notices(text, { ephemeralPorts: [40_000, 40_999] })).toEqual([]);
  });

  test('parts that cannot be started are in the way before all else', () => {
    const found = preflight(planOf('phases: [{clients: 20001}]'), machine({}, 64 * GB), [
      'nginx is not installed',
    ]);
    expect(found).toEqual([
      { level: 'error', message: 'nginx is not installed' },
      { level: 'warning', message: expect.any(String) },
    ]);
  });

  test.each<[sentence: string, more: Partial<Readings>, message: string]>([
    [
      'threads are counted for each process',
      { tasks: [{ name: 'pids.max', counts: 'threads', max: 100, used: 75 }], container: 'docker' },
      'about 26 threads of tasks are needed, but 25 are left; raise it with `docker run --pids-limit -1 …`',
    ],
    [
      'a firewall keeps an entry for each connection',
      { conntrack: { count: 5, max: 1004 } },
      'about 1,000 entries of conntrack are needed, but 999 are left; raise it with `sysctl -w net.netfilter.nf_conntrack_max=2097152`',
    ],
    [
      'quiet ends take a tenth of a page each',
      { tcpPages: { max: 300, used: 101 } },
      'about 200 pages of tcp_mem are needed, but 199 are left; raise it with `sysctl -w net.ipv4.tcp_mem="600 900 1200"`',
    ],
  ])('%s', (_sentence, more, message) => {
    const plan = planOf('phases: [{clients: 1000}]');
    expect(preflight(plan, machine({}, 64 * GB, more))).toEqual([
      { level: 'warning', message: expect.stringContaining(message) },
    ]);
  });

  test('as much as is left is nothing in the way', () => {
    const more: Partial<Readings> = {
      tasks: [{ name: 'pids.max', counts: 'threads', max: 100, used: 74 }],
      conntrack: { count: 5, max: 1005 },
      tcpPages: { max: 300, used: 100 },
    };
    expect(preflight(planOf('phases: [{clients: 1000}]'), machine({}, 64 * GB, more))).toEqual([]);
  });

  test('what others have open is not to be had', () => {
    const found = preflight(
      planOf('phases: [{clients: 600}]'),
      machine({ fileMax: 2000 }, 64 * GB, { filesInUse: 801 }),
    );
    expect(found).toEqual([
      { level: 'error', message: part('1,200 descriptors are needed, but the machine has 1,199') },
    ]);
  });

  test('a control group has less memory than the machine', () => {
    const group = { maxBytes: 80 * MB, usedBytes: 50 * MB };
    const found = preflight(
      planOf('phases: [{clients: 1000}]'),
      readings({ limits: LIMITS, memory: { group } }),
    );
    expect(found).toEqual([{ level: 'warning', message: part('182 % of the 30.0 MB that are free') }]);
  });

  test('where the limit of open files stands, nothing says that it could be raised', () => {
    const rights = { isRoot: true, mayRaiseOpenFiles: false };
    const [{ message }] = preflight(
      planOf('phases: [{clients: 20001}]'),
      readings({ limits: LIMITS, rights }),
    );
    expect(message).toContain(
      'its limit of open files cannot be raised from here: ask for fewer clients, or for more nodes',
    );
  });

  test('ports that are kept for others are not counted', () => {
    const plan = planOf('phases: [{clients: 28232, target: "ws://h"}]');
    expect(preflight(plan, machine({}, 64 * GB, { reservedPorts: 1 }))).toEqual([
      { level: 'error', message: part('from one address to this target there are 28,231') },
    ]);
  });

  test('each phase is named', () => {
    const found = notices('phases: [{name: a}, {name: b, clients: 30000}]');
    expect(found.map(({ message }) => message.slice(0, 2))).toEqual(['b:']);
  });
});
