/** Where a tool is installed: in bench/.cache, or wherever the shell finds it. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../.cache/', import.meta.url));

/** The path, with the cache before it: a tool that runs on Node finds a newer one there. */
export const PATH = [
  join(CACHE, 'bin'),
  join(CACHE, 'node_modules/.bin'),
  ...(process.env.PATH ?? '').split(delimiter),
].join(delimiter);

/** The file of a command, or null. */
export function find(name) {
  return (
    PATH.split(delimiter)
      .map((folder) => join(folder, name))
      .find(isExecutable) ?? null
  );
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const cached = (path) => join(CACHE, path);
