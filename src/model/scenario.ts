/**
 * The scenario file. Each option is defined once, here: the file's validation and types, the command line's flags,
 * `--help` and the documentation are all made from this table.
 */

import { z } from 'zod';
import { DURATION_PATTERN } from '../base/units.ts';
import { BACKOFF_KINDS } from './backoff.ts';
import { FAULTS } from './faults.ts';

/** What breaks the connections in a storm. */
export const HERD_TRIGGERS = [
  'drop',
  'kill',
  'restart',
  'drain',
  'close',
  'reset',
  'blackhole',
  'rolling',
  'region',
] as const;
export type HerdTrigger = (typeof HERD_TRIGGERS)[number];

export const TOPOLOGY_KINDS = ['single', 'cluster', 'regions', 'edge'] as const;
export const PAYLOAD_KINDS = ['text', 'binary'] as const;
export const ARRIVAL_KINDS = ['constant', 'poisson'] as const;
export const MODES = ['echo', 'broadcast', 'direct'] as const;
export const TRANSPORT_KINDS = ['raw', 'ws', 'ws-deflate'] as const;
export const ENGINE_KINDS = ['lean', 'ws'] as const;
export type EngineKind = (typeof ENGINE_KINDS)[number];
export const BALANCER_KINDS = ['embedded', 'nginx', 'none'] as const;
export const ROUTING_KINDS = ['sticky', 'stateless'] as const;
/** How a Redis carries messages between nodes. */
export const REDIS_CARRIERS = ['pubsub', 'sharded', 'streams'] as const;
export type RedisCarrier = (typeof REDIS_CARRIERS)[number];
export const AUDIENCES = ['room', 'everyone'] as const;
/** What a batch waits for: the next tick of a clock that all share, or so long after its first message. */
export const BATCH_TIMERS = ['tick', 'first'] as const;
/** What holds the connections of an edge. */
export const EDGE_KINDS = ['gateway', 'workerd', 'pushpin'] as const;

const duration = z
  .string()
  .regex(DURATION_PATTERN, 'must be a time like 500ms, 30s or 5m')
  .meta({ examples: ['30s'] });

const POLICY = `(${BACKOFF_KINDS.join('|').replaceAll('.', '\\.')})(:(base|cap|first|stable)=[0-9.]+(ms|s|m|h)(,(base|cap|first|stable)=[0-9.]+(ms|s|m|h))*)?`;

const herd = z.union([
  z.enum(HERD_TRIGGERS),
  z.strictObject({
    trigger: z.enum(HERD_TRIGGERS),
    share: z.number().gt(0).max(1).optional().describe('drop: the share of the clients that are broken'),
    hold: duration.optional().describe('how long a share of clients must stay back to count as returned'),
    observe: duration.optional().describe('how long the return is watched at the most'),
  }),
]);

/** One option of a phase: its type, what holds where nothing is said, and its flag on the command line. */
interface Option<Schema extends z.ZodType> {
  schema: Schema;
  /** The value where neither the file nor a flag gives one, in the form in which a file writes it. */
  fallback: z.output<Schema> | undefined;
  /** The flag with its placeholder, or undefined where only a file can say it. */
  flag: string | undefined;
  help: string;
  /** The file takes a list, the flag one element of it, repeatedly. */
  repeatable?: boolean;
}

function option<Schema extends z.ZodType>(
  flag: string | undefined,
  schema: Schema,
  fallback: z.output<Schema> | undefined,
  help: string,
  repeatable = false,
): Option<Schema> {
  return { schema: schema.describe(help) as Schema, fallback, flag, help, repeatable };
}

/** The options of a phase, each a key in a scenario file and, where it has a flag, on the command line. */
export const LOAD_OPTIONS = {
  target: option(
    '--target <url>',
    z.string().regex(/^wss?:\/\//, 'must begin with ws:// or wss://'),
    undefined,
    'attack this server instead of the bundled one',
  ),
  clients: option('--clients <n>', z.int().min(1), 1000, 'clients of a phase'),
  connectRate: option('--connect-rate <n/s>', z.number().gt(0), 500, 'connections opened per second'),
  transport: option(
    '--transport <kind>',
    z.enum(TRANSPORT_KINDS),
    'raw',
    'what clients are made of: raw, our own; ws, the ws package; ws-deflate, the same with compression',
  ),
  connectTimeout: option(
    '--connect-timeout <time>',
    duration,
    '10s',
    'a connect that takes longer has failed',
  ),
  rate: option('--rate <n/s>', z.number().min(0), 1, 'messages per second of each client'),
  size: option('--size <bytes>', z.int().min(1), 128, 'payload of a message, envelope included'),
  payload: option('--payload <kind>', z.enum(PAYLOAD_KINDS), 'binary', 'text or binary messages'),
  arrival: option(
    '--arrival <kind>',
    z.enum(ARRIVAL_KINDS),
    'constant',
    'constant or poisson gaps between messages',
  ),
  mode: option(
    '--mode <kind>',
    z.enum(MODES),
    'echo',
    'echo: the server sends each message back; broadcast: one publisher in each room, everybody listens; direct: from each user to another one',
  ),
  rooms: option('--rooms <n>', z.int().min(1), 1, 'broadcast: rooms that the clients are dealt out to'),
  lowPriority: option(
    '--low-priority <share>',
    z.number().min(0).max(1),
    0,
    'broadcast: share of the messages that may be dropped where a reader is slow',
  ),
  slowReaders: option(
    '--slow-readers <share>',
    z.number().min(0).max(1),
    0,
    'share of the clients that stop reading during the hold',
  ),
  moves: option(
    '--moves <share/s>',
    z.number().min(0).max(1),
    0,
    'regions: share of the users that move to another region each second of the hold',
  ),
  duration: option('--duration <time>', duration, '10s', 'the hold after the ramp, when messages flow'),
  drain: option(
    '--drain <time>',
    duration,
    '5s',
    'how long the last answers are waited for before they are missing',
  ),
  reconnect: option(
    '--reconnect <policy>',
    z
      .string()
      .regex(
        new RegExp(`^${POLICY}$`),
        `must be one of ${BACKOFF_KINDS.join(', ')}, optionally with :base=1s,cap=30s,first=5s,stable=30s`,
      ),
    'full-jitter',
    `how lost clients come back: ${BACKOFF_KINDS.join(', ')}, optionally :base=1s,cap=30s,first=5s,stable=30s`,
  ),
  ceiling: option(
    '--ceiling',
    z.boolean(),
    false,
    'search for the most connections that hold, up to --clients',
  ),
  rateCeiling: option(
    '--rate-ceiling',
    z.boolean(),
    false,
    'search for the most messages a second that all clients together may send, each up to --rate',
  ),
  objective: option(
    '--objective <name=limit>',
    z.strictObject({
      connectFailures: z.number().min(0).max(1).optional(),
      connectP99: duration.optional(),
      responseP99: duration.optional(),
      losses: z.number().min(0).max(1).optional(),
    }),
    {},
    'what a level of a search must keep: connectFailures (share, 0.001), connectP99 (time, 1s), responseP99 (time), losses (share, 0); with one of the last two, messages flow while connections are searched for',
    true,
  ),
  searchWidth: option(
    '--search-width <share>',
    z.number().gt(0).max(0.5),
    0.02,
    'a search ends when its bounds are as near as this share of the upper one',
  ),
  trial: option('--trial <time>', duration, '1s', 'how long a search tries a level each time'),
  herds: option(
    '--herd <trigger>',
    z.array(herd),
    [],
    'break the connections and measure the return: drop (the clients let go); of the bundled server: kill, restart, drain, close, reset, blackhole, rolling, region',
    true,
  ),
  liveness: option(
    '--liveness <time>',
    duration,
    '0s',
    'a client that has heard nothing for so long, although it asked by a ping, takes its connection for dead and comes back; 0s: never',
  ),
  sweep: option(
    '--sweep <policy>',
    z.array(
      z
        .string()
        .regex(
          new RegExp(`^(auto|${POLICY})$`),
          `must be auto, or one of ${BACKOFF_KINDS.join(', ')}, optionally with :base=1s,cap=30s,first=5s,stable=30s`,
        ),
    ),
    [],
    'repeat each herd with this reconnect policy as well, and recommend the best; auto: full jitter over windows of what the server was seen to accept',
    true,
  ),
  soak: option(
    '--soak <cycles>',
    z.int().min(0),
    0,
    'find leaks: connect, load, disconnect all and settle, so many times (10 or more)',
  ),
  pid: option(
    '--pid <n>',
    z.int().min(1),
    undefined,
    "soak: the target's process on this machine, whose descriptors and memory are looked at",
  ),
  headers: option(
    "--header <'Name: value'>",
    z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a header name'), z.string()),
    {},
    'send this header with each handshake; its value stands in no report',
    true,
  ),
  subprotocol: option(
    '--subprotocol <name>',
    z.string().min(1),
    undefined,
    'ask for this WebSocket subprotocol',
  ),
  ca: option('--ca <file>', z.string().min(1), undefined, 'trust the certificates in this PEM file'),
  insecure: option('--insecure', z.boolean(), false, 'accept any certificate'),
  engine: option(
    '--engine <kind>',
    z.enum(ENGINE_KINDS),
    'lean',
    'what holds the connections in the bundled server: lean, our own; ws, the ws package',
  ),
  heartbeat: option(
    '--heartbeat <time>',
    duration,
    '0s',
    'the bundled server pings each connection this often and ends those that do not answer; 0s: never',
  ),
  batchInterval: option(
    '--batch-interval <time>',
    duration,
    '0s',
    "broadcast: the bundled server sends a member's messages together, this often; 0s: each by itself",
  ),
  batchTimer: option(
    '--batch-timer <kind>',
    z.enum(BATCH_TIMERS),
    'first',
    'what a batch waits for: first, so long after its first message; tick, the next tick of a clock',
  ),
  batchBytes: option(
    '--batch-bytes <bytes>',
    z.int().min(1),
    16 * 1024,
    'a batch that has grown so large is sent at once',
  ),
  audience: option(
    '--audience <kind>',
    z.enum(AUDIENCES),
    'room',
    'broadcast: the bundled server sends a message to its room, or to everyone, who must sort it out',
  ),
  nodes: option('--nodes <n>', z.int().min(1).max(64), 4, 'cluster: nodes of the bundled server'),
  routing: option(
    '--routing <kind>',
    z.enum(ROUTING_KINDS),
    'sticky',
    'cluster: sticky sends an address to the same node each time, stateless to the least busy one',
  ),
  balancer: option(
    '--balancer <kind>',
    z.enum(BALANCER_KINDS),
    'embedded',
    'cluster: embedded, the nginx that is installed here, or none: clients are dealt out to the nodes, as by DNS',
  ),
  broker: option(
    '--broker <kind|url>',
    z
      .string()
      .regex(
        /^(embedded|none|redis(-sharded|-streams)?|(sharded\+|streams\+)?rediss?:\/\/\S+)$/,
        'must be embedded, none, redis, redis-sharded, redis-streams, or a redis:// URL, which sharded+ or streams+ may stand before',
      ),
    'embedded',
    'what connects the nodes: embedded, none, the redis that is installed here (redis: pub/sub; redis-sharded: sharded pub/sub on a cluster; redis-streams), or the Redis at a URL',
  ),
  store: option(
    '--store <kind|url>',
    z
      .string()
      .regex(
        /^(none|sqlite|postgres|postgres(ql)?:\/\/\S+)$/,
        'must be none, sqlite, postgres, or a postgres:// URL',
      ),
    'none',
    'cluster: where each message is stored before it is published: none, sqlite, the postgres that is installed here, or the one at a URL',
  ),
  regions: option(
    '--region <name>',
    z
      .array(z.string().regex(/^[a-z0-9-]{1,32}$/, 'is not the name of a region'))
      .min(2)
      .max(16),
    ['us-east-1', 'us-west-2', 'eu-west-1', 'ap-southeast-1'],
    'regions: their names, between which docs/regions.md has round-trip times',
    true,
  ),
  nodesPerRegion: option('--nodes-per-region <n>', z.int().min(1).max(16), 1, 'regions: nodes of each'),
  wan: option(
    undefined,
    z.strictObject({
      rttMs: z.record(z.string(), z.number().min(0)).optional(),
      jitter: z.number().min(0).max(1).optional(),
      loss: z.number().min(0).max(0.5).optional(),
    }),
    {},
    'regions: round-trip times in ms by pair ("us-east-1 eu-west-1": 80) in place of the table, jitter as a share of them, and the share of packets that are lost',
  ),
  dnsTtl: option(
    '--dns-ttl <time>',
    duration,
    '5s',
    "regions: how long an answer of the regions' DNS is believed",
  ),
  healthInterval: option(
    '--health-interval <time>',
    duration,
    '1s',
    "regions: how often the regions' DNS looks whether they are healthy; one that fails twice is not",
  ),
  edge: option(
    '--edge <kind>',
    z.enum(EDGE_KINDS),
    'gateway',
    'edge: what holds the connections: gateway, our own; workerd (Durable Objects) or pushpin, where installed',
  ),
  gateways: option('--gateways <n>', z.int().min(1).max(64), 2, 'edge: processes that hold the connections'),
  backends: option('--backends <n>', z.int().min(1).max(16), 2, 'edge: processes behind them that hold none'),
  faults: option(
    '--fault <kind:…>',
    z.array(z.string().min(1)),
    [],
    `a fault that the bundled server is to have, like drop:share=0.01, to see it found: ${Object.keys(FAULTS).join(', ')}; docs/faults.md has their parameters`,
    true,
  ),
} as const;

/** Options that say what the server is made of or trusted by, not what the load is: with these the ladder stays. */
export const PART_KEYS: readonly LoadKey[] = [
  'ca',
  'insecure',
  'engine',
  'nodes',
  'routing',
  'balancer',
  'broker',
  'store',
  'heartbeat',
  'batchInterval',
  'batchTimer',
  'batchBytes',
  'audience',
  'moves',
  'regions',
  'nodesPerRegion',
  'wan',
  'dnsTtl',
  'healthInterval',
  'edge',
  'gateways',
  'backends',
  'faults',
];

export type LoadKey = keyof typeof LOAD_OPTIONS;

/** What a file or the command line says of a phase; all of it may be left out. */
export type LoadOptions = {
  -readonly [K in LoadKey]?: z.output<(typeof LOAD_OPTIONS)[K]['schema']> | undefined;
};

const loadShape = Object.fromEntries(
  Object.entries(LOAD_OPTIONS).map(([key, { schema }]) => [key, (schema as z.ZodType).optional()]),
);

const loadSchema = z.strictObject(loadShape) as unknown as z.ZodType<LoadOptions>;

/** A name that may stand in a path, a rule and a report. */
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, ".", "_" or "-"');

const phaseSchema = z.strictObject({
  name: name.optional().describe('how rules and reports call the phase; its topology where nothing is said'),
  topology: z.enum(TOPOLOGY_KINDS).optional().describe('how the bundled server is arranged'),
  baseline: name.optional().describe('the phase before this one that the reports compare it with'),
  ...loadShape,
}) as unknown as z.ZodType<
  LoadOptions & { name?: string; topology?: (typeof TOPOLOGY_KINDS)[number]; baseline?: string }
>;

/** A scenario file. */
export const scenarioSchema = z.strictObject({
  name: name.optional().describe('names the run and its folder'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .optional()
    .describe('repeats the same random draws'),
  workers: z.int().min(1).optional().describe('worker threads that hold the clients'),
  defaults: loadSchema.optional().describe('options for all phases'),
  phases: z.array(phaseSchema).min(1).describe('what is run, one after the other'),
  gate: z.array(z.string()).optional().describe('rules that the run must pass'),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type ScenarioPhase = Scenario['phases'][number];
