/**
 * The scenario file. Each option is defined once, here: the file's validation and types, the command line's flags,
 * `--help` and the documentation are all made from this table.
 */

import { z } from 'zod';
import { DURATION_PATTERN } from '../base/units.ts';
import { BACKOFF_KINDS } from './backoff.ts';
import { FAULTS } from './faults.ts';

/** What breaks the connections in a storm. */
export const HERD_TRIGGERS = ['drop', 'kill'] as const;
export type HerdTrigger = (typeof HERD_TRIGGERS)[number];

export const TOPOLOGY_KINDS = ['single', 'cluster'] as const;
export const PAYLOAD_KINDS = ['text', 'binary'] as const;
export const ARRIVAL_KINDS = ['constant', 'poisson'] as const;
export const MODES = ['echo', 'broadcast'] as const;
export const TRANSPORT_KINDS = ['raw', 'ws', 'ws-deflate'] as const;
export const ENGINE_KINDS = ['lean', 'ws'] as const;
export type EngineKind = (typeof ENGINE_KINDS)[number];
export const BALANCER_KINDS = ['embedded', 'nginx', 'none'] as const;
export const ROUTING_KINDS = ['sticky', 'stateless'] as const;

const duration = z
  .string()
  .regex(DURATION_PATTERN, 'must be a time like 500ms, 30s or 5m')
  .meta({ examples: ['30s'] });

const RECONNECT_PATTERN = new RegExp(
  `^(${BACKOFF_KINDS.join('|')})(:(base|cap|first|stable)=[0-9.]+(ms|s|m|h)(,(base|cap|first|stable)=[0-9.]+(ms|s|m|h))*)?$`,
);

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
    'echo: the server sends each message back; broadcast: one publisher in each room, everybody listens',
  ),
  rooms: option('--rooms <n>', z.int().min(1), 1, 'broadcast: rooms that the clients are dealt out to'),
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
        RECONNECT_PATTERN,
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
  herds: option(
    '--herd <trigger>',
    z.array(herd),
    [],
    'break the connections and measure the return: drop (the clients let go), kill (the bundled server dies)',
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
      .regex(/^(embedded|none|redis|rediss?:\/\/\S+)$/, 'must be embedded, redis, none, or a redis:// URL'),
    'embedded',
    'cluster: what connects the nodes: embedded, the redis that is installed here, the Redis at a URL, or none',
  ),
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
  ...loadShape,
}) as unknown as z.ZodType<LoadOptions & { name?: string; topology?: (typeof TOPOLOGY_KINDS)[number] }>;

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
