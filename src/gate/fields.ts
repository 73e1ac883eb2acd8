/**
 * What a rule can be about: the numbers of a phase, found in the record's own schema, so that the two cannot
 * drift apart. Lists are passed through: a rule names what each of their elements has.
 */

import { z } from 'zod';
import { nearest } from '../base/nearest.ts';
import { phaseSchema } from '../model/record.ts';
import { type FieldUnit, unitOfName } from './units.ts';

/** A number of a phase; true and false count as 1 and 0. */
export interface Field {
  unit: FieldUnit;
}

/** What stands at a path of the schema. */
type Node =
  | { kind: 'field'; field: Field }
  /** Named parts, as of an object. */
  | { kind: 'group'; parts: Map<string, Node> }
  /** Parts under names that only a run knows, like the codes of closes. */
  | { kind: 'keyed'; part: Node }
  /** Nothing that could be compared with a number. */
  | { kind: 'other' };

/** A path that no record can have: which of its names is wrong, and why. */
export interface PathFault {
  segment: number;
  reason: string;
}

const PHASE = nodeOf(phaseSchema, '');

/** The field at a path, or what is wrong with the path. */
export function findField(path: readonly string[]): Field | PathFault {
  let node = PHASE;
  for (let i = 0; i < path.length; i++) {
    const below =
      node.kind === 'group' ? node.parts.get(path[i]) : node.kind === 'keyed' ? node.part : undefined;
    if (below === undefined) return { segment: i, reason: whyNot(node, path, i) };
    node = below;
  }
  if (node.kind === 'field') return node.field;
  const last = path.length - 1;
  if (node.kind === 'other') return { segment: last, reason: `${path.join('.')} is not a number` };
  return { segment: last, reason: `${path.join('.')} is not one number; go on with ${choices(node)}` };
}

function whyNot(node: Node, path: readonly string[], at: number): string {
  const above = path.slice(0, at).join('.');
  if (/^\d+$/.test(path[at])) return `a rule holds for each element of a list; leave out "${path[at]}"`;
  if (node.kind !== 'group') return `nothing stands below ${above}`;
  const where = above === '' ? 'a phase' : above;
  return node.parts.size === 0
    ? `${where} has no numbers`
    : `${where} has no "${path[at]}"; ${remedyFor(node.parts, path.slice(at))}`;
}

/** A name like the wrong one, or a place where what was written stands, or all that there is. */
function remedyFor(parts: Map<string, Node>, written: readonly string[]): string {
  const near = nearest(written[0], [...parts.keys()]);
  if (near !== null) return `did you mean ${near}?`;
  const elsewhere = fieldPaths().filter((field) => field.endsWith(`.${written.join('.')}`));
  if (elsewhere.length > 0) return `did you mean ${elsewhere.slice(0, 3).join(' or ')}?`;
  return `it has ${choices({ kind: 'group', parts })}`;
}

function choices(node: Node): string {
  if (node.kind !== 'group') return '<key>';
  const judgeable = [...node.parts].filter(([, part]) => part.kind !== 'other').map(([name]) => name);
  return judgeable.length === 1
    ? judgeable[0]
    : `${judgeable.slice(0, -1).join(', ')} or ${judgeable.at(-1)}`;
}

/** All paths that a rule may have, with `<key>` for names that only a run knows. */
export function fieldPaths(node: Node = PHASE, above = ''): string[] {
  const step = (name: string) => (above === '' ? name : `${above}.${name}`);
  switch (node.kind) {
    case 'field':
      return [above];
    case 'group':
      return [...node.parts].flatMap(([name, part]) => fieldPaths(part, step(name)));
    case 'keyed':
      return fieldPaths(node.part, step('<key>'));
    case 'other':
      return [];
  }
}

/** @param name the name in which the schema's unit stands */
function nodeOf(schema: unknown, name: string): Node {
  const isWrapper =
    schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
  if (isWrapper) return nodeOf(schema.unwrap(), name);
  if (schema instanceof z.ZodArray) return nodeOf(schema.element, name);
  if (schema instanceof z.ZodRecord) return { kind: 'keyed', part: nodeOf(schema.valueType, name) };
  if (schema instanceof z.ZodNumber) return { kind: 'field', field: { unit: unitOfName(name) } };
  if (schema instanceof z.ZodBoolean) return { kind: 'field', field: { unit: 'none' } };
  if (!(schema instanceof z.ZodObject)) return { kind: 'other' };
  // Percentiles, and what stands beside them, are in the unit in the name of the whole: responseMs.p99 is in ms. How many
  // values there are is not.
  const isSummary = 'p99' in schema.shape;
  const parts = Object.entries(schema.shape).map(([key, value]): [string, Node] => [
    key,
    nodeOf(value, isSummary && key !== 'count' ? name : key),
  ]);
  return { kind: 'group', parts: new Map(parts) };
}
