/**
 * Tables, which scroll by themselves where they are wider than the page.
 */

import { INVALID } from '../value.ts';
import { type Content, html, type Markup } from './markup.ts';

/** A table whose first column names the rows. Columns hold numbers, those in `texts` words. */
export function table(head: Content[], rows: Content[][], texts: number[] = []): Markup {
  return html`<div class="scroll"><table>
<thead><tr>${head.map((cell, column) => html`<th scope="col"${texts.includes(column) ? TEXT : null}>${cell}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell, column) => cellOf(cell, column, texts.includes(column)))}</tr>\n`)}</tbody>
</table></div>`;
}

/** Names and their values, one below the other. */
export function facts(pairs: [name: string, value: Content][]): Markup {
  return html`<dl>${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd${value === INVALID ? WARNING : null}>${value}</dd></div>`)}</dl>`;
}

/** A part of a phase's tables, with its heading. */
export function block(title: string, content: Content): Markup {
  return html`<section><h3>${title}</h3>${content}</section>`;
}

const TEXT = html` class="text"`;
const WARNING = html` class="invalid"`;

function cellOf(content: Content, column: number, isText: boolean): Markup {
  if (column === 0) return html`<th scope="row">${content}</th>`;
  return html`<td${content === INVALID ? WARNING : isText ? TEXT : null}>${content}</td>`;
}
