/**
 * What a soak found, process by process.
 */

import { formatBytes } from '../../base/units.ts';
import type { LeakProcess, Phase } from '../../model/record.ts';
import { nameOf } from '../leak.ts';
import { NOT_MEASURED, shown } from '../value.ts';
import type { Content, Markup } from './markup.ts';
import { block, table } from './table.ts';

/** The table, or null of a phase that was no soak. */
export function leaks({ leak }: Phase): Markup | null {
  if (leak === null) return null;
  const head = [`after ${leak.cycles} cycles`, ...leak.processes.map(nameOf)];
  return block(
    'Leaks',
    table(
      head,
      ROWS.map(([name, of]) => [name, ...leak.processes.map(of)]),
    ),
  );
}

const MEASURES = { 'collected-heap': 'heap, collected', rss: 'memory, from outside' };

const ROWS: [string, (process: LeakProcess) => Content][] = [
  ['descriptors', ({ descriptors }) => descriptors.verdict],
  ['– before the first cycle', ({ baseline }) => shown(baseline.openDescriptors)],
  ['– when it was warm', ({ descriptors }) => shown(descriptors.baseline)],
  ['– in the end', ({ descriptors }) => shown(descriptors.last)],
  ['memory', ({ memory }) => memory.verdict],
  ['– a connection', ({ memory }) => shown(memory.bytesPerConnection, formatBytes)],
  ['– 95 %', ({ memory }) => memory.interval?.map(formatBytes).join(' to ') ?? NOT_MEASURED],
  ['– Mann-Kendall p', ({ memory }) => shown(memory.p, (p) => p.toPrecision(2))],
  [
    '– smallest leak to be seen',
    ({ memory }) => shown(memory.smallestDetectableBytesPerConnection, formatBytes),
  ],
  ['– measured by', ({ memoryIs }) => MEASURES[memoryIs]],
];
