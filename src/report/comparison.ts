/**
 * The phases side by side: the numbers that a reader compares, in the same words in every report.
 */

import { formatBytes, formatCount, formatMs } from '../base/units.ts';
import type { Herd, Phase } from '../model/record.ts';
import { INVALID, NOT_MEASURED, shown, trusted } from './value.ts';

/** One quantity, with its value in each phase. */
interface ComparisonRow {
  label: string;
  values: string[];
}

/** The rows of the table of phases; `values` has one text for each phase, in their order. */
export function comparisonRows(phases: Phase[]): ComparisonRow[] {
  return [...CONNECTIONS, ...herdQuantities(phases), ...RESOURCES].map(({ label, of }) => ({
    label,
    values: phases.map(of),
  }));
}

interface Quantity {
  label: string;
  of: (phase: Phase) => string;
}

const CONNECTIONS: Quantity[] = [
  { label: 'clients held', of: heldOfRequested },
  { label: 'ceiling', of: (phase) => trusted(phase, ceilingOf(phase)) },
  { label: 'bound by', of: (phase) => trusted(phase, limiterOf(phase)) },
  latency('connect p99', (phase) => phase.connect.latencyMs.p99),
  latency('response p50', (phase) => phase.latency.responseMs.p50),
  latency('response p99', (phase) => phase.latency.responseMs.p99),
  latency('service p99', (phase) => phase.latency.serviceMs.p99),
  { label: 'missing', of: (phase) => ofExpected(phase, phase.ordering.missing) },
  { label: 'duplicated', of: (phase) => ofExpected(phase, phase.ordering.duplicates) },
  { label: 'reordered', of: (phase) => ofExpected(phase, phase.ordering.reordered) },
];

const RESOURCES: Quantity[] = [
  { label: 'server CPU time', of: (phase) => shown(phase.server?.cpuS ?? null, (s) => formatMs(s * 1000)) },
  { label: 'server memory', of: (phase) => shown(phase.server?.rssBytes ?? null, formatBytes) },
  { label: 'per connection', of: (phase) => shown(phase.server?.bytesPerConnection ?? null, formatBytes) },
  { label: 'generator', of: (phase) => (phase.generator.valid ? 'valid' : INVALID) },
];

function latency(label: string, ms: (phase: Phase) => number | null): Quantity {
  return { label, of: (phase) => trusted(phase, shown(ms(phase), formatMs)) };
}

/** One quantity for each herd; the nth herd with a trigger is compared with the nth one of the other phases. */
function herdQuantities(phases: Phase[]): Quantity[] {
  const names = new Set(phases.flatMap((phase) => herdNames(phase.herds)));
  return [...names].map((name) => ({
    label: `${name}: 99 % back`,
    of: (phase) => {
      const herd = phase.herds[herdNames(phase.herds).indexOf(name)];
      return herd === undefined ? NOT_MEASURED : trusted(phase, returnOf(herd));
    },
  }));
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

function limiterOf({ ceiling }: Phase): string {
  return ceiling === null ? NOT_MEASURED : `${ceiling.limiter.resource} (${ceiling.limiter.side})`;
}

/** Where no message was expected, none could be missing: that is no proof of order. */
function ofExpected({ ordering }: Phase, count: number): string {
  return ordering.expected === 0 ? NOT_MEASURED : formatCount(count);
}
