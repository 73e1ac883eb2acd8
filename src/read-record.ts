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
  const read = recordSchema.safeParse(data);
  // The data as it was: fields that this version does not know are kept when the record is written again.
  if (read.success) return data as RunRecord;
  const problems = read.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw usageError(`${file} is not a record of version 1:`, problems);
}
