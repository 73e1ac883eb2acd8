/**
 * Order of the messages: what was counted, and, where something was out of order, what the disorder was like.
 */

import { formatCount, formatMs, formatRatio } from '../../base/units.ts';
import type { Ordering, Phase } from '../../model/record.ts';
import { NOT_MEASURED, shown, trusted } from '../value.ts';
import { type Content, html, type Markup } from './markup.ts';
import { block, table } from './table.ts';

type Row = [name: string, of: (ordering: Ordering) => Content];

export function ordering(phase: Phase): Markup {
  const columns: [string, Ordering][] = [['publisher and subscriber', phase.ordering]];
  if (phase.roomOrdering !== null) columns.push(['room and subscriber', phase.roomOrdering]);
  const any = (of: (ordering: Ordering) => number) => columns.some(([, one]) => of(one) > 0);
  const rows: Row[] = [
    ...COUNTED,
    ...(any((o) => o.missing) ? LOST : []),
    ...(any((o) => o.duplicates) ? COPIED : []),
    ...(any((o) => o.reordered) ? disordered(phase) : []),
    ...(any((o) => o.examples.length) ? EXAMPLES : []),
  ];
  return block(
    'Ordering',
    table(
      ['one stream per', ...columns.map(([name]) => name)],
      rows.map(([name, of]) => [name, ...columns.map(([, one]) => of(one))]),
    ),
  );
}

const COUNTED: Row[] = [
  ['streams', (o) => formatCount(o.streams)],
  ['expected', (o) => formatCount(o.expected)],
  ['received', (o) => formatCount(o.received)],
  ['missing', (o) => formatCount(o.missing)],
  ['recovered', (o) => formatCount(o.recovered)],
  ['duplicates', (o) => formatCount(o.duplicates)],
  ['reordered', (o) => `${formatCount(o.reordered)} (${shown(o.reorderedRatio, formatRatio)})`],
  ['largest extent', (o) => formatCount(o.maxExtent)],
  ['deepest reordering buffer', (o) => formatCount(o.maxBufferDepth)],
  ['streams begun again', (o) => formatCount(o.resets)],
];

const LOST: Row[] = [['missing of expected', (o) => shown(o.lossRatio, formatRatio)]];

const COPIED: Row[] = [
  ['further copies of received', (o) => shown(o.duplicationFraction, formatRatio)],
  ['received more than once', (o) => shown(o.replicatedRate, formatRatio)],
];

function disordered(phase: Phase): Row[] {
  const ms = (value: number | null) => trusted(phase, shown(value, formatMs));
  return [
    ['late, p50 and p99', (o) => `${ms(o.lateMs?.p50 ?? null)}, ${ms(o.lateMs?.p99 ?? null)}`],
    ['latest', (o) => ms(o.maxLateMs)],
    ['extent, p50 and p99', (o) => both(o.extents)],
    ['buffer that mends it, p50 and p99', (o) => both(o.bufferDepth)],
    ['delay that it adds, p99', (o) => ms(o.headOfLineDelayMs?.p99 ?? null)],
    ['1-reordered', (o) => shown(o.nReordering?.['1'] ?? null, formatRatio)],
    ['3-reordered', (o) => shown(o.nReordering?.['3'] ?? null, formatRatio)],
    ['in order between two of them, mean', (o) => shown(o.freeRuns?.meanLength ?? null, decimal)],
    ['variability of that', (o) => shown(o.freeRuns?.variability ?? null, decimal)],
    ['discontinuities', (o) => shown(o.discontinuities)],
    ['messages between two of them, mean', (o) => shown(o.meanDiscontinuityGap, decimal)],
    ['displacement, of a sample', (o) => density(o.reorderDensity, centred)],
    ['messages held back, of the sample', (o) => density(o.bufferOccupancyDensity, (index) => `${index}`)],
  ];
}

const EXAMPLES: Row[] = [
  [
    'examples',
    (o) =>
      o.examples.map(
        ({ kind, client, epoch, seq, after }) =>
          html`<div>client ${client}, epoch ${epoch}: ${seq} after ${after} (${kind})</div>`,
      ),
  ],
];

/** Early messages have a displacement below 0, late ones above. */
function centred(index: number, length: number): string {
  const displacement = index - (length - 1) / 2;
  return displacement > 0 ? `+${displacement}` : `${displacement}`.replace('-', '−');
}

/** What is in it at all, one below the other. */
function density(shares: number[] | null, label: (index: number, length: number) => string): Content {
  if (shares === null) return NOT_MEASURED;
  return shares.flatMap((share, index) =>
    share === 0 ? [] : [html`<div>${label(index, shares.length)}: ${formatRatio(share)}</div>`],
  );
}

function both(quantiles: { p50: number | null; p99: number | null } | null): string {
  return quantiles === null ? NOT_MEASURED : `${shown(quantiles.p50)}, ${shown(quantiles.p99)}`;
}

function decimal(value: number): string {
  return value.toFixed(value < 100 ? 2 : 0);
}
