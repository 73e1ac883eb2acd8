import { readFileSync } from 'node:fs';
import { messageOf, usageError } from './base/errors.ts';
import { type RunRecord, recordSchema } from './model/record.ts';

/**
 * Reads a saved record.
 * @throws WsscaleError USAGE if the file cannot be read, or is no record that this version knows
 */
export function readRecord(file: string): RunRecord {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw usageError(`${file} cannot be read as a record: ${messageOf(error)}`);
  }
  return toRecord(data, file);
}

/**
 * The record that data from a file is.
 * @throws WsscaleError USAGE if it is none that this version knows
 */
export function toRecord(data: unknown, file: string): RunRecord {
  const read = recordSchema.safeParse(data);
  if (read.success) return completed(data, read.data) as RunRecord;
  const problems = read.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw usageError(`${file} is not a record of version 1:`, problems);
}

/**
 * The data as it was, so that fields which this version does not know are kept when the record is written again, and
 * those that an earlier one did not know, with what stands for them.
 */
function completed(data: unknown, known: unknown): unknown {
  if (typeof known !== 'object' || known === null) return known;
  const fields = (data ?? {}) as Record<string, unknown>;
  const all = Object.entries(known).map(([key, value]) => [key, completed(fields[key], value)] as const);
  return Array.isArray(known) ? all.map(([, value]) => value) : { ...fields, ...Object.fromEntries(all) };
}
