/**
 * The numbers of a phase that tell what a technique costs and buys, each with how far it may have been off by chance.
 *
 * A run is one sample. What its seconds show is how unsteady a number was within the run, which is the least that it is
 * unsteady between runs; a difference that is no larger than this proves nothing.
 */

import { formatBytes, formatCount, formatMs, formatUs } from '../base/units.ts';
import type { Ordering, Phase, TimelineRow } from '../model/record.ts';
import { herdNames } from './comparison.ts';
import { cpuPerMessage, middleHalf, NOTHING, type Reading, steadyRows } from './seconds.ts';
import { shown, trusted } from './value.ts';

/** A number that phases are compared by. */
export interface Figure {
  label: string;
  of: (phase: Phase) => Reading;
  /** For a difference of two values. */
  format: (value: number) => string;
}

/** The figures by which some phases are compared: of the herds, those that any of them has. */
export function figuresOf(phases: readonly Phase[]): Figure[] {
  const names = new Set(phases.flatMap(({ herds }) => herdNames(herds)));
  return [
    { label: 'ceiling', of: ceiling, format: formatCount },
    { label: 'highest rate', of: highestRate, format: (value) => `${formatCount(value)}/s` },
    { label: 'response p50', of: latency((row) => row.p50Ms, 'p50'), format: formatMs },
    { label: 'response p99', of: latency((row) => row.p99Ms, 'p99'), format: formatMs },
    { label: 'CPU per message', of: cpuPerMessage, format: formatUs },
    { label: 'per connection', of: alone(({ server }) => server?.bytesPerConnection), format: formatBytes },
    { label: 'server memory', of: alone(({ server }) => server?.rssBytes), format: formatBytes },
    { label: 'received', of: alone(({ messages }) => messages.receivedBytes), format: formatBytes },
    ...[...names].map((name) => ({ label: `${name}: 99 % back`, of: returnOf(name), format: formatMs })),
    { label: 'missing', of: missing(({ ordering }) => ordering), format: formatCount },
    { label: 'missing in rooms', of: missing(({ roomOrdering }) => roomOrdering), format: formatCount },
    ...[...names].map((name) => ({ label: `${name}: lost`, of: lostOf(name), format: formatCount })),
    { label: 'server dropped', of: counted(({ server }) => server?.dropped), format: formatCount },
  ];
}

/** The search leaves an interval; one that its own limit ended leaves a bound. */
function ceiling(phase: Phase): Reading {
  if (phase.ceiling === null) return NOTHING;
  const { found, connections, lowerBound, upperBound } = phase.ceiling;
  if (!found) return { ...NOTHING, text: trusted(phase, `≥ ${formatCount(lowerBound)}`) };
  const range = { low: lowerBound, high: upperBound ?? connections };
  return { text: trusted(phase, formatCount(connections)), value: connections, range };
}

function highestRate(phase: Phase): Reading {
  if (phase.rateCeiling === null) return NOTHING;
  const { found, messagesPerS, lowerBound, upperBound } = phase.rateCeiling;
  if (!found) return { ...NOTHING, text: trusted(phase, `≥ ${formatCount(lowerBound)}/s`) };
  const range = { low: lowerBound, high: upperBound ?? messagesPerS };
  return { text: trusted(phase, `${formatCount(messagesPerS)}/s`), value: messagesPerS, range };
}

function latency(ofRow: (row: TimelineRow) => number | null, quantile: 'p50' | 'p99'): Figure['of'] {
  return (phase) => {
    const value = phase.latency.responseMs[quantile];
    const seconds = steadyRows(phase, ['hold']).map(ofRow);
    return { text: trusted(phase, shown(value, formatMs)), value, range: middleHalf(seconds) };
  };
}

/** A number of which a run has but one. */
function alone(of: (phase: Phase) => number | null | undefined): Figure['of'] {
  return (phase) => {
    const value = of(phase) ?? null;
    return { text: shown(value, formatBytes), value, range: null };
  };
}

function returnOf(name: string): Figure['of'] {
  return (phase) => {
    const herd = phase.herds[herdNames(phase.herds).indexOf(name)];
    if (herd === undefined || herd.affected === 0) return NOTHING;
    const inVain = `> ${formatMs(herd.observedMs)}`;
    return { text: trusted(phase, shown(herd.t99Ms, formatMs, inVain)), value: herd.t99Ms, range: null };
  };
}

/** Where no message was expected, none could be missing. */
function missing(of: (phase: Phase) => Ordering | null): Figure['of'] {
  return counted((phase) => {
    const ordering = of(phase);
    return ordering === null || ordering.expected === 0 ? null : ordering.missing;
  });
}

function lostOf(name: string): Figure['of'] {
  return counted(({ herds }) => herds[herdNames(herds).indexOf(name)]?.lost);
}

/**
 * Losses, if they fell independently: 95 % of a Poisson distribution, near enough, and by the rule of three where there
 * was none.
 */
function counted(of: (phase: Phase) => number | null | undefined): Figure['of'] {
  return (phase) => {
    const value = of(phase) ?? null;
    if (value === null) return NOTHING;
    const spread = 2 * Math.sqrt(value);
    const range = { low: Math.max(0, value - spread), high: value + spread + 3 };
    return { text: formatCount(value), value, range };
  };
}
