/**
 * A record whose every text is an attack on one of the reports.
 */

import { type RunRecord, recordSchema } from '../../src/model/record.ts';
import { ladderRecord } from './sample-record.ts';

/** Markup, the end of a CDATA section, quotes, escapes for terminals, a bidirectional override, Markdown. */
export const HOSTILE =
  '<script>alert(1)</script><img src=x onerror=alert(2)>"\'&]]>\u001b[31mred\u001b[0m\u009b2J\u202edesrever\ufffe|`**b**```\n# head\n| a | b |[x](javascript:alert(3))$x$';

/** The sample with hostile text in each field that may hold any text, and in each name that comes from outside. */
export function hostileRecord(): RunRecord {
  const record = ladderRecord();
  const hostile = poisoned(record) as RunRecord;
  // What may not be any text is put back; more of that shows up once a union is told apart.
  for (;;) {
    const { error, data } = recordSchema.safeParse(hostile);
    if (data !== undefined) return data;
    for (const { path } of error.issues) restore(hostile, record, path);
  }
}

/** Dictionaries, whose keys are data as well. */
const DICTIONARIES = new Set(['failed', 'closes', 'reasons', 'headers']);

function poisoned(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return HOSTILE;
  if (Array.isArray(value)) return value.map((element) => poisoned(element));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, poisoned(inner, name)]);
  if (!DICTIONARIES.has(key)) return Object.fromEntries(entries);
  const names = new Map(entries.map(([name, inner]) => [`${HOSTILE}${name}`, inner]));
  return Object.fromEntries(key === 'headers' ? [[HOSTILE, HOSTILE]] : names);
}

function restore(into: unknown, from: unknown, path: PropertyKey[]): void {
  let target = into as Record<PropertyKey, unknown>;
  let source = from as Record<PropertyKey, unknown>;
  for (const step of path.slice(0, -1)) {
    target = target[step] as typeof target;
    source = source[step] as typeof source;
  }
  const last = path[path.length - 1];
  target[last] = source[last];
}
