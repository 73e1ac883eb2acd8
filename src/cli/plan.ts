/** `wsscale plan`: how many nodes so many users need, by what a record measured, and the settings that they need. */

import { type Command, InvalidArgumentError } from 'commander';
import {
  type Demand,
  makePlan,
  messageOf,
  parseDurationMs,
  planJson,
  planLines,
  type RunRecord,
  readRecord,
  usageError,
  writePlan,
} from '../index.ts';
import type { Terminal } from './terminal.ts';

interface PlanFlags {
  users: number;
  rate?: number;
  size?: number;
  fanout: number;
  regions: number;
  zones: number;
  spare: number;
  utilization: number;
  tls?: true;
  p99?: number;
  recovery?: number;
  cores: number;
  memory: number;
  descriptors: number;
  network: number;
  prices?: string;
  nodeType?: string;
  extrapolate?: true;
  out?: string;
  json?: true;
}

/** What a node has is in the price file, if there is one. */
const NODE_FLAGS = ['cores', 'memory', 'descriptors', 'network'] as const;

export function addPlan(program: Command, terminal: Terminal): void {
  program
    .command('plan')
    .summary('tell how many nodes so many users need, and what they cost')
    .description(
      'Example: wsscale plan reports/…/record.json --users 250000 --rate 0.1 --zones 3 --out plan\n\n' +
        'Makes a capacity plan from what a record measured of the bundled server: nodes and what binds them, memory,\n' +
        'processor time and latency with their intervals, and how the users of lost nodes come back. With --out it\n' +
        'writes the settings that the plan needs, too: sysctl, limits, nginx, Kubernetes. To measure for a plan:\n' +
        'wsscale attack scenarios/plan.yaml',
    )
    .argument('<record>', 'a record.json')
    .requiredOption('--users <n>', 'users that are connected at once', count)
    .option('--rate <n/s>', "messages per second of each user (default: the record's)", rate)
    .option('--size <bytes>', "payload of a message (default: the record's)", count)
    .option('--fanout <n>', 'users that a message goes to', positive, 1)
    .option('--regions <n>', 'regions that the users are spread over', count, 1)
    .option('--zones <n>', 'zones of each region that the nodes are spread over', count, 1)
    .option('--spare <n>', 'nodes of each region that may be lost without being missed', whole, 1)
    .option('--utilization <share>', 'share of a resource that is to be used', share, 0.7)
    .option('--tls', 'messages are encrypted')
    .option('--p99 <time>', '99 of 100 answers are to come within this', duration)
    .option('--recovery <time>', 'the users of a lost node are to be back within this', duration)
    .option('--cores <n>', 'cores of a node that the server may use', positive, 1)
    .option('--memory <GB>', 'memory of a node', positive, 4)
    .option('--descriptors <n>', 'open files that a node may have', count, 65_536)
    .option('--network <Gbit/s>', 'network of a node', positive, 1)
    .option('--prices <file>', 'what nodes cost and have: the cheapest that fit are taken (docs/plan.md)')
    .option('--node-type <name>', 'the kind of node of the price file to take')
    .option('--extrapolate', 'believe what was measured beyond four times of it')
    .option('--out <dir>', 'write the report with the plan, plan.json and the settings there')
    .option('--json', 'one JSON document on stdout')
    .action(async (file: string, flags: PlanFlags, command: Command) => {
      checkTogether(flags, command);
      const record = readRecord(file);
      const plan = makePlan(record, demandOf(flags, record), {
        extrapolate: flags.extrapolate === true,
        prices: flags.prices === undefined ? null : { file: flags.prices, nodeType: flags.nodeType ?? null },
      });
      const written = flags.out === undefined ? null : writePlan(flags.out, record, plan);
      if (flags.json) await terminal.raw(planJson(plan));
      else for (const line of planLines(plan, terminal.columns)) terminal.out(line);
      if (written !== null) (flags.json ? terminal.err : terminal.out)(written);
    });
}

function checkTogether({ prices, nodeType }: PlanFlags, command: Command): void {
  if (nodeType !== undefined && prices === undefined)
    throw usageError('--node-type is a kind of node of a price file: give that with --prices <file>.');
  const given = NODE_FLAGS.filter((name) => command.getOptionValueSource(name) === 'cli');
  if (prices !== undefined && given.length > 0)
    throw usageError(
      `The price file says what a node has: leave out ${given.map((name) => `--${name}`).join(', ')}.`,
    );
}

/** What is not said is as in the first phase of the record. */
function demandOf(flags: PlanFlags, record: RunRecord): Demand {
  const { ratePerClientPerS, sizeBytes } = record.scenario.phases[0].messages;
  return {
    users: flags.users,
    messagesPerUserPerS: flags.rate ?? ratePerClientPerS,
    sizeBytes: flags.size ?? sizeBytes,
    fanout: flags.fanout,
    regions: flags.regions,
    zonesPerRegion: flags.zones,
    spareNodes: flags.spare,
    utilizationRatio: flags.utilization,
    objective: {
      responseP99Ms: flags.p99 ?? null,
      recoveryS: flags.recovery === undefined ? null : flags.recovery / 1000,
    },
    node: {
      cores: flags.cores,
      memoryBytes: flags.memory * 2 ** 30,
      descriptors: flags.descriptors,
      networkBitsPerS: flags.network * 1e9,
    },
    tls: flags.tls === true,
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw new InvalidArgumentError('It must be above 0.');
  return value;
}

function rate(text: string): number {
  return text === '0' ? 0 : positive(text);
}

function count(text: string): number {
  const value = positive(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

function whole(text: string): number {
  return text === '0' ? 0 : count(text);
}

function share(text: string): number {
  const value = positive(text);
  if (value > 1) throw new InvalidArgumentError('It must be a share: above 0, and no more than 1.');
  return value;
}

function duration(text: string): number {
  try {
    return positive(String(parseDurationMs(text)));
  } catch (error) {
    throw new InvalidArgumentError(`${messageOf(error)}.`);
  }
}
