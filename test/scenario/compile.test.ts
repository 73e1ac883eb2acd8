import { describe, expect, test } from 'vitest';
import { planSchema } from '../../src/model/plan.ts';
import type { Overrides } from '../../src/scenario/compile.ts';
import { compile } from '../../src/scenario/compile.ts';
import { parseScenario } from '../../src/scenario/load.ts';
import { FRESH_SEED, faultsOf, planOf, tempFile } from './fixtures.ts';

const only = (text: string, overrides: Overrides = {}) => planOf(text, overrides).phases[0];

describe('defaults', () => {
  test('are filled in', () => {
    expect(planOf('phases: [{}]')).toEqual({
      name: 's',
      seed: FRESH_SEED,
      workers: 3,
      phases: [
        {
          name: 'single',
          topology: { kind: 'single', engine: 'lean' },
          transport: 'raw',
          clients: 1000,
          connectRatePerS: 500,
          handshake: { headers: {}, subprotocol: null, caFile: null, insecure: false, timeoutMs: 10_000 },
          messages: {
            mode: 'echo',
            rooms: 1,
            ratePerClientPerS: 1,
            sizeBytes: 128,
            payload: 'binary',
            arrival: 'constant',
            lowPriorityRatio: 0,
          },
          service: { heartbeatMs: null, batch: null, audience: 'room' },
          slowReadersRatio: 0,
          movesRatioPerS: 0,
          durationMs: 10_000,
          drainMs: 5000,
          reconnect: { kind: 'full-jitter', baseMs: 1000, capMs: 30_000, firstMs: 5000, stableMs: 30_000 },
          ceiling: false,
          rateCeiling: false,
          objective: { connectFailureRatio: 0.001, connectP99Ms: 1000, responseP99Ms: null, lossRatio: null },
          search: { widthRatio: 0.02, trialMs: 1000 },
          herds: [],
          sweep: [],
          livenessMs: null,
          soak: null,
          faults: [],
          baseline: null,
        },
      ],
      gate: [],
    });
  });

  test('are filled in for a herd', () => {
    const [herd] = only('phases: [{herds: [drop]}]').herds;
    expect(herd).toEqual({ trigger: 'drop', shareRatio: 1, holdMs: 10_000, observeMs: 60_000 });
  });

  test('a plan is frozen, all of it, and can be cloned', () => {
    const plan = planOf('phases: [{herds: [drop], headers: {X-A: b}}]');
    expect(() => plan.phases.push(plan.phases[0])).toThrow(TypeError);
    expect(() => Object.assign(plan.phases[0].handshake.headers, { 'X-A': 'c' })).toThrow(TypeError);
    expect(structuredClone(plan)).toEqual(plan);
  });
});

describe('a value is taken from the nearest place that says it', () => {
  const rows: [sentence: string, text: string, overrides: Overrides, clients: number][] = [
    ['nobody says it', 'phases: [{}]', {}, 1000],
    ['the file says it for all phases', 'defaults: {clients: 5}\nphases: [{}]', { workers: 1 }, 5],
    ['the phase says it too', 'defaults: {clients: 5}\nphases: [{clients: 6}]', { workers: 1 }, 6],
    ['a flag says it too', 'defaults: {clients: 5}\nphases: [{clients: 6}]', { clients: 7, workers: 1 }, 7],
    ['a flag that is not given says nothing', 'phases: [{clients: 6}]', { clients: undefined }, 6],
  ];
  test.each(rows)('%s', (_sentence, text, overrides, clients) => {
    expect(only(text, overrides).clients).toBe(clients);
  });

  test('a flag can say no', () => {
    expect(only('phases: [{ceiling: true, herds: [drop]}]', { ceiling: false, herds: [] })).toMatchObject({
      ceiling: false,
      herds: [],
    });
  });

  test('herds replace each other', () => {
    expect(only('phases: [{herds: [drop, drop]}]', { herds: ['kill'] }).herds).toMatchObject([
      { trigger: 'kill' },
    ]);
  });

  test('headers add up, by name, whatever its case', () => {
    const text = 'defaults: {headers: {X-A: a, X-B: b}}\nphases: [{headers: {x-a: c, X-C: d}}]';
    expect(only(text, { headers: { 'X-C': 'e' } }).handshake.headers).toEqual({
      'x-a': 'c',
      'X-B': 'b',
      'X-C': 'e',
    });
  });

  test('a seed from a flag, the file, or fresh', () => {
    expect(planOf('seed: 5\nphases: [{}]', { seed: 6 }).seed).toBe(6);
    expect(planOf('seed: 5\nphases: [{}]').seed).toBe(5);
    expect(planOf('phases: [{}]').seed).toBe(FRESH_SEED);
  });

  test('a name from the file’s content, or from what it is called', () => {
    expect(planOf('name: mine\nphases: [{}]').name).toBe('mine');
    const { scenario, ...source } = parseScenario('phases: [{}]', 'load/my first run.v2.yaml');
    expect(compile({ ...source, scenario }, {}, { cores: 1 }, () => 1).name).toBe('my-first-run.v2');
  });

  test('workers: all cores but one, but no more than clients', () => {
    const workers = (cores: number, text: string) =>
      compile(parseScenario(text, 's.yaml'), {}, { cores }, () => 1).workers;
    expect(workers(1, 'phases: [{}]')).toBe(1);
    expect(workers(8, 'phases: [{}]')).toBe(7);
    expect(workers(8, 'phases: [{name: a}, {name: b, clients: 2}]')).toBe(2);
    expect(workers(8, 'workers: 2\nphases: [{}]')).toBe(2);
  });
});

describe('reconnect', () => {
  const rows: [text: string, policy: object, sentence: string][] = [
    ['full-jitter', { baseMs: 1000, capMs: 30_000, firstMs: 5000, stableMs: 30_000 }, 'a random first delay'],
    ['exponential', { firstMs: 0 }, 'others are measured as they are'],
    ['exponential:first=2s', { firstMs: 2000 }, 'unless one is asked for'],
    ['full-jitter:first=0s', { firstMs: 0 }, 'or none is'],
    [
      'guide:base=500ms,cap=1m,stable=1.5s',
      { kind: 'guide', baseMs: 500, capMs: 60_000, stableMs: 1500 },
      'all of it',
    ],
    ['none', { kind: 'none' }, 'nobody comes back'],
  ];
  test.each(rows)('%s: %o, %s', (text, policy) => {
    expect(only(`phases: [{reconnect: '${text}'}]`).reconnect).toMatchObject(policy);
  });
});

describe('topology', () => {
  const target = { kind: 'target', url: 'ws://h' };
  const rows: [sentence: string, text: string, overrides: Overrides, expected: object][] = [
    ['the bundled server by default', 'phases: [{}]', {}, { name: 'single', topology: { kind: 'single' } }],
    ['a target of the phase', 'phases: [{target: "ws://h"}]', {}, { name: 'target', topology: target }],
    [
      'a target of all phases',
      'defaults: {target: "ws://h"}\nphases: [{}]',
      {},
      { name: 'target', topology: target },
    ],
    [
      'a phase can stay with the bundled server',
      'defaults: {target: "ws://h"}\nphases: [{topology: single}]',
      {},
      { name: 'single', topology: { kind: 'single' } },
    ],
    [
      'a flag goes before',
      'phases: [{name: a, topology: single}]',
      { target: 'ws://h' },
      { name: 'a', topology: target },
    ],
  ];
  test.each(rows)('%s', (_sentence, text, overrides, expected) => {
    expect(only(text, overrides)).toMatchObject(expected);
  });
});

describe('a cluster', () => {
  const cluster = (rest: string, overrides: Overrides = {}) =>
    only(`phases: [{topology: cluster${rest}}]`, overrides);
  const parts = {
    kind: 'cluster',
    engine: 'lean',
    nodes: 4,
    balancer: 'embedded',
    routing: 'sticky',
    store: { kind: 'none' },
  };
  const rows: [sentence: string, rest: string, overrides: Overrides, topology: object][] = [
    ['has its defaults', '', {}, { ...parts, broker: { kind: 'embedded' } }],
    [
      'is of what was asked for',
      ', nodes: 2, balancer: nginx, routing: stateless, broker: redis',
      {},
      {
        ...{ ...parts, nodes: 2, balancer: 'nginx', routing: 'stateless' },
        broker: { kind: 'redis', carrier: 'pubsub', url: null },
      },
    ],
    [
      'has a Redis at a URL',
      ', broker: "redis://h:1/2"',
      {},
      { ...parts, broker: { kind: 'redis', carrier: 'pubsub', url: 'redis://h:1/2' } },
    ],
    [
      'has the Redis of a flag',
      ', broker: embedded',
      { redis: 'rediss://u:p@h' },
      { ...parts, broker: { kind: 'redis', carrier: 'pubsub', url: 'rediss://u:p@h' } },
    ],
    [
      'may be told twice that it is to be a Redis',
      '',
      { redis: 'redis://h', broker: 'redis' },
      { ...parts, broker: { kind: 'redis', carrier: 'pubsub', url: 'redis://h' } },
    ],
    [
      'may have nothing before its nodes and nothing between them',
      ', nodes: 52, balancer: none, broker: none',
      {},
      { ...parts, nodes: 52, balancer: 'none', broker: { kind: 'none' } },
    ],
    ['may do without a broker alone', '', { broker: 'none' }, { ...parts, broker: { kind: 'none' } }],
    [
      'may do without a balancer alone',
      '',
      { balancer: 'none' },
      { ...parts, balancer: 'none', broker: { kind: 'embedded' } },
    ],
  ];
  test.each(rows)('%s', (_sentence, rest, overrides, topology) => {
    expect(cluster(rest, overrides)).toMatchObject({ name: 'cluster' });
    expect(cluster(rest, overrides).topology).toEqual(topology);
  });

  test('has the engine that was asked for, as a single node has', () => {
    const text = 'phases: [{engine: ws}, {topology: cluster, engine: ws}, {name: c}]';
    const engines = planOf(text).phases.map(({ topology }) => topology.kind !== 'target' && topology.engine);
    expect(engines).toEqual(['ws', 'ws', 'lean']);
  });

  test('its parts are for whom they concern', () => {
    const plan = planOf('defaults: {nodes: 2}\nphases: [{}, {topology: cluster}]', { broker: 'redis' });
    expect(plan.phases.map(({ topology }) => topology)).toEqual([
      { kind: 'single', engine: 'lean' },
      { ...parts, nodes: 2, broker: { kind: 'redis', carrier: 'pubsub', url: null } },
    ]);
  });

  test('without a balancer routes nothing, whatever was said for all of them', () => {
    const text =
      'defaults: {routing: stateless}\nphases: [{topology: cluster}, {name: b, topology: cluster, balancer: none}]';
    const [before, without] = planOf(text).phases;
    expect(before.topology).toEqual({ ...parts, routing: 'stateless', broker: { kind: 'embedded' } });
    expect(without.topology).toEqual({ ...parts, balancer: 'none', broker: { kind: 'embedded' } });
  });
});

describe('the transport', () => {
  test.each(['raw', 'ws', 'ws-deflate'] as const)('may be %s, of a phase or of all', (transport) => {
    expect(only(`phases: [{transport: ${transport}}]`).transport).toBe(transport);
    expect(only('phases: [{}]', { transport }).transport).toBe(transport);
  });

  test('of a plan that says nothing of it, as older records do, is raw', () => {
    const plan = planOf('phases: [{transport: ws}]');
    const { transport: _, ...phase } = plan.phases[0];
    expect(planSchema.parse({ ...plan, phases: [phase] }).phases[0].transport).toBe('raw');
  });
});

describe('a broadcast', () => {
  test('has rooms', () => {
    expect(only('phases: [{mode: broadcast, clients: 10, rooms: 10, rate: 3}]').messages).toMatchObject({
      mode: 'broadcast',
      rooms: 10,
      ratePerClientPerS: 3,
    });
  });

  test('needs a broker between several nodes only, and nothing else does', () => {
    const text =
      'defaults: {broker: none}\nphases: [{mode: broadcast}, {topology: cluster}, {mode: broadcast, target: "ws://h"}]';
    expect(planOf(text).phases.map(({ name }) => name)).toEqual(['single', 'cluster', 'target']);
  });

  test('goes to a target as its URL says', () => {
    expect(only('phases: [{mode: broadcast, target: "ws://h"}]').topology).toEqual({
      kind: 'target',
      url: 'ws://h',
    });
  });

  test('rooms for all phases are for those that broadcast', () => {
    const plan = planOf('defaults: {rooms: 5}\nphases: [{name: a}, {name: b, mode: broadcast}]');
    expect(plan.phases.map(({ messages }) => messages.rooms)).toEqual([1, 5]);
  });
});

describe('phases', () => {
  const text =
    'phases: [{name: a}, {name: b}, {name: c}]\ngate: ["a.clients.peak > 1", "*.clients.peak > 2"]';

  test('are picked by name, in the order of the scenario', () => {
    expect(planOf(text, { phases: ['c', 'a'] }).phases.map(({ name }) => name)).toEqual(['a', 'c']);
  });

  test('rules about a phase that is not run are left out', () => {
    expect(planOf(text, { phases: ['a'] }).gate).toEqual(['a.clients.peak > 1', '*.clients.peak > 2']);
    expect(planOf(text, { phases: ['b'] }).gate).toEqual(['*.clients.peak > 2']);
  });

  test('rules of flags are added', () => {
    expect(planOf(text, { gate: ['b.clients.peak > 3'] }).gate.at(-1)).toBe('b.clients.peak > 3');
  });

  test('what is wrong in a phase that is not run does not matter', () => {
    expect(planOf('phases: [{name: a}, {name: b, size: 5}]', { phases: ['a'] }).phases).toHaveLength(1);
  });
});

describe('what is wrong in the whole is told where it was said', () => {
  const pem = () => tempFile('ca.pem', '-----BEGIN CERTIFICATE-----\n');
  const rows: [text: string, overrides: Overrides, line: string][] = [
    ['phases: [{size: 31}]', {}, 's.yaml:1:17: phases[0].size: is 31; a binary message needs 32 bytes'],
    [
      'phases: [{size: 42, payload: text}]',
      {},
      's.yaml:1:17: phases[0].size: is 42; a text message needs 43 bytes',
    ],
    ['phases: [{}]', { size: 10 }, '--size: is 10; a binary message needs 32 bytes'],
    ['defaults: {size: 10}\nphases: [{}]', {}, 's.yaml:1:18: defaults.size: is 10'],
    ['defaults: {size: 10}\nphases: [{name: a}, {name: b}]', {}, 's.yaml:1:18: defaults.size: is 10'],
    [
      'phases: [{size: 70000}]',
      {},
      'phases[0].size: is 70000; the bundled server takes messages of up to 64.0 KB',
    ],
    [
      'phases: [{size: 20000000, target: "ws://h"}]',
      {},
      'phases[0].size: is 20000000; wsscale takes messages of up to 16.0 MB',
    ],
    [
      'phases: [{herds: [drop, kill]}]',
      { target: 'ws://h' },
      's.yaml:1:25: phases[0].herds[1]: kill needs the bundled server; with a target, only drop is possible',
    ],
    [
      'phases: [{herds: [drain]}]',
      {},
      'phases[0].herds[0]: drain needs topology: cluster with a balancer; with topology: single, drop, kill, restart, close, reset, blackhole are possible',
    ],
    [
      'phases: [{topology: cluster, balancer: none, herds: [rolling]}]',
      {},
      'phases[0].herds[0]: rolling takes nodes out of a balancer; give the cluster one with balancer: embedded or nginx',
    ],
    [
      'phases: [{topology: cluster, nodes: 1, herds: [{trigger: rolling}]}]',
      {},
      'phases[0].herds[0]: rolling sends the clients of a node to the others, and there is but one; give it nodes: 2 or more, or use restart',
    ],
    [
      'phases: [{topology: cluster, herds: [drop, region]}]',
      {},
      'phases[0].herds[1]: region needs topology: regions',
    ],
    [
      'phases: [{herds: [blackhole]}]',
      { target: 'ws://h' },
      'phases[0].herds[0]: blackhole needs the bundled server; with a target, only drop is possible',
    ],
    [
      'phases: [{herds: [{trigger: kill, share: 0.5}]}]',
      {},
      'phases[0].herds[0]: kill breaks all connections of a node; only drop has a share',
    ],
    [
      'phases: [{herds: [{trigger: drop, hold: 20s, observe: 10s}]}]',
      {},
      'phases[0].herds[0]: is observed for 10.0 s, within which no client can stay for 20.0 s',
    ],
    ['phases: [{herds: [{trigger: drop, hold: 90s}]}]', {}, 'phases[0].herds[0]: is observed for 60.0 s'],
    [
      'phases: [{herds: [{trigger: drop, hold: 0s, observe: 0s}]}]',
      {},
      'phases[0].herds[0]: must be observed for longer than 0',
    ],
    ['phases: [{connectTimeout: 0s}]', {}, 'phases[0].connectTimeout: must be longer than 0'],
    ['phases: [{reconnect: "fixed:base=1.2.3s"}]', {}, 'phases[0].reconnect: "1.2.3s" is not a time'],
    ['phases: [{reconnect: "fixed:base=1s,base=2s"}]', {}, 'phases[0].reconnect: says base twice'],
    ['phases: [{reconnect: "fixed:base=1m"}]', {}, 'phases[0].reconnect: has a cap below its base'],
    ['phases: [{target: "ws://"}]', {}, 'phases[0].target: is not a URL'],
    ['phases: [{target: "ws://me:secret@h"}]', {}, 'phases[0].target: must not hold a user or a password'],
    ['phases: [{target: "ws://h/#"}]', {}, 'phases[0].target: must not have a fragment'],
    [
      'phases: [{headers: {Sec-WebSocket-Key: x}}]',
      {},
      's.yaml:1:40: phases[0].headers.Sec-WebSocket-Key: "Sec-WebSocket-Key" is said by the handshake itself',
    ],
    [
      'phases: [{}]',
      { headers: { 'X-A': 'a\r\nX-B: b' } },
      '--header: "X-A" has a value with characters that no header may have',
    ],
    ['phases: [{subprotocol: "a, b"}]', {}, 'phases[0].subprotocol: must be one name'],
    ['phases: [{ca: /no/such.pem}]', {}, 'phases[0].ca: cannot be read'],
    ['phases: [{}]', { ca: tempFile('not.pem', 'hello') }, '--ca: '],
    ['phases: [{}, {}]', {}, 's.yaml:1:14: phases[1].name: another phase is called "single" too'],
    [
      'phases: [{name: a, target: "ws://h", topology: single}]',
      {},
      'phases[0].topology: is how the bundled server is arranged',
    ],
    ['phases: [{clients: 2}]\nworkers: 3', {}, 's.yaml:2:10: workers: is 3, but a phase has 2 clients only'],
    ['phases: [{clients: 2}]', { workers: 3 }, '--workers: is 3, but a phase has 2 clients only'],
    [
      'phases: [{name: smoke}]',
      { phases: ['smoek'] },
      '--phases: there is no phase "smoek"; did you mean smoke?',
    ],
    ['phases: [{name: a}]', { phases: [] }, '--phases: names no phase; there are a'],
    [
      'phases: [{name: smoke}]\ngate: ["smoek.clients.peak > 1"]',
      {},
      's.yaml:2:8: gate[0]: "smoek.clients.peak > 1": no phase "smoek" is run; did you mean smoke?',
    ],
    [
      'phases: [{name: a}, {name: b}]',
      { phases: ['a'], gate: ['b.clients.peak > 1'] },
      '--gate: "b.clients.peak > 1": no phase "b" is run',
    ],
    ['phases: [{}]', { clients: 1.5 }, '--clients: must be a whole number, but it is 1.5'],
    [
      'phases: [{}]',
      { herds: ['dorp' as 'drop'] },
      '--herd: must be one of drop, kill, restart, drain, close, reset, blackhole, rolling, region; did you mean drop?',
    ],
    ['phases: [{}]', { seed: -1 }, '--seed: must be at least 0, but it is -1'],
    ['phases: [{}]', { nodes: 2 }, '--nodes: says nothing here: it needs a phase with topology: cluster'],
    ['phases: [{}]', { redis: 'redis://h' }, '--redis: says nothing here'],
    [
      'phases: [{target: "ws://h", engine: ws}]',
      {},
      's.yaml:1:37: phases[0].engine: says nothing here: it needs the bundled server',
    ],
    [
      'phases: [{nodes: 2}]',
      {},
      's.yaml:1:18: phases[0].nodes: says nothing here: it needs a phase with topology: cluster',
    ],
    [
      'phases: [{name: a, rooms: 2}, {name: b, mode: broadcast}]',
      {},
      's.yaml:1:27: phases[0].rooms: says nothing here: it needs mode: broadcast',
    ],
    ['phases: [{topology: cluster, nodes: 65}]', {}, 'phases[0].nodes: must be at most 64, but it is 65'],
    [
      'phases: [{topology: cluster, balancer: ngnix}]',
      {},
      'phases[0].balancer: must be one of embedded, nginx, none; did you mean nginx?',
    ],
    [
      'phases: [{topology: cluster, broker: rabbit}]',
      {},
      'phases[0].broker: must be embedded, none, redis, redis-sharded, redis-streams, or a redis:// URL',
    ],
    ['phases: [{transport: wss}]', {}, 'phases[0].transport: must be one of raw, ws, ws-deflate'],
    [
      'phases: [{topology: cluster, balancer: none, routing: sticky}]',
      {},
      's.yaml:1:55: phases[0].routing: says nothing here: it needs a phase with topology: cluster and a balancer',
    ],
    [
      'phases: [{topology: cluster, balancer: none}]',
      { routing: 'stateless' },
      '--routing: says nothing here: it needs a phase with topology: cluster and a balancer',
    ],
    [
      'phases: [{topology: cluster, mode: broadcast, broker: none}]',
      {},
      's.yaml:1:55: phases[0].broker: is none, but the rooms of a broadcast need one that connects the nodes',
    ],
    [
      'phases: [{topology: cluster, mode: broadcast}]',
      { broker: 'none' },
      '--broker: is none, but the rooms of a broadcast need one',
    ],
    [
      'defaults: {broker: none}\nphases: [{topology: cluster, mode: broadcast}]',
      {},
      's.yaml:1:20: defaults.broker: is none, but the rooms of a broadcast need one',
    ],
    ['phases: [{topology: cluster}]', { redis: 'http://h' }, '--redis: must be a redis:// URL'],
    [
      'phases: [{topology: cluster}]',
      { redis: 'redis://h', broker: 'none' },
      '--redis: names a Redis, but --broker asks for another broker; leave one of them out',
    ],
    [
      'phases: [{topology: cluster}]',
      { redis: 'redis://h', broker: 'embedded' },
      '--redis: names a Redis, but --broker asks for another broker; leave one of them out',
    ],
    ['phases: [{topology: cluster}]', { redis: 'redis://h:x' }, '--redis: is not a URL'],
    ['phases: [{topology: cluster, broker: "redis:///0"}]', {}, 'phases[0].broker: has no host'],
    [
      'phases: [{topology: cluster}]',
      { broker: 'redis://u:1/2@h' },
      '--broker: may have the number of a database',
    ],
    [
      'phases: [{topology: cluster}]',
      { redis: 'redis://u:1#2@h' },
      '--redis: may have the number of a database',
    ],
    ['phases: [{topology: cluster, store: "postgres:///db"}]', {}, 'phases[0].store: has no host'],
    ['phases: [{topology: cluster}]', { store: 'postgres://h:x/db' }, '--store: is not a URL'],
    [
      'phases: [{topology: cluster}]',
      { store: 'postgres://u:1/2@h/db' },
      '--store: may have the name of a database',
    ],
    [
      'phases: [{topology: cluster}]',
      { store: 'postgres://u:1?sslmode=2@h/db' },
      '--store: may have the name of a database',
    ],
    ['phases: [{topology: cluster}]', { store: 'mysql://h' }, '--store: must be none, sqlite, postgres'],
    [
      'phases: [{mode: broadcast, clients: 5, rooms: 6}]',
      { workers: 1 },
      'phases[0].rooms: is 6, but there are 5 clients only; a room has at least its publisher',
    ],
    [
      'phases: [{mode: broadcast, clients: 20000, rooms: 10001}]',
      {},
      'phases[0].rooms: is 10001; the bundled server has up to 10000',
    ],
    [
      'phases: [{mode: broadcast, size: 65468}]',
      {},
      'phases[0].size: is 65468; the bundled server takes messages of up to 63.9 KB',
    ],
    ['phases: [{mode: broadcast, size: 31}]', {}, 'phases[0].size: is 31; a binary message needs 32 bytes'],
  ];
  test.each(rows)('%s %o', (text, overrides, line) => {
    expect(faultsOf(text, overrides)).toEqual([expect.stringContaining(line)]);
  });

  const secrets: [text: string, overrides: Overrides][] = [
    ['phases: [{target: "ws://me:hunter2@h/#x"}]', {}],
    ['phases: [{topology: cluster, store: "postgres://me:hunter2@h/#x"}]', {}],
    ['phases: [{topology: cluster}]', { store: 'postgres://1:2?hunter2@h' }],
    ['phases: [{topology: cluster, broker: "redis://me:hunter2@h/x"}]', {}],
    ['phases: [{topology: cluster, broker: "http://me:hunter2@h"}]', {}],
    ['phases: [{}]', { target: 'http://me:hunter2@h' }],
    ['phases: [{topology: cluster}]', { broker: 'redsi://me:hunter2@h' }],
    ['phases: [{topology: cluster}]', { redis: 'redis://me:hunter2@h:x' }],
    ['phases: [{topology: cluster}]', { redis: 'http://me:hunter2@h' }],
  ];
  test.each(secrets)('a password in a URL is not shown: %s %o', (text, overrides) => {
    const faults = faultsOf(text, overrides).join();
    expect(faults).not.toBe('');
    expect(faults).not.toContain('hunter2');
  });

  test('a file of certificates is right', () => {
    expect(only('phases: [{}]', { ca: pem() }).handshake.caFile).toBe(pem());
  });

  test('a rule that cannot be read shows where', () => {
    expect(faultsOf('phases: [{}]', { gate: ['*.latncy.responseMs.p99 < 5ms'] })).toEqual([
      '--gate: a phase has no "latncy"; did you mean latency?',
      '  *.latncy.responseMs.p99 < 5ms',
      '    ^^^^^^',
    ]);
  });
});
