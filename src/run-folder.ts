/**
 * The folder that a run writes: prepared before any load, so that a place that cannot be written is known in time.
 */

import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf, usageError } from './base/errors.ts';
import type { RunRecord } from './model/record.ts';
import { reporters } from './report/index.ts';

/**
 * Makes the folder and proves that files can be written there.
 * @returns its absolute path
 * @throws WsscaleError USAGE if not
 */
export function prepareFolder(folder: string): string {
  const path = resolve(folder);
  const trial = join(path, '.wsscale-trial');
  try {
    mkdirSync(path, { recursive: true });
    writeFileSync(trial, '');
    rmSync(trial);
  } catch (error) {
    throw usageError(
      `The run's folder ${path} cannot be written: ${messageOf(error)}. Give another with --out.`,
    );
  }
  return path;
}

/**
 * Writes one file that was asked for by its name.
 * @throws WsscaleError USAGE if it cannot be written
 */
export function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw usageError(`${path} cannot be written: ${messageOf(error)}`);
  }
}

export interface Written {
  /** Where the files are: the asked folder or, if that could not be written any more, a temporary one. */
  folder: string;
  /** What could not be written, in words. */
  problems: string[];
}

/**
 * Writes all reports, the record first. A reporter that fails costs its own file only; a folder that cannot be
 * written any more (a full disk) is replaced by a temporary one, so that no measurement is lost.
 */
export function writeReports(folder: string, record: RunRecord): Written {
  const first = writeAll(folder, record);
  if (first.length === 0) return { folder, problems: [] };
  const refuge = mkdtempSync(join(tmpdir(), 'wsscale-'));
  const second = writeAll(refuge, record);
  return { folder: second.length < first.length ? refuge : folder, problems: [...first, ...second] };
}

function writeAll(folder: string, record: RunRecord): string[] {
  const problems: string[] = [];
  for (const [name, report] of Object.entries(reporters)) {
    const path = join(folder, name);
    try {
      // A file is complete or not there at all, whatever interrupts the writing.
      writeFileSync(`${path}.part`, report(record));
      renameSync(`${path}.part`, path);
    } catch (error) {
      problems.push(`${path} could not be written: ${messageOf(error)}`);
    }
  }
  return problems;
}
