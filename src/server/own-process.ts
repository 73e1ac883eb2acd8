/**
 * What the system tells a process about itself, at a price that can be paid every second.
 */

import { totalmem } from 'node:os';
import { readOpenDescriptors } from '../base/descriptors.ts';

/** Descriptors that are open; null where the system does not tell. */
export function openDescriptors(): number | null {
  return readOpenDescriptors('self');
}

/** Bytes that the process may use: its control group's limit, or the memory of the machine. */
export function memoryLimitBytes(): number {
  // Without a limit, some systems answer 0 and others a number beyond all memory.
  return Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
}
