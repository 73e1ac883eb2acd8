/**
 * What a technique costs and buys, as tables: one for each baseline.
 */

import type { RunRecord } from '../../model/record.ts';
import { DELTA_LEGEND, type Delta, type DeltaCell, deltas } from '../delta.ts';
import { type Content, html, type Markup } from './markup.ts';
import { table } from './table.ts';

/** The section, or null where no phase has a baseline. */
export function deltaSection(record: RunRecord): Markup | null {
  const all = deltas(record);
  if (all.length === 0) return null;
  return html`<section class="deltas"><h2>What it costs, what it buys</h2>${all.map(deltaTable)}<p class="quiet">${DELTA_LEGEND}</p></section>`;
}

function deltaTable({ baseline, variants, rows }: Delta): Markup {
  const body = rows.map(({ label, baseline: value, cells }): Content[] => [
    label,
    value,
    ...cells.map(cellOf),
  ]);
  return html`<ul>${variants.map(({ sentence }) => html`<li>${sentence}</li>`)}</ul>${table(
    ['', baseline, ...variants.map(({ name }) => name)],
    body,
  )}`;
}

function cellOf({ value, difference }: DeltaCell): Markup {
  return html`${value}<br><span class="quiet">${difference}</span>`;
}
