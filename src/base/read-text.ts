import { readFileSync } from 'node:fs';

/** Reads a text that the system tells, as /proc does; null where it does not. */
export type ReadText = (path: string) => string | null;

export const readText: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};
