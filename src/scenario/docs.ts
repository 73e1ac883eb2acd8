/**
 * The part of the documentation that is made from the options themselves.
 */

import { z } from 'zod';
import { FAULTS, type FaultName, type Parameter } from '../model/faults.ts';
import { LOAD_OPTIONS, type LoadKey } from '../model/scenario.ts';

/** The options of a phase as a Markdown table: key, flag, type, default and meaning. */
export function optionTable(): string {
  const rows = (Object.keys(LOAD_OPTIONS) as LoadKey[]).map((key) => {
    const { flag, schema, fallback, help } = LOAD_OPTIONS[key];
    return [code(key), flag === undefined ? '' : code(flag), typeName(schema), defaultText(fallback), help];
  });
  return [['key', 'flag', 'type', 'default', 'meaning'], ['---', '---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

/** What the bundled server can be asked to do wrong, as a Markdown table. */
export function faultTable(): string {
  const rows = (Object.keys(FAULTS) as FaultName[]).map((name) => {
    const { help, parameters, shows } = FAULTS[name];
    const said = Object.entries<Parameter>(parameters).map(([key, { kind, fallback }]) => {
      const value = fallback === undefined ? '' : ` (${fallback}${kind === 'time' ? ' ms' : ''})`;
      return `${code(key)}: ${KIND_NAMES[kind]}${value}`;
    });
    return [code(name), help, said.join('; '), shows];
  });
  return [
    ['fault', 'what happens', 'parameters (default)', 'where the report shows it'],
    ['---', '---', '---', '---'],
    ...rows,
  ]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

const KIND_NAMES: Record<Parameter['kind'], string> = {
  share: 'share from 0 to 1',
  count: 'whole number from 1 up',
  time: 'time, like `25ms`, up to `1h`',
  bytes: 'bytes',
  number: 'number; 0 is none',
  status: 'HTTP status from 400 up',
  code: 'close code',
};

function code(text: string): string {
  return `\`${text}\``;
}

function defaultText(fallback: unknown): string {
  if (fallback === undefined) return '';
  const isEmpty = typeof fallback === 'object' && fallback !== null && Object.keys(fallback).length === 0;
  return isEmpty ? 'none' : code(String(fallback));
}

/** A schema's type in a few words. */
function typeName(schema: z.ZodType): string {
  const { type, enum: values, minimum, exclusiveMinimum, examples } = z.toJSONSchema(schema);
  if (values !== undefined) return values.map((value) => code(String(value))).join(' or ');
  const least = minimum === undefined ? '' : `, at least ${minimum}`;
  const above = exclusiveMinimum === undefined ? '' : `, above ${exclusiveMinimum}`;
  switch (type) {
    case 'integer':
      return `whole number${least}${above}`;
    case 'number':
      return `number${least}${above}`;
    case 'boolean':
      return '`true` or `false`';
    case 'array':
      return 'list';
    case 'object':
      return 'names with values';
    default:
      // The schema of times is the one that gives an example.
      return examples === undefined ? 'text' : 'time';
  }
}
