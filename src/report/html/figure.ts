/**
 * A chart as a whole: heading, legend, drawing, caption, and the numbers as a table for those who cannot or would
 * rather not read a drawing.
 */

import { type Content, html, type Markup } from './markup.ts';
import { HEIGHT, type LegendEntry, WIDTH } from './plot.ts';
import { table } from './table.ts';
import { sampled } from './thin.ts';

export interface Chart {
  /** Unique in the page. */
  id: string;
  title: string;
  legend: LegendEntry[];
  /** The drawing, WIDTH by HEIGHT. */
  drawing: Content;
  caption: Content;
  head: string[];
  rows: Content[][];
  /** Columns of words. */
  texts?: number[];
}

const MAX_ROWS = 60;

/** The chart as a `<figure>`. */
export function figure({ id, title, legend, drawing, caption, head, rows, texts }: Chart): Markup {
  const shown = sampled(rows, MAX_ROWS);
  const note =
    shown.length < rows.length ? ` (${shown.length} of ${rows.length}; all are in record.json)` : '';
  return html`
<figure id="${id}">
<h4>${title}</h4>
<ul class="legend">${legend.map(({ label, swatch }) => html`<li><svg aria-hidden="true" viewBox="0 0 28 14">${swatch}</svg>${label}</li>`)}</ul>
<svg class="chart" role="img" aria-labelledby="${id}-title" viewBox="0 0 ${WIDTH} ${HEIGHT}"><title id="${id}-title">${title}</title>${drawing}</svg>
<figcaption>${caption}</figcaption>
<details><summary>Numbers${note}</summary>${table(head, shown, texts)}</details>
</figure>`;
}
