/**
 * workerd comes as npm packages: `workerd`, whose program may be a script that stands for the real one where install
 * scripts did not run, and one package for each system with the real one. That is what is looked for: a script would be
 * one more process, and signals would not reach what it started.
 */

import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * The absolute path of the program: of the `workerd` on the PATH, of the package where wsscale is run, or of the one
 * where wsscale is installed; null where there is none.
 */
export function findWorkerd(onPath: string | null): string | null {
  const froms = [
    ...(onPath === null ? [] : [realpathSync(onPath)]),
    join(process.cwd(), 'here.js'),
    import.meta.url,
  ];
  for (const from of froms) {
    const program = resolveFrom(from);
    if (program !== null) return program;
  }
  return onPath;
}

/** Where npm nests the packages, the one of the system is a neighbour of the `workerd` package. */
function resolveFrom(from: string): string | null {
  const name = `@cloudflare/workerd-${process.platform}-${process.arch === 'x64' ? '64' : process.arch}/bin/workerd`;
  return resolveAt(from, name) ?? resolveAt(resolveAt(from, 'workerd/package.json'), name);
}

function resolveAt(from: string | null, name: string): string | null {
  if (from === null) return null;
  try {
    return createRequire(from).resolve(name);
  } catch {
    return null;
  }
}
