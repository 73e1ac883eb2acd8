/**
 * What a schema found wrong, in words that tell how to mend it.
 */

import { z } from 'zod';
import { nearest } from '../base/nearest.ts';
import { LOAD_OPTIONS } from '../model/scenario.ts';
import type { Path } from './problems.ts';

/** One thing that does not fit the schema. */
export interface Misfit {
  path: Path;
  kind: 'wrong' | 'missing' | 'unknown key';
  message: string;
}

type Issue = z.core.$ZodIssue;

/** Values that are not shown again, because a log is no place for tokens and passwords. */
const MAY_BE_SECRET: ReadonlySet<string | number> = new Set(['headers', 'target', 'url', 'broker', 'redis']);

/** Says what is wrong with data that a schema has refused. */
export function explain(issues: readonly Issue[], schema: z.ZodType, data: unknown): Misfit[] {
  return issues.flatMap((issue) => explainIssue(issue, schema, data));
}

function explainIssue(issue: Issue, schema: z.ZodType, data: unknown): Misfit[] {
  const path = issue.path as Path;
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const meant = branchMeant(issue.errors);
    return meant.flatMap((inner) => explainIssue({ ...inner, path: [...path, ...inner.path] }, schema, data));
  }
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(schemaAt(schema, path));
    return issue.keys.map((key) => ({
      path: [...path, key],
      kind: 'unknown key',
      message: explainUnknown(key, known, path),
    }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, kind: 'unknown key', message: `"${path.at(-1)}" ${issue.issues[0]?.message}` }];
  }
  const value = valueAt(data, path);
  const requirement = requirementOf(issue, schemaAt(schema, path));
  if (value === undefined) return [{ path, kind: 'missing', message: `is missing; it ${requirement}` }];
  if (path.some((step) => MAY_BE_SECRET.has(step))) return [{ path, kind: 'wrong', message: requirement }];
  const near = issue.code === 'invalid_value' ? nearest(String(value), issue.values.map(String)) : null;
  const hint = near === null ? `, but ${describe(value)}` : `; did you mean ${near}?`;
  return [{ path, kind: 'wrong', message: requirement + hint }];
}

/** The branch of a union that went farthest into the data: what somebody tried to write. */
function branchMeant(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (issues: readonly Issue[]) =>
    Math.max(
      ...issues.map(({ code, path }) => (code === 'invalid_type' && path.length === 0 ? -1 : path.length)),
    );
  return [...branches].sort((a, b) => depth(b) - depth(a))[0];
}

function explainUnknown(key: string, known: readonly string[], path: Path): string {
  const near = nearest(key, known);
  if (near !== null) return `is no known key; did you mean ${near}?`;
  if (path.length === 0 && Object.hasOwn(LOAD_OPTIONS, key))
    return 'belongs into a phase, or into defaults for all of them';
  return `is no known key; here may stand ${known.join(', ')}`;
}

const TYPES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
};

/** What a value must be. */
function requirementOf(issue: Issue, schema: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return patternOf(schema) ?? `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`;
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty';
      if (issue.origin === 'array') return 'must have at least one element';
      return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_union':
      return 'must be of a known kind';
    default:
      return issue.message;
  }
}

/** What a text must look like, which says more than that it must be a text. */
function patternOf(schema: unknown): string | undefined {
  if (!(schema instanceof z.ZodString)) return undefined;
  return schema.safeParse('').error?.issues.find(({ code }) => code === 'invalid_format')?.message;
}

function describe(value: unknown): string {
  if (value === null) return 'nothing stands after it';
  if (Array.isArray(value)) return value.length === 0 ? 'it is empty' : 'it is a list';
  if (typeof value === 'object') return 'it is keys with values';
  return `it is ${typeof value === 'string' ? `"${value}"` : String(value)}`;
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) => (at as Record<string | number, unknown> | undefined)?.[step],
    data,
  );
}

/** The part of a schema that describes what stands at a path; of a union, the one that is an object. */
function schemaAt(schema: unknown, path: Path): unknown {
  if (schema instanceof z.ZodOptional) return schemaAt(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion)
    return schemaAt(
      schema.options.find((branch) => branch instanceof z.ZodObject),
      path,
    );
  if (path.length === 0) return schema;
  const [step, ...rest] = path;
  if (schema instanceof z.ZodArray) return schemaAt(schema.element, rest);
  if (schema instanceof z.ZodRecord) return schemaAt(schema.valueType, rest);
  if (schema instanceof z.ZodObject) return schemaAt(schema.shape[step], rest);
  return undefined;
}

function keysOf(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
