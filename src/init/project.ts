/**
 * What can be known of the project in a folder, so that it need not be asked for.
 */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { loadScenario } from '../scenario/load.ts';

/** `npm start`, where package.json says what that is; else null. */
export function startCommand(folder: string): string | null {
  try {
    const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof scripts?.start === 'string' ? 'npm start' : null;
  } catch {
    return null;
  }
}

/** What a scenario that is there attacks, and its first phase that does. */
export function targetOf(file: string): { target: string | null; phase: string | null } {
  const { scenario } = loadScenario(file);
  const target =
    scenario.defaults?.target ?? scenario.phases.find((phase) => phase.target !== undefined)?.target;
  return { target: target ?? null, phase: scenario.phases[0].name ?? null };
}

/**
 * The JSON Schema for a scenario's first line: that of the wsscale which is installed beside it, of whatever version; else
 * that of this version, as the registry's files are served.
 */
export function schemaPlace(file: string, version: string): string {
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    const schema = join(folder, 'node_modules/wsscale/schema/scenario.json');
    if (existsSync(schema)) return relative(dirname(resolve(file)), schema).replace(/^(?!\.)/, './');
    if (dirname(folder) === folder) return `https://unpkg.com/wsscale@${version}/schema/scenario.json`;
  }
}
