/**
 * record.json: everything, for machines; laid out so that two records can be compared line by line.
 */

import type { RunRecord } from '../model/record.ts';

/** Objects whose keys come from outside, in the order in which they were met: sorted, so that the order is stable. */
const COUNTS_BY_NAME = new Set(['failed', 'closes', 'reasons']);

/** The record as JSON: in the documented order of its fields, one line for each row of a table in it. */
export function toJson(record: RunRecord): string {
  return `${write(record, '', '')}\n`;
}

function write(value: unknown, key: string, indent: string): string {
  if (typeof value !== 'object' || value === null || isRow(value)) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return block(
      '[',
      value.map((element) => (isFlat(element) ? JSON.stringify(element) : write(element, '', inner))),
    );
  }
  const entries = Object.entries(value).filter(([, element]) => element !== undefined);
  if (COUNTS_BY_NAME.has(key)) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return block(
    '{',
    entries.map(([name, element]) => `${JSON.stringify(name)}: ${write(element, name, inner)}`),
  );

  function block(open: '[' | '{', lines: string[]): string {
    const close = open === '[' ? ']' : '}';
    return lines.length === 0
      ? open + close
      : `${open}\n${inner}${lines.join(`,\n${inner}`)}\n${indent}${close}`;
  }
}

/** An array without objects in it. */
function isRow(value: object): boolean {
  return Array.isArray(value) && value.every((element) => typeof element !== 'object' || element === null);
}

/** An object without objects in it, other than rows: one second of a timeline, one rule, one finding. */
function isFlat(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(
    (element) => typeof element !== 'object' || element === null || isRow(element),
  );
}
