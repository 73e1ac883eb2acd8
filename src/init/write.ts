/**
 * Writes files that must not replace what somebody wrote.
 */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, usageError } from '../base/errors.ts';
import { printable } from '../base/text.ts';

export interface NewFile {
  path: string;
  text: string;
}

/**
 * Writes all of the files or none.
 * @throws WsscaleError USAGE if one is there already, unless it may be replaced, or cannot be written
 */
export function writeNew(files: readonly NewFile[], mayReplace: boolean): void {
  const taken = mayReplace ? [] : files.filter(({ path }) => existsSync(path));
  if (taken.length > 0) {
    const names = taken.map(({ path }) => printable(path)).join(' and ');
    throw usageError(`${names} is there already; --force replaces it`);
  }
  for (const { path, text } of files) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      // Between the look and the writing, somebody may have come.
      writeFileSync(path, text, { flag: mayReplace ? 'w' : 'wx' });
    } catch (error) {
      throw usageError(`${printable(path)} cannot be written: ${messageOf(error)}`);
    }
  }
}
