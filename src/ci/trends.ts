/**
 * A record for services that draw benchmarks over time: github-action-benchmark and Bencher.
 */

import { printable } from '../base/text.ts';
import type { FieldUnit } from '../gate/units.ts';
import type { RunRecord } from '../model/record.ts';
import { type Figure, figuresOf } from './figures.ts';

/** Longest name of a benchmark that Bencher takes. */
const MAX_NAME_LENGTH = 1024;

const UNIT_NAMES: Record<FieldUnit, string> = {
  ms: 'ms',
  s: 's',
  B: 'B',
  '/s': '/s',
  ratio: 'ratio',
  none: 'count',
};

/**
 * For github-action-benchmark, whose tools know one direction each: `customSmallerIsBetter` and `customBiggerIsBetter`.
 */
export function toCustomBenchmark(record: RunRecord, better: Figure['better']): string {
  const figures = figuresOf(record).filter((figure) => figure.better === better);
  return document(
    figures.map(({ phase, path, value, unit }) => ({
      name: `${nameOf(phase)}.${path}`,
      unit: UNIT_NAMES[unit],
      value,
    })),
  );
}

/** Bencher Metric Format: a benchmark for each phase, with a measure for each figure. */
export function toBencher(record: RunRecord): string {
  const figures = figuresOf(record);
  const phases = [...new Set(figures.map(({ phase }) => phase))];
  const benchmarks = phases.map((phase) => {
    const measures = figures.filter((figure) => figure.phase === phase);
    return [nameOf(phase), Object.fromEntries(measures.map(({ path, value }) => [path, { value }]))];
  });
  return document(Object.fromEntries(benchmarks));
}

/** A name may be neither empty nor padded. */
function nameOf(phase: string): string {
  return printable(phase).trim().slice(0, MAX_NAME_LENGTH).trim() || 'phase';
}

function document(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
