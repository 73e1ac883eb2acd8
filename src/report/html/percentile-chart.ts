/**
 * Times by percentile on HdrHistogram's axis, where the tail has as much room as the body.
 */

import { formatMs } from '../../base/units.ts';
import type { Summary } from '../../model/record.ts';
import { type PercentilePoint, percentileCurve, valueAt } from '../percentiles.ts';
import { NOT_MEASURED, shown } from '../value.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { FRAME, line, lineSwatch, type MarkShape, mark, xAxis, yAxis } from './plot.ts';
import { latencyScale, percentileScale, percentLabel } from './scale.ts';

/** What a chart of percentiles shows: up to three distributions of the same things. */
export interface PercentileChart {
  id: string;
  title: string;
  /** What the times are, and whose share stands on the other axis. */
  axes: { y: string; x: string };
  series: { name: string; summary: Summary }[];
  /** @param count of what was timed */
  caption: (count: number) => string;
}

const SHAPES: MarkShape[] = ['circle', 'square', 'diamond'];

/** The chart, or null where nothing was timed. */
export function percentileChart({ id, title, axes, series, caption }: PercentileChart): Markup | null {
  const drawn = series
    .map((one, i) => ({ ...one, style: `s${i + 1}`, shape: SHAPES[i], curve: percentileCurve(one.summary) }))
    .filter(({ curve }) => curve.length > 0);
  if (drawn.length === 0) return null;
  const values = drawn.flatMap(({ curve }) => curve.map((point) => point.ms));
  const count = Math.max(...drawn.map(({ summary }) => summary.count));
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
    title,
    legend: drawn.map(({ name, style, shape }) => ({
      label: name,
      swatch: html`${lineSwatch(style)}${mark(shape, 14, 7, style)}`,
    })),
    drawing: html`${yAxis(FRAME, y, axes.y)}${drawn.map(
      ({ curve, style, shape }) =>
        html`${line(
          curve.map(({ share, ms }) => ({ x: share, y: ms })),
          x,
          y,
          style,
        )}${marks(curve, shape, style)}`,
    )}${xAxis(FRAME, x, axes.x)}`,
    caption: caption(count),
    head: ['percentile', ...drawn.map(({ name }) => name)],
    rows: [
      ...shares.map((share) => [
        percentLabel(share),
        ...drawn.map(({ curve, summary }) =>
          share > 1 - 1 / summary.count ? NOT_MEASURED : formatMs(valueAt(curve, share)),
        ),
      ]),
      ['maximum', ...drawn.map(({ summary }) => shown(summary.max, formatMs))],
    ],
  });
}
