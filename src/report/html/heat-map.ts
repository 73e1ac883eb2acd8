/**
 * Response times over time: how many messages took how long in each second, and the percentiles above them.
 */

import { formatCount, formatMs } from '../../base/units.ts';
import { LATENCY_BUCKET_ENDS_MS, type Phase, type TimelineRow } from '../../model/record.ts';
import { shown } from '../value.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { FRAME, type LegendEntry, lineOnFields, lineSwatch, place, xAxis, yAxis } from './plot.ts';
import { latencyScale, type Scale } from './scale.ts';
import { backdrop, backdropLegend, phaseTime } from './stages.ts';

/** A long phase is drawn in so many columns, each of which sums up its seconds. */
const MAX_COLUMNS = 120;
const LEVELS = 6;

/** The heat map, or null where no second has latencies. */
export function heatMap(phase: Phase, id: string): Markup | null {
  const rows = phase.timeline;
  const columns = columnsOf(rows);
  const used = LATENCY_BUCKET_ENDS_MS.flatMap((_, bucket) =>
    columns.some(({ counts }) => counts[bucket] > 0) ? [bucket] : [],
  );
  if (used.length === 0) return null;
  const slowestMs = columns.reduce((max, { p99Ms }) => Math.max(max, p99Ms ?? 0), 0);
  const topMs = Math.max(LATENCY_BUCKET_ENDS_MS[used[used.length - 1]], slowestMs);
  const x = phaseTime(rows, FRAME);
  const y = latencyScale(bucketStartMs(used[0]), topMs, { from: FRAME.bottom, to: FRAME.top });
  const percentile = (of: (column: Column) => number | null, style: string) => {
    const points = columns.map((column) => ({ x: (column.fromMs + column.toMs) / 2, y: of(column) }));
    return lineOnFields(points, x, y, style);
  };
  return figure({
    id,
    title: 'Response time over time',
    legend: [
      { label: 'p50', swatch: lineSwatch('s3') },
      { label: 'p99', swatch: lineSwatch('s2') },
      levelLegend(columns),
      ...backdropLegend(phase),
    ],
    drawing: html`<g class="plain">${backdrop(phase, FRAME, x)}</g>${cells(columns, x, y)}${yAxis(FRAME, y, 'response time')}${percentile((column) => column.p50Ms, 's3')}${percentile((column) => column.p99Ms, 's2')}${xAxis(FRAME, x, 'since the phase began')}`,
    caption: `The stronger the colour of a field, the more messages were answered in that time. Two separate bands are two kinds of answers.${rows.length > MAX_COLUMNS ? ' The lines show the worst second of each column.' : ''}`,
    head: ['second', 'messages', 'p50', 'p99'],
    rows: rows.map((row) => [
      formatCount(row.tMs / 1000),
      shown(
        row.latencyBuckets.length === 0 ? null : row.latencyBuckets.reduce((sum, count) => sum + count, 0),
      ),
      shown(row.p50Ms, formatMs),
      shown(row.p99Ms, formatMs),
    ]),
  });
}

interface Column {
  fromMs: number;
  toMs: number;
  counts: number[];
  /** Of the worst second. */
  p50Ms: number | null;
  p99Ms: number | null;
}

function columnsOf(rows: TimelineRow[]): Column[] {
  const size = Math.ceil(rows.length / MAX_COLUMNS);
  const columns: Column[] = [];
  // The last second is where the axis ends; a column of its own would stand outside of it.
  for (let first = 0; first < rows.length - 1; first += size) {
    const counts: number[] = new Array(LATENCY_BUCKET_ENDS_MS.length).fill(0);
    const seconds = rows.slice(first, first + size);
    for (const row of seconds) {
      for (const [bucket, count] of row.latencyBuckets.entries()) counts[bucket] += count;
    }
    const worst = (of: (row: TimelineRow) => number | null) =>
      seconds.reduce<number | null>(
        (max, row) => (of(row) === null ? max : Math.max(max ?? 0, of(row)!)),
        null,
      );
    const next = rows[Math.min(first + size, rows.length - 1)];
    columns.push({
      fromMs: rows[first].tMs,
      toMs: next.tMs,
      counts,
      p50Ms: worst((row) => row.p50Ms),
      p99Ms: worst((row) => row.p99Ms),
    });
  }
  return columns;
}

/** All fields of one level are one path, neighbours in a bucket one field: a long phase stays a small file. */
function cells(columns: Column[], x: Scale, y: Scale): Markup[] {
  const most = mostIn(columns);
  const paths: string[] = new Array(LEVELS + 1).fill('');
  for (let bucket = 0; bucket < LATENCY_BUCKET_ENDS_MS.length; bucket++) {
    let first = 0;
    while (first < columns.length) {
      const level = levelOf(columns[first].counts[bucket], most);
      let last = first;
      while (last + 1 < columns.length && levelOf(columns[last + 1].counts[bucket], most) === level) last++;
      const left = x.at(columns[first].fromMs);
      const top = y.at(LATENCY_BUCKET_ENDS_MS[bucket]);
      const height = y.at(bucketStartMs(bucket)) - top;
      const width = x.at(columns[last].toMs) - left;
      paths[level] += `M${place(left)} ${place(top)}h${place(width)}v${place(height)}h${place(-width)}z`;
      first = last + 1;
    }
  }
  return paths.flatMap((path, level) =>
    level === 0 || path === '' ? [] : [html`<path class="heat h${level}" d="${path}"/>`],
  );
}

/** 0 for none; then logarithmic, so that a few slow messages can be seen beside thousands of fast ones. */
function levelOf(count: number, most: number): number {
  if (count === 0) return 0;
  return Math.max(1, Math.ceil(LEVELS * (Math.log(1 + count) / Math.log(1 + most))));
}

function levelLegend(columns: Column[]): LegendEntry {
  const width = 26 / LEVELS;
  const levels = Array.from({ length: LEVELS }, (_, i) => i + 1);
  return {
    label: `1 to ${formatCount(mostIn(columns))} messages`,
    swatch: html`${levels.map((level) => html`<rect class="heat h${level}" x="${1 + (level - 1) * width}" y="1" width="${width}" height="12"/>`)}`,
  };
}

function mostIn(columns: Column[]): number {
  return columns.reduce((most, { counts }) => Math.max(most, ...counts), 0);
}

function bucketStartMs(bucket: number): number {
  return bucket === 0 ? LATENCY_BUCKET_ENDS_MS[0] / Math.SQRT2 : LATENCY_BUCKET_ENDS_MS[bucket - 1];
}
