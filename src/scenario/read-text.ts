/**
 * Reads a file that a user named.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { messageOf, usageError } from '../base/errors.ts';
import { printable } from '../base/text.ts';

/**
 * The text of a file.
 * @param limitBytes how large it may be
 * @throws a usage error if it cannot be read, is larger, or is not text in UTF-8
 */
export function readText(file: string, limitBytes: number): string {
  const name = printable(file);
  let bytes: Buffer;
  try {
    bytes = readAtMost(file, limitBytes + 1);
  } catch (error) {
    throw usageError(`cannot read ${name}: ${printable(reasonOf(error))}`);
  }
  if (bytes.length > limitBytes) throw usageError(`${name} is larger than ${limitBytes / 2 ** 20} MB`);
  const text = decode(bytes);
  if (text === null || text.includes('\0')) throw usageError(`${name} is not text in UTF-8`);
  return text;
}

/** Reads to the end or to the limit, whichever comes first: pipes and devices do not tell their size. */
function readAtMost(file: string, limit: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let length = 0; length < limit; ) {
      const chunk = Buffer.alloc(Math.min(2 ** 16, limit - length));
      const read = readSync(descriptor, chunk);
      if (read === 0) break;
      chunks.push(chunk.subarray(0, read));
      length += read;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(descriptor);
  }
}

function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'its permissions forbid it';
    default:
      return messageOf(error);
  }
}
