/**
 * HTML and SVG that are safe by construction: whatever is put into a template is escaped, unless it is itself the
 * result of a template.
 */

import { escapeMarkup } from '../../base/text.ts';

/** Text that is known to be markup. */
export interface Markup {
  readonly markup: string;
}

/** What a template takes: markup as it is, anything else escaped, lists one after the other, null as nothing. */
export type Content = Markup | string | number | null | readonly Content[];

/** A piece of HTML or SVG. */
export function html(strings: TemplateStringsArray, ...contents: Content[]): Markup {
  const parts = contents.map((content, index) => rendered(content) + strings[index + 1]);
  return { markup: strings[0] + parts.join('') };
}

function rendered(content: Content): string {
  if (content === null) return '';
  if (typeof content === 'string') return escapeMarkup(content);
  if (typeof content === 'number') return String(Math.round(content * 100) / 100);
  return 'markup' in content ? content.markup : content.map(rendered).join('');
}
