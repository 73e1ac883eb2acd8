/**
 * What things cost, as a file of the user says. Nothing is built in: prices differ by place, by contract and by month.
 */

import { z } from 'zod';
import { usageError } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import { explain } from '../scenario/explain.ts';
import { formatPath, type Problem, problemsError } from '../scenario/problems.ts';
import { readText } from '../scenario/read-text.ts';
import { parseYaml } from '../scenario/yaml.ts';

const price = z.number().nonnegative();
const amount = z.number().positive();

/** What a machine of one kind costs and has. GB are 2^30 bytes. */
const nodeSchema = z.strictObject({
  perHour: price,
  cores: amount,
  memoryGB: amount,
  networkGbps: amount,
  descriptors: z.int().positive().default(65_536),
});

/** What some balancers cost beside their hours: by whichever of these is most. */
const unitSchema = z.strictObject({
  perHour: price,
  connections: amount,
  GBPerHour: amount,
});

const pricesSchema = z.strictObject({
  asOf: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day like 2026-11-24'),
  currency: z.string().min(1).max(12),
  hoursPerMonth: amount.default(730),
  averageLoad: z.number().gt(0).max(1).default(1),
  nodes: z
    .record(z.string(), nodeSchema)
    .refine((nodes) => Object.keys(nodes).length > 0, 'must have at least one kind of node'),
  broker: z.strictObject({ perHour: price }).optional(),
  balancer: z.strictObject({ perHour: price, unit: unitSchema.optional() }).optional(),
  egress: z.strictObject({ perGB: price }).optional(),
});

export type Prices = z.output<typeof pricesSchema>;
export type NodePrice = Prices['nodes'][string];

const MAX_BYTES = 2 ** 20;

/**
 * Reads a price file (YAML, or JSON).
 * @throws a usage error that lists all that is wrong in it, each with its line and column
 */
export function readPrices(file: string): Prices {
  return parsePrices(readText(file, MAX_BYTES), file);
}

/** @param file what places in the text are called after */
export function parsePrices(text: string, file: string): Prices {
  const yaml = parseYaml(text);
  if (yaml.data === null && yaml.faults.length === 0)
    throw usageError(`${printable(file)} is empty; a price file has at least asOf, currency and nodes`);
  const problems: Problem[] = yaml.faults.map(({ at, path, message }) => ({
    place: { file, line: at.line, column: at.column },
    subject: formatPath(path),
    message,
  }));
  const parsed = pricesSchema.safeParse(yaml.data);
  // Of a text that is broken, nothing is known of what should be there.
  if (parsed.success || Number.isFinite(yaml.brokenAt)) {
    if (problems.length > 0) throw problemsError(problems);
    return parsed.data as Prices;
  }
  const misfits = explain(parsed.error.issues, pricesSchema, yaml.data).map(({ path, kind, message }) => {
    const { line, column } = yaml.positionOf(path, kind === 'unknown key' ? 'key' : 'value');
    return { place: { file, line, column }, subject: formatPath(path), message };
  });
  throw problemsError([...problems, ...misfits]);
}
