/**
 * What the system tells a process about itself, at a price that can be paid every second.
 */

import { readdirSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';

const DESCRIPTORS = '/proc/self/fd';

/**
 * Descriptors that are open; null where the system does not tell.
 *
 * Since Linux 6.2 the size of the folder is their number. Older kernels give 0, and the names have to be counted,
 * which takes milliseconds where there are many.
 */
export function openDescriptors(): number | null {
  try {
    return statSync(DESCRIPTORS).size || readdirSync(DESCRIPTORS).length;
  } catch {
    return null;
  }
}

/** Bytes that the process may use: its control group's limit, or the memory of the machine. */
export function memoryLimitBytes(): number {
  // Without a limit, some systems answer 0 and others a number beyond all memory.
  return Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
}
