/**
 * What a plan costs in a month, by a price file.
 */

import { formatCount, formatRatio } from '../base/units.ts';
import type { CapacityPlan, Tier } from '../capacity/capacity-plan.ts';
import { bytesToClient } from '../capacity/wire-bytes.ts';
import type { Prices } from './prices.ts';

/** As much of a plan as its price depends on, which is quickly made. */
export type Outline = Pick<CapacityPlan, 'demand' | 'tiers' | 'binding' | 'nodes'>;

/** One part of the bill. */
interface CostLine {
  what: string;
  perMonth: number;
  /** How it is reckoned. */
  words: string;
}

export interface Cost {
  nodeType: string;
  currency: string;
  /** The day of the price file. */
  asOf: string;
  lines: CostLine[];
  /** The sum of the lines, and what it were if a node had as little or as much room as the plan is sure of. */
  perMonth: number;
  range: [low: number, high: number] | null;
  per1000Users: number;
  /** Parts of the plan that the price file says nothing of. */
  notPriced: string[];
}

const GB = 2 ** 30;
/** Preamble, gap and head of Ethernet are on the wire, and on no bill. */
const ETHERNET_BYTES = 38;
/** What holds connections or answers for them is of the chosen kind of node. */
const NODE_TIERS: readonly Tier['name'][] = ['node', 'gateway', 'backend'];

/** What the plan costs on nodes of a type of the price file, for which it was made. */
export function costOf(plan: Outline, prices: Prices, nodeType: string): Cost {
  const { currency, asOf, hoursPerMonth } = prices;
  const perHour = prices.nodes[nodeType].perHour;
  const nodeLines = plan.tiers
    .filter(({ name }) => NODE_TIERS.includes(name))
    .map((tier) => hours(tier, `${nodeType} for ${plural(tier.count, tier.name)}`, perHour, hoursPerMonth));
  const broker = plan.tiers.find(({ name }) => name === 'broker') ?? null;
  const lines = [
    ...nodeLines,
    ...(broker === null || prices.broker === undefined
      ? []
      : [hours(broker, plural(broker.count, 'broker'), prices.broker.perHour, hoursPerMonth)]),
    ...balancerLines(plan, prices),
    ...egressLines(plan, prices),
  ];
  const perMonth = sum(lines);
  const spread = rangeOfNodes(plan);
  const perNode = perHour * hoursPerMonth;
  return {
    ...{ nodeType, currency, asOf, lines, perMonth },
    range:
      spread === null
        ? null
        : [perMonth - (plan.nodes - spread[0]) * perNode, perMonth + (spread[1] - plan.nodes) * perNode],
    per1000Users: (perMonth / plan.demand.users) * 1000,
    notPriced: [
      ...(broker !== null && prices.broker === undefined ? ['broker'] : []),
      ...(balancersOf(plan) > 0 && prices.balancer === undefined ? ['balancer'] : []),
      ...(prices.egress === undefined ? ['egress'] : []),
    ],
  };
}

function hours({ count }: Tier, what: string, perHour: number, hoursPerMonth: number): CostLine {
  const words = `${count} × ${perHour} an hour × ${hoursPerMonth} hours`;
  return { what, perMonth: count * perHour * hoursPerMonth, words };
}

function balancersOf({ tiers }: Outline): number {
  return tiers.find(({ name }) => name === 'balancer')?.count ?? 0;
}

function balancerLines(plan: Outline, { balancer, averageLoad, hoursPerMonth }: Prices): CostLine[] {
  const count = balancersOf(plan);
  if (balancer === undefined || count === 0) return [];
  const { perHour, unit } = balancer;
  const line = {
    what: plural(count, 'balancer'),
    perMonth: count * perHour * hoursPerMonth,
    words: `${count} × ${perHour} an hour × ${hoursPerMonth} hours`,
  };
  if (unit === undefined) return [line];
  const connections = (plan.demand.users * averageLoad) / unit.connections;
  const traffic = (egressGBPerHour(plan) * averageLoad) / unit.GBPerHour;
  const units = Math.max(connections, traffic);
  const by =
    connections >= traffic ? `${formatCount(unit.connections)} connections` : `${unit.GBPerHour} GB an hour`;
  return [
    line,
    {
      what: 'units of the balancers',
      perMonth: units * unit.perHour * hoursPerMonth,
      words: `${units.toFixed(1)} units of ${by} × ${unit.perHour} an hour × ${hoursPerMonth} hours`,
    },
  ];
}

function egressLines(plan: Outline, { egress, averageLoad, hoursPerMonth }: Prices): CostLine[] {
  if (egress === undefined) return [];
  const gigabytes = egressGBPerHour(plan) * averageLoad * hoursPerMonth;
  const load =
    averageLoad === 1
      ? 'all users there all the time'
      : `${formatRatio(averageLoad)} of the users on average`;
  return [
    {
      what: 'egress',
      perMonth: gigabytes * egress.perGB,
      words: `${formatCount(gigabytes)} GB × ${egress.perGB}, with ${load}`,
    },
  ];
}

/** To the clients, in packets of IP. */
function egressGBPerHour({ demand }: Outline): number {
  const { users, messagesPerUserPerS, fanout, sizeBytes, tls } = demand;
  const bytes = bytesToClient(sizeBytes, tls) - ETHERNET_BYTES;
  return (users * messagesPerUserPerS * fanout * bytes * 3600) / GB;
}

/** Nodes of the plan if each had as much or as little room as it may have. */
function rangeOfNodes({ demand, binding, nodes }: Outline): [fewest: number, most: number] | null {
  const { low, high } = binding.usersPerNode;
  if (low === null || high === null || low < 1) return null;
  const { users, regions, spareNodes } = demand;
  const count = (room: number) => regions * (Math.ceil(users / regions / room) + spareNodes);
  return [Math.min(nodes, count(high)), Math.max(nodes, count(low))];
}

function sum(lines: readonly CostLine[]): number {
  return lines.reduce((total, { perMonth }) => total + perMonth, 0);
}

function plural(count: number, name: string): string {
  return `${formatCount(count)} ${name}${count === 1 ? '' : 's'}`;
}
