/** `wsscale plan`: how many nodes so many users need, by what a record measured. */

import { type Command, InvalidArgumentError } from 'commander';
import { assumptionsInWords, type Demand, planCapacity, planLines, readRecord } from '../index.ts';
import type { Terminal } from './terminal.ts';

interface PlanFlags {
  users: number;
  rate?: number;
  size?: number;
  fanout?: number;
  regions: number;
  spare: number;
  utilization: number;
  cores: number;
  memory: number;
  descriptors: number;
  network: number;
  extrapolate?: true;
  json?: true;
}

export function addPlan(program: Command, terminal: Terminal): void {
  program
    .command('plan')
    .summary('tell how many nodes so many users need')
    .description(
      'Makes a capacity plan from what a record measured of the bundled server: nodes, what binds them, and how the\n' +
        'users of a lost node come back, simulated by several reconnect policies.\n\n' +
        'Example: wsscale plan reports/…/record.json --users 250000 --rate 0.1 --spare 1',
    )
    .argument('<record>', 'a record.json')
    .requiredOption('--users <n>', 'users that are connected at once', count)
    .option('--rate <n/s>', "messages per second of each user (default: the record's)", positive)
    .option('--size <bytes>', "payload of a message (default: the record's)", count)
    .option('--fanout <n>', 'users that a message goes to (default: 1)', positive)
    .option('--regions <n>', 'regions that the users are spread over', count, 1)
    .option('--spare <n>', 'nodes of each region that may be lost without being missed', whole, 1)
    .option('--utilization <share>', 'share of a resource that is to be used', share, 0.7)
    .option('--cores <n>', 'cores of a node that the server may use', positive, 1)
    .option('--memory <GB>', 'memory of a node', positive, 4)
    .option('--descriptors <n>', 'open files that a node may have', count, 65_536)
    .option('--network <Gbit/s>', 'network of a node', positive, 1)
    .option('--extrapolate', 'believe what was measured beyond four times of it')
    .option('--json', 'one JSON document on stdout')
    .action(async (file: string, flags: PlanFlags) => {
      const record = readRecord(file);
      const plan = planCapacity(
        record,
        demandOf(flags, record.scenario.phases[0].messages),
        flags.extrapolate === true,
      );
      if (flags.json) await terminal.raw(`${JSON.stringify(plan, null, 2)}\n`);
      else for (const line of [...planLines(plan), '', assumptionsInWords(plan)]) terminal.out(line);
    });
}

function demandOf(flags: PlanFlags, messages: { ratePerClientPerS: number; sizeBytes: number }): Demand {
  return {
    users: flags.users,
    messagesPerUserPerS: flags.rate ?? messages.ratePerClientPerS,
    sizeBytes: flags.size ?? messages.sizeBytes,
    fanout: flags.fanout ?? 1,
    regions: flags.regions,
    spareNodes: flags.spare,
    utilizationRatio: flags.utilization,
    node: {
      cores: flags.cores,
      memoryBytes: flags.memory * 2 ** 30,
      descriptors: flags.descriptors,
      networkBitsPerS: flags.network * 1e9,
    },
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw new InvalidArgumentError('It must be above 0.');
  return value;
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
