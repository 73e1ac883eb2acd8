/**
 * What the single seconds of a phase tell beside its totals.
 */

import { formatUs } from '../base/units.ts';
import type { Phase, StageName, TimelineRow } from '../model/record.ts';
import { NOT_MEASURED, trusted } from './value.ts';

/** From where to where a number may have been. */
export interface Range {
  low: number;
  high: number;
}

/** A number of a phase. */
export interface Reading {
  text: string;
  /** Null where there is none, or only a bound. */
  value: number | null;
  /** Null where one run does not tell. */
  range: Range | null;
}

export const NOTHING: Reading = { text: NOT_MEASURED, value: null, range: null };

/** Fewer seconds show no spread. */
const MIN_SECONDS = 4;

/** Processor time of the server for each message that arrived, over the hold. */
export function cpuPerMessage(phase: Phase): Reading {
  const rows = steadyRows(phase, ['hold']).flatMap(({ serverCpuRatio, received }) =>
    serverCpuRatio === null || received === 0 ? [] : [{ cpuUs: serverCpuRatio * 1e6, received }],
  );
  if (rows.length === 0) return NOTHING;
  const received = rows.reduce((total, row) => total + row.received, 0);
  const value = rows.reduce((total, row) => total + row.cpuUs, 0) / received;
  const range = middleHalf(rows.map((row) => row.cpuUs / row.received));
  return { text: trusted(phase, formatUs(value)), value, range };
}

/** Seconds that belong to one of these stages alone, and that the generator did not spoil. */
export function steadyRows({ timeline }: Phase, stages: readonly StageName[]): TimelineRow[] {
  return timeline.filter(({ stage, whole, valid }) => whole && valid && stages.includes(stage));
}

/** Between which two values the middle half of the seconds lies. */
export function middleHalf(seconds: readonly (number | null)[]): Range | null {
  const sorted = seconds.filter((value) => value !== null).sort((a, b) => a - b);
  if (sorted.length < MIN_SECONDS) return null;
  const at = (quantile: number) => sorted[Math.ceil(quantile * sorted.length) - 1];
  return { low: at(0.25), high: at(0.75) };
}
