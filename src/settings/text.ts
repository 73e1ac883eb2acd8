/**
 * Comments of settings, which say where a value is from.
 */

import { wrap } from '../base/text.ts';

const COLUMNS = 100;

/** A text as lines of a comment, each begun by `#`. */
export function commented(text: string, indent = ''): string {
  return wrap(text, COLUMNS - indent.length - 2)
    .map((line) => `${indent}# ${line}`)
    .join('\n');
}
