/**
 * Saved records, wherever they are kept: a file, all of a folder, or either of them as it was at a revision of git.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, usageError } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import type { RunRecord } from '../model/record.ts';
import { toRecord } from '../read-record.ts';
import { filesInGit, readGitPath, textInGit } from './git.ts';

export interface SavedRecord {
  /** Where it was found, as a user would name it. */
  file: string;
  record: RunRecord;
}

/**
 * Reads records.
 * @param places files, folders (with all that is below them) or `git:<rev>:<path>`
 * @throws a usage error if a place cannot be read, has no record, or names a file that is none
 */
export function loadRecords(places: readonly string[]): SavedRecord[] {
  return places.flatMap((place) => {
    const found = recordsAt(place);
    if (found.length === 0) throw usageError(`${printable(place)} has no record in it`);
    return found;
  });
}

function recordsAt(place: string): SavedRecord[] {
  const inGit = readGitPath(place);
  if (inGit !== null) {
    const { rev, path } = inGit;
    const files = filesInGit(inGit);
    const isFile = files.length === 1 && files[0] === path.replace(/^\.\//, '');
    const texts = files.map((file) => ({ file: `git:${rev}:${file}`, read: () => textInGit(rev, file) }));
    return toRecords(texts, isFile);
  }
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const files = isFolder
    ? readdirSync(place, { recursive: true, encoding: 'utf8' })
        .sort()
        .map((name) => join(place, name))
    : [place];
  return toRecords(
    files.map((file) => ({ file, read: () => readFileSync(file, 'utf8') })),
    !isFolder,
  );
}

/** @param isNamed it was named itself, so that it has to be a record; in a folder, other files may lie beside them */
function toRecords(texts: { file: string; read: () => string }[], isNamed: boolean): SavedRecord[] {
  return texts
    .filter(({ file }) => isNamed || file.endsWith('.json'))
    .flatMap(({ file, read }) => {
      const data = parse(file, read);
      return isNamed || isLikeRecord(data) ? [{ file, record: toRecord(data, file) }] : [];
    });
}

function parse(file: string, read: () => string): unknown {
  try {
    return JSON.parse(read());
  } catch (error) {
    throw usageError(`${printable(file)} cannot be read as a record: ${printable(messageOf(error))}`);
  }
}

function isLikeRecord(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'schemaVersion' in data && 'phases' in data;
}
