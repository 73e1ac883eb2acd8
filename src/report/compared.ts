/**
 * How a comparison reads: for each metric, whether it is worse, by how much, and how sure that is.
 */

import { printable } from '../base/text.ts';
import { formatBytes, formatCount, formatMs, formatRatio } from '../base/units.ts';
import type { ComparedMetric, Comparison, Noise } from '../model/comparison.ts';
import { NOT_MEASURED } from './value.ts';

export const STATUS_SIGNS = { pass: '✓', fail: '✗', inconclusive: '?' };

/** They are mostly alike, and many where the machine is too busy. */
const MAX_DISCARDED = 3;

/** A comparison as lines. */
export function comparisonLines(comparison: Comparison): string[] {
  const { design, base, head, metrics, discarded, warnings } = comparison;
  const runs = Math.max(0, ...metrics.map((metric) => Math.min(metric.base.length, metric.head.length)));
  const more = discarded.length - MAX_DISCARDED;
  return [
    `${comparison.status.toUpperCase()}  head against base, ${runs} ${design === 'pairs' ? 'pairs of runs' : 'runs of each side at the least'}`,
    printable(`  base  ${base}`),
    printable(`  head  ${head}`),
    ...metrics.flatMap((metric) => [
      `${STATUS_SIGNS[metric.status]} ${printable(metric.metric)}  ${answer(metric)}`,
      ...(metric.shiftRatio === null ? [] : [`    ${evidence(metric)}`]),
    ]),
    ...discarded.slice(0, MAX_DISCARDED).map((reason) => printable(`not counted: ${reason}`)),
    ...(more > 0 ? [`not counted: ${more} more`] : []),
    ...warnings.map((warning) => printable(`warning: ${warning}`)),
  ];
}

/** What a metric says, in a few words. */
export function answer(metric: ComparedMetric): string {
  const { status, change, shiftRatio, limitRatio, detectableRatio, reason } = metric;
  if (shiftRatio === null) return `cannot tell: ${printable(reason ?? 'it was not measured')}`;
  if (change !== null) return `${change}: ${signed(shiftRatio)}`;
  if (status === 'pass') return `not worse by more than ${formatRatio(limitRatio)}`;
  const seen =
    detectableRatio === null ? '' : `; a change of ${formatRatio(detectableRatio)} would have been seen`;
  return `cannot tell${seen}`;
}

/** The figures that the answer rests on. */
export function evidence(metric: ComparedMetric): string {
  const { unit, baseMedian, headMedian, shiftRatio, lowRatio, highRatio, confidence, p, noiseRatio } = metric;
  const [base, head] = [baseMedian, headMedian].map((value) =>
    value === null ? NOT_MEASURED : inUnit(value, unit),
  );
  if (shiftRatio === null || confidence === null || p === null) return `${base} → ${head}`;
  const range = `${lowRatio === null ? '−∞' : signed(lowRatio)} to ${highRatio === null ? '+∞' : signed(highRatio)}`;
  const noise = noiseRatio === null ? '' : `, noise ${formatRatio(noiseRatio)}`;
  return `${base} → ${head}, ${signed(shiftRatio)} (${range} at ${formatRatio(confidence)}), p ${p.toPrecision(2)}${noise}`;
}

/** What a server compared with itself came to, as lines. */
export function noiseLines(noise: Noise): string[] {
  const { status, alarms, improvements, inconclusive, comparisons, vain, pairs, metrics } = noise;
  return [
    `${status.toUpperCase()}  base against itself, ${comparisons} comparisons of ${pairs} pairs`,
    `  false alarms     ${alarms} of ${comparisons}`,
    `  false praise     ${improvements} of ${comparisons}`,
    `  inconclusive     ${inconclusive} of ${comparisons}`,
    ...(vain === 0
      ? []
      : [`  in vain          ${vain} more: the generator was the bottleneck in too many runs`]),
    ...metrics.map(({ metric, noiseRatio }) =>
      printable(`  noise            ${formatRatio(noiseRatio)}  ${metric}`),
    ),
  ];
}

function signed(ratio: number): string {
  return `${ratio < 0 ? '−' : '+'}${formatRatio(Math.abs(ratio))}`;
}

function inUnit(value: number, unit: string | null): string {
  switch (unit) {
    case 'ms':
      return formatMs(value);
    case 's':
      return formatMs(value * 1000);
    case 'B':
      return formatBytes(value);
    case 'ratio':
      return formatRatio(value);
    case '/s':
      return `${formatCount(value)}/s`;
    default:
      return formatCount(value);
  }
}
