/**
 * The phases side by side: the numbers that a reader compares, in the same words in every report.
 */

import { formatBytes, formatCount, formatMs } from '../base/units.ts';
import type { Herd, Phase } from '../model/record.ts';
import { madeOf, nodeLoad } from './arrangement.ts';
import { carriageQuantities } from './carriage.ts';
import { deliveryQuantities } from './delivery.ts';
import { edgeQuantities } from './edge.ts';
import { faultsInWords } from './faults.ts';
import { fitness } from './generator.ts';
import { heartbeatQuantities } from './heartbeat.ts';
import { leakQuantities } from './leak.ts';
import { memoryQuantities } from './memory.ts';
import { latency, type Quantity } from './quantity.ts';
import { failoverQuantities } from './regions.ts';
import { hasRooms, reachQuantities, roomQuantities } from './rooms.ts';
import { routeQuantities } from './routes.ts';
import { cpuPerMessage } from './seconds.ts';
import { NOT_MEASURED, shown, trusted } from './value.ts';

/** One quantity, with its value in each phase. */
interface ComparisonRow {
  label: string;
  values: string[];
}

/** The rows of the table of phases; `values` has one text for each phase, in their order. */
export function comparisonRows(phases: Phase[]): ComparisonRow[] {
  return [
    { label: 'made of', of: ({ topology }: Phase) => madeOf(topology) },
    { label: 'clients held', of: heldOfRequested },
    ...loadQuantities(phases),
    ...CONNECTIONS,
    ...rateQuantities(phases),
    ...reachQuantities(phases),
    ...ORDER,
    ...(phases.some(({ ordering }) => ordering.reordered > 0) ? DISORDER : []),
    ...roomQuantities(phases),
    ...deliveryQuantities(phases),
    ...herdQuantities(phases),
    ...failoverQuantities(phases),
    ...routeQuantities(phases),
    ...SERVER,
    ...(phases.some(({ server }) => (server?.dropped ?? 0) > 0) ? [DROPPED] : []),
    ...carriageQuantities(phases),
    ...edgeQuantities(phases),
    ...heartbeatQuantities(phases),
    ...faultQuantities(phases),
    ...memoryQuantities(phases),
    ...leakQuantities(phases),
    { label: 'generator', of: fitness },
  ].map(({ label, of }) => ({ label, values: phases.map(of) }));
}

/** Only where there are nodes that can be compared. */
function loadQuantities(phases: Phase[]): Quantity[] {
  return phases.some(({ topology }) => topology.balance !== null)
    ? [{ label: 'clients of a node', of: ({ topology }) => nodeLoad(topology) }]
    : [];
}

const CONNECTIONS: Quantity[] = [
  { label: 'ceiling', of: (phase) => trusted(phase, ceilingOf(phase)) },
  { label: 'bound by', of: (phase) => trusted(phase, limiterOf(phase)) },
  latency('connect p99', (phase) => phase.connect.latencyMs.p99),
  latency('response p50', (phase) => phase.latency.responseMs.p50),
  latency('response p99', (phase) => phase.latency.responseMs.p99),
  latency('service p50', (phase) => phase.latency.serviceMs.p50),
  latency('service p99', (phase) => phase.latency.serviceMs.p99),
];

/** One stream for each publisher and subscriber. */
const ORDER: Quantity[] = [
  { label: 'missing', of: (phase) => ofExpected(phase, phase.ordering.missing) },
  { label: 'duplicated', of: (phase) => ofExpected(phase, phase.ordering.duplicates) },
  { label: 'reordered', of: (phase) => ofExpected(phase, phase.ordering.reordered) },
];

/** What would put the reordered messages in order again; only where there are any. */
const DISORDER: Quantity[] = [
  { label: 'mended by, p99', of: ({ ordering }) => shown(ordering.bufferDepth?.p99 ?? null, inBuffer) },
  latency('by a delay, p99', ({ ordering }) => ordering.headOfLineDelayMs?.p99 ?? null),
];

function inBuffer(messages: number): string {
  return `a buffer of ${formatCount(messages)}`;
}

const SERVER: Quantity[] = [
  { label: 'server CPU time', of: (phase) => shown(phase.server?.cpuS ?? null, (s) => formatMs(s * 1000)) },
  { label: 'CPU per message', of: (phase) => cpuPerMessage(phase).text },
  { label: 'server memory', of: (phase) => shown(phase.server?.rssBytes ?? null, formatBytes) },
  { label: 'per connection', of: (phase) => shown(phase.server?.bytesPerConnection ?? null, formatBytes) },
];

/** Only where any were. */
const DROPPED: Quantity = { label: 'server dropped', of: ({ server }) => shown(server?.dropped ?? null) };

/** Only where the server was asked for some. */
function faultQuantities(phases: Phase[]): Quantity[] {
  const told = ({ server }: Phase) => faultsInWords(server?.faults ?? null);
  return phases.every((phase) => told(phase) === null)
    ? []
    : [{ label: 'faults asked for', of: (phase) => told(phase) ?? NOT_MEASURED }];
}

/** What is told of each herd; the nth herd with a trigger is compared with the nth one of the other phases. */
function herdQuantities(phases: Phase[]): Quantity[] {
  const names = new Set(phases.flatMap((phase) => herdNames(phase.herds)));
  const inRooms = phases.some(hasRooms);
  return [...names].flatMap((name) => {
    const find = ({ herds }: Phase) => herds[herdNames(herds).indexOf(name)];
    const row = (label: string, of: (herd: Herd, phase: Phase) => string): Quantity => ({
      label: `${name}: ${label}`,
      of: (phase) => (find(phase) === undefined ? NOT_MEASURED : of(find(phase), phase)),
    });
    const hasBystanders = phases.some((phase) => (find(phase)?.collateral.clients ?? 0) > 0);
    return [
      row('99 % back', (herd, phase) => trusted(phase, returnOf(herd))),
      row('lost', (herd) => formatCount(herd.lost)),
      ...(inRooms ? [row('recovered', recoveredOf)] : []),
      ...(hasBystanders ? [row('others p99', bystandersOf)] : []),
    ];
  });
}

/** An echo has no history from which it could be recovered. */
function recoveredOf(herd: Herd, phase: Phase): string {
  return hasRooms(phase) ? formatCount(herd.recovered) : NOT_MEASURED;
}

/** Response of those whom the herd did not touch. */
function bystandersOf({ collateral }: Herd, phase: Phase): string {
  return collateral.clients === 0 ? NOT_MEASURED : trusted(phase, shown(collateral.responseMs.p99, formatMs));
}

/** `drop`, `kill`, and `drop 2` where a trigger comes again. */
export function herdNames(herds: Herd[]): string[] {
  return herds.map(({ trigger }, index) => {
    const earlier = herds.slice(0, index).filter((herd) => herd.trigger === trigger).length;
    return earlier === 0 ? trigger : `${trigger} ${earlier + 1}`;
  });
}

/** When 99 % of a herd were back, or how long that was waited for in vain. */
function returnOf(herd: Herd): string {
  if (herd.affected === 0) return NOT_MEASURED;
  return herd.t99Ms === null ? `> ${formatMs(herd.observedMs)}` : formatMs(herd.t99Ms);
}

function heldOfRequested({ clients }: Phase): string {
  const peak = formatCount(clients.peak);
  return clients.peak < clients.requested ? `${peak} of ${formatCount(clients.requested)}` : peak;
}

function ceilingOf({ ceiling }: Phase): string {
  if (ceiling === null) return NOT_MEASURED;
  return ceiling.found ? formatCount(ceiling.connections) : `≥ ${formatCount(ceiling.lowerBound)}`;
}

function limiterOf({ ceiling, rateCeiling }: Phase): string {
  const limiter = ceiling?.limiter ?? rateCeiling?.limiter;
  return limiter === undefined ? NOT_MEASURED : `${limiter.resource} (${limiter.side})`;
}

/** Only where it was searched for. */
function rateQuantities(phases: Phase[]): Quantity[] {
  return phases.some(({ rateCeiling }) => rateCeiling !== null)
    ? [{ label: 'highest rate', of: (phase) => trusted(phase, highestRateOf(phase)) }]
    : [];
}

function highestRateOf({ rateCeiling }: Phase): string {
  if (rateCeiling === null) return NOT_MEASURED;
  return `${rateCeiling.found ? '' : '≥ '}${formatCount(rateCeiling.messagesPerS)}/s`;
}

/** Where no message was expected, none could be missing: that is no proof of order. */
function ofExpected({ ordering }: Phase, count: number): string {
  return ordering.expected === 0 ? NOT_MEASURED : formatCount(count);
}
