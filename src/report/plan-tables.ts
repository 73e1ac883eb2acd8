/**
 * The tables of a capacity plan, as they stand in the terminal, on the page and in the summary.
 */

import { formatBytes, formatCount, formatMs } from '../base/units.ts';
import type { Prediction } from '../capacity/capacity-plan.ts';
import type { Recovery, RecoverySweep } from '../capacity/recovery.ts';
import type { PricedPlan } from '../cost/choose.ts';
import {
  basisOf,
  figure,
  formatBits,
  inputValue,
  intervalOf,
  lossSentence,
  money,
  policyInWords,
  tierNumber,
} from './plan-words.ts';
import { NOT_MEASURED, shown } from './value.ts';

export interface PlanTable {
  title: string;
  /** What there is to say before it; null: nothing. */
  words: string | null;
  head: string[];
  rows: string[][];
  /** Columns of words. */
  texts: number[];
}

/**
 * All tables that have something in them, the most asked for first.
 * @param policies all that were simulated, or today's and the recommended one
 */
export function planTables(plan: PricedPlan, policies: 'all' | 'the two'): PlanTable[] {
  const { recovery } = plan;
  return [
    resources(plan),
    tiers(plan),
    eachNode(plan),
    ...losses(plan),
    ...recoveries('node', recovery.node, policies),
    ...recoveries('zone', recovery.zone, policies),
    ...recoveries('region', recovery.region, policies),
    ...costs(plan),
    inputs(plan),
  ];
}

const INTERVAL = '90 % interval';

function resources({ resources: all, binding, demand }: PricedPlan): PlanTable {
  const sorted = all.toSorted((a, b) => a.usersPerNode.value - b.usersPerNode.value);
  return {
    title: 'What binds a node',
    words: `Users for whom a node has room, used to ${figure(demand.utilizationRatio * 100)} %.`,
    head: ['resource', 'users a node', INTERVAL, 'rests on'],
    rows: sorted.map(({ name, usersPerNode }) => [
      `${name}${name === binding.name ? ' (binds)' : ''}`,
      formatCount(usersPerNode.value),
      intervalOf(usersPerNode, formatCount),
      basisOf(usersPerNode),
    ]),
    texts: [3],
  };
}

function tiers({ tiers: all, broker }: PricedPlan): PlanTable {
  const { publishesPerS, deliveriesPerS, amplification, busMessagesPerS, words } = broker;
  const bus = busMessagesPerS > 0 ? ` and ${formatCount(busMessagesPerS)}/s between its servers` : '';
  return {
    title: 'What to run',
    words:
      publishesPerS === 0
        ? null
        : `Between nodes: ${formatCount(publishesPerS)} messages/s published, ${formatCount(deliveriesPerS)}/s delivered to nodes (${figure(amplification)} of each)${bus}; ${words}.`,
    head: ['tier', 'number', 'connections', 'open files', 'ports', 'why'],
    rows: all.map((tier) => [
      tier.name,
      tierNumber(tier),
      formatCount(tier.each.connections),
      formatCount(tier.each.descriptors),
      tier.each.ports === 0 ? NOT_MEASURED : portsOf(tier.each),
      `${tier.basis}: ${tier.words}`,
    ]),
    texts: [1, 5],
  };
}

function portsOf({ ports, sourceAddresses }: { ports: number; sourceAddresses: number }): string {
  return sourceAddresses > 1 ? `${formatCount(ports)} on ${sourceAddresses} addresses` : formatCount(ports);
}

function eachNode({ tiers: all, latency, throughput }: PricedPlan): PlanTable {
  const row = (name: string, prediction: Prediction | null, format: (value: number) => string) =>
    prediction === null
      ? []
      : [[name, format(prediction.value), intervalOf(prediction, format), basisOf(prediction)]];
  const ofTiers = all.flatMap(({ name, each }) => [
    ...row(`${name}: memory`, each.memoryBytes, formatBytes),
    ...row(`${name}: cores`, each.cores, (cores) => cores.toFixed(2)),
    ...row(`${name}: network`, each.networkBitsPerS, formatBits),
  ]);
  return {
    title: 'What to expect, when all are there',
    words: null,
    head: ['figure', 'expected', INTERVAL, 'rests on'],
    rows: [
      ...ofTiers,
      ...row('response p50', latency.p50Ms, formatMs),
      ...row('response p99', latency.p99Ms, formatMs),
      ...(throughput === null ? [] : bends(throughput)),
    ],
    texts: [3],
  };
}

/** Where more load brings less: of all nodes together, and of one. */
function bends({
  messagesPerS,
  kneePerNodePerS,
  peakPerNodePerS,
}: NonNullable<PricedPlan['throughput']>): string[][] {
  const row = (name: string, perS: number) => [name, formatCount(perS), 'not known', basisOf(messagesPerS)];
  return [
    [
      'all: messages/s at the knee',
      formatCount(messagesPerS.value),
      intervalOf(messagesPerS, formatCount),
      basisOf(messagesPerS),
    ],
    row('node: asked at the knee', kneePerNodePerS),
    ...(peakPerNodePerS === null ? [] : [row('node: asked at the peak', peakPerNodePerS)]),
  ];
}

const ROOMS = {
  'to spare': 'room for more',
  'none to spare': 'more than the asked share of it is used',
  none: 'no room for them',
};

function losses({ losses: all }: PricedPlan): PlanTable[] {
  if (all.length === 0) return [];
  return [
    {
      title: 'When a part is lost',
      words: null,
      head: ['lost', 'nodes', 'users', 'nodes left', 'users of each', 'which have'],
      rows: all.map(({ of, nodes, users, survivors, usersPerSurvivor, room }) => [
        `a ${of}`,
        formatCount(nodes),
        formatCount(users),
        formatCount(survivors),
        formatCount(usersPerSurvivor),
        ROOMS[room],
      ]),
      texts: [5],
    },
  ];
}

function recoveries(what: string, sweep: RecoverySweep | null, policies: 'all' | 'the two'): PlanTable[] {
  if (sweep === null) return [];
  const { all, today, recommended } = sweep;
  const told = policies === 'all' ? all : all.filter((one) => one === today || one === recommended);
  const name = (one: Recovery) =>
    `${policyInWords(one.policy)}${one === today ? ', as measured' : ''}${one === recommended ? ' (recommended)' : ''}`;
  return [
    {
      title: `After losing a ${what}`,
      words: `${lossSentence(what, sweep)} Simulated:`,
      head: ['policy', '95 % back', '99 % back', 'attempts each', 'peak/s'],
      rows: told.map((one) => [
        name(one),
        inTime(one.t95S),
        inTime(one.t99S),
        one.amplification.toFixed(2),
        formatCount(one.peakAttemptsPerS),
      ]),
      texts: [],
    },
  ];
}

function inTime(seconds: number | null): string {
  return shown(seconds, (s) => formatMs(s * 1000), 'not in an hour');
}

function costs({ cost, options, demand }: PricedPlan): PlanTable[] {
  if (cost === null) return [];
  const forThousand = (perMonth: number) => money((perMonth / demand.users) * 1000, cost);
  const bill: PlanTable = {
    title: 'What it costs',
    words: `In a month, by the prices of ${cost.asOf}.${cost.notPriced.length === 0 ? '' : ` The price file says nothing of: ${cost.notPriced.join(', ')}.`}`,
    head: ['part', 'a month', 'for 1,000 users', 'reckoned'],
    rows: [
      ...cost.lines.map(({ what, perMonth, words }) => [
        what,
        money(perMonth, cost),
        forThousand(perMonth),
        words,
      ]),
      ['all', money(cost.perMonth, cost), money(cost.per1000Users, cost), ''],
    ],
    texts: [3],
  };
  const compared: PlanTable = {
    title: 'Kinds of nodes',
    words: null,
    head: ['kind', 'nodes', 'a month', 'for 1,000 users', 'against it'],
    rows: options.map(({ nodeType, nodes, perMonth, against }) => [
      `${nodeType}${nodeType === cost.nodeType ? ' (taken)' : ''}`,
      formatCount(nodes),
      money(perMonth, cost),
      forThousand(perMonth),
      against ?? '',
    ]),
    texts: [4],
  };
  return options.length > 1 ? [bill, compared] : [bill];
}

function inputs({ inputs: all }: PricedPlan): PlanTable {
  return {
    title: 'What it rests on',
    words: null,
    head: ['input', 'value', 'basis', 'how'],
    rows: all.map((input) => [input.name, inputValue(input), input.basis, input.words]),
    texts: [2, 3],
  };
}
