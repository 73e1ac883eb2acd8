/**
 * A capacity plan in words: its answer, how sure it is, and what it costs.
 */

import { formatBytes, formatCount, formatMs } from '../base/units.ts';
import type { CapacityPlan, Input, Objective, Prediction, Tier } from '../capacity/capacity-plan.ts';
import type { RecoverySweep } from '../capacity/recovery.ts';
import type { PricedPlan } from '../cost/choose.ts';
import type { Cost } from '../cost/cost.ts';
import type { BackoffPlan } from '../model/backoff.ts';

/** The answer: `250,000 users: 9 nodes, of which 1 may be lost; memory binds at 34,100 users a node (31,900 to 36,600).` */
export function planSentence({ demand, nodes, nodesPerRegion, binding, tiers }: CapacityPlan): string {
  const name = tiers.some((tier) => tier.name === 'gateway') ? 'gateway' : 'node';
  const { users, regions, spareNodes } = demand;
  const spread = regions === 1 ? '' : `, ${formatCount(nodesPerRegion)} in each of ${regions} regions`;
  const spare = spareNodes === 0 ? 'none to spare' : `of which ${spareNodes} may be lost`;
  const { usersPerNode } = binding;
  const range = intervalOf(usersPerNode, formatCount);
  const sure = range === 'exact' ? '' : ` (${range === 'not known' ? 'how sure is not known' : range})`;
  return (
    `${formatCount(users)} users: ${plural(nodes, name)}${spread}, ${spare}${regions > 1 && spareNodes > 0 ? ' in each' : ''}; ` +
    `${BINDING[binding.name]} at ${formatCount(usersPerNode.value)} users a ${name}${sure}.`
  );
}

const BINDING: Record<CapacityPlan['binding']['name'], string> = {
  memory: 'memory binds',
  processor: 'the processor binds',
  descriptors: 'open files bind',
  network: 'the network binds',
  'measured ceiling': 'the measured ceiling binds',
};

/** What else the plan's first lines say: which phase of the guide it is, and how far it goes beyond what was measured. */
export function furtherSentences(plan: PricedPlan): string[] {
  const { phase, extrapolation, objectives, cost } = plan;
  return [
    ...objectives.map(objectiveSentence),
    ...(cost === null ? [] : [costSentence(cost)]),
    extrapolation > 1
      ? `A node has ${extrapolation.toFixed(1)} times the most that was measured on one.`
      : 'A node has no more than was measured on one.',
    `This is the guide's phase ${phase}.`,
  ];
}

function objectiveSentence({ name, limit, unit, predicted, words }: Objective): string {
  const inUnit = (value: number) => formatMs(unit === 's' ? value * 1000 : value);
  const what = name === 'recovery' ? 'Recovery' : 'Response p99';
  const value = predicted === null ? 'is not known' : inUnit(predicted.value);
  return `${what} ${value}, of ${inUnit(limit)} that are asked for: ${words}.`;
}

function costSentence(cost: Cost): string {
  const { nodeType, perMonth, per1000Users, range, asOf, notPriced } = cost;
  const between =
    range === null || range[0] === range[1] ? '' : ` (${money(range[0], cost)} to ${money(range[1], cost)})`;
  const without = notPriced.length === 0 ? '' : `, without ${listed(notPriced)}`;
  return `On ${nodeType} that is ${money(perMonth, cost)} a month${between}, ${money(per1000Users, cost)} for 1,000 users${without}, by the prices of ${asOf}.`;
}

/** An amount in the currency of the price file: whole above a hundred. */
export function money(amount: number, { currency }: { currency: string }): string {
  const digits = Math.abs(amount) >= 100 ? 0 : Math.abs(amount) >= 0.1 ? 2 : 4;
  const text = amount.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${text} ${currency}`;
}

/** How sure a figure is: `1.80 GB to 2.20 GB`; what follows from what is given is exact. */
export function intervalOf({ low, high }: Prediction, format: (value: number) => string): string {
  if (low === null || high === null) return 'not known';
  return low === high ? 'exact' : `${format(low)} to ${format(high)}`;
}

/** What a figure rests on: `measured (small, large): a line through two phases`. */
export function basisOf({ basis, from, words }: Prediction): string {
  return `${basis}${from.length === 0 ? '' : ` (${from.join(', ')})`}: ${words}`;
}

/** A figure that went into the plan, with its unit. */
export function inputValue({ value, unit }: Input): string {
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'ms') return formatMs(value);
  if (unit === 'bit/s') return formatBits(value);
  // `s`, or `s an event`.
  if (/^s\b/.test(unit)) return `${formatMs(value * 1000)}${unit.slice(1)}`;
  return unit === '' || unit.startsWith('/') ? `${figure(value)}${unit}` : `${figure(value)} ${unit}`;
}

/** `8.6 Mbit/s`, `1 Gbit/s`: what a network carries is told in thousands. */
export function formatBits(bitsPerS: number): string {
  return bitsPerS >= 1e9 ? `${figure(bitsPerS / 1e9)} Gbit/s` : `${figure(bitsPerS / 1e6)} Mbit/s`;
}

/** A number of any size, in no more than it takes. */
export function figure(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 1000
    ? formatCount(value)
    : String(Number(value.toPrecision(3)));
}

export function tierNumber({ count, perRegion, sparePerRegion }: Tier): string {
  const spare = sparePerRegion === 0 ? '' : `${sparePerRegion} spare`;
  const each =
    count === perRegion ? spare : [`${perRegion} a region`, spare].filter((text) => text !== '').join(', ');
  return each === '' ? formatCount(count) : `${formatCount(count)}, ${each}`;
}

/** What happens then: `When a node is lost, 27,778 users come back to nodes that accept 4,000/s.` */
export function lossSentence(what: string, { clients, acceptsPerS, server }: RecoverySweep): string {
  const { basis } = server.acceptsPerS;
  return `When a ${what} is lost, ${formatCount(clients)} users come back to nodes that accept ${formatCount(acceptsPerS)}/s (${basis}).`;
}

export function policyInWords({ kind, firstMs }: BackoffPlan): string {
  return firstMs === 0 ? kind : `${kind} over ${formatMs(firstMs)}`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function plural(count: number, name: string): string {
  return `${formatCount(count)} ${name}${count === 1 ? '' : 's'}`;
}
