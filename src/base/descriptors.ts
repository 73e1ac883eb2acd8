/**
 * Descriptors of any process of this machine, as /proc tells of them: null of one that has ended, or is not told of.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';

/**
 * How many are open. Since Linux 6.2 the size of the folder is their number. Older kernels give 0, and the names have to be
 * counted, which takes milliseconds where there are many.
 *
 * @param pid `self`: this process
 */
export function readOpenDescriptors(pid: number | 'self'): number | null {
  const folder = `/proc/${pid}/fd`;
  try {
    return statSync(folder).size || readdirSync(folder).length || null;
  } catch {
    return null;
  }
}

/** How many it may have open. */
export function readMaxDescriptors(pid: number): number | null {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'));
    return match === null ? null : Number(match[1]);
  } catch {
    return null;
  }
}
