/**
 * Latency by percentile on HdrHistogram's axis, where the tail has as much room as the body.
 */

import { formatCount, formatMs } from '../../base/units.ts';
import type { Phase, Summary } from '../../model/record.ts';
import { type PercentilePoint, percentileCurve, valueAt } from '../percentiles.ts';
import { NOT_MEASURED, shown } from '../value.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { FRAME, line, lineSwatch, type MarkShape, mark, xAxis, yAxis } from './plot.ts';
import { latencyScale, percentileScale, percentLabel } from './scale.ts';

const SERIES: { name: string; style: string; shape: MarkShape; of: (phase: Phase) => Summary }[] = [
  {
    name: 'response time (from when it was due)',
    style: 's1',
    shape: 'circle',
    of: (p) => p.latency.responseMs,
  },
  {
    name: 'service time (from when it was sent)',
    style: 's2',
    shape: 'square',
    of: (p) => p.latency.serviceMs,
  },
];

/** The chart, or null where no latency was measured. */
export function percentileChart(phase: Phase, id: string): Markup | null {
  const series = SERIES.map((one) => ({ ...one, summary: one.of(phase) }))
    .map((one) => ({ ...one, curve: percentileCurve(one.summary) }))
    .filter(({ curve }) => curve.length > 0);
  if (series.length === 0) return null;
  const values = series.flatMap(({ curve }) => curve.map((point) => point.ms));
  const count = Math.max(...series.map(({ summary }) => summary.count));
  const x = percentileScale(count, { from: FRAME.left, to: FRAME.right });
  const y = latencyScale(Math.min(...values) * 0.9, Math.max(...values) * 1.1, {
    from: FRAME.bottom,
    to: FRAME.top,
  });
  const shares = x.ticks.map((tick) => tick.value);
  const marks = (curve: PercentilePoint[], shape: MarkShape, style: string) =>
    shares.map((share) => mark(shape, x.at(share), y.at(valueAt(curve, share)), style));
  return figure({
    id,
    title: 'Latency by percentile',
    legend: series.map(({ name, style, shape }) => ({
      label: name,
      swatch: html`${lineSwatch(style)}${mark(shape, 14, 7, style)}`,
    })),
    drawing: html`${yAxis(FRAME, y, 'latency')}${series.map(
      ({ curve, style, shape }) =>
        html`${line(
          curve.map(({ share, ms }) => ({ x: share, y: ms })),
          x,
          y,
          style,
        )}${marks(curve, shape, style)}`,
    )}${xAxis(FRAME, x, 'share of the messages that were at most so late')}`,
    caption: `${formatCount(count)} messages of the hold and search stages. Where the lines part, messages left later than they were due, or waited behind others.`,
    head: ['percentile', ...series.map(({ name }) => name)],
    rows: [
      ...shares.map((share) => [
        percentLabel(share),
        ...series.map(({ curve, summary }) =>
          share > 1 - 1 / summary.count ? NOT_MEASURED : formatMs(valueAt(curve, share)),
        ),
      ]),
      ['maximum', ...series.map(({ summary }) => shown(summary.max, formatMs))],
    ],
  });
}
