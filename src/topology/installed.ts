/**
 * Programs that are not ours, as they are installed here.
 */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TopologyPlan } from '../model/plan.ts';

/** Where servers are installed that are not on everybody's PATH. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin', '/opt/homebrew/bin'];

/** Programs by their names, with what installs them and what does without. */
const REMEDIES = {
  nginx: 'install it (`apt-get install nginx`, `brew install nginx`), or use `--balancer embedded`',
  'redis-server':
    'install it (`apt-get install redis-server`, `brew install redis`), give the URL of a Redis ' +
    '(`--broker redis://host:port`), or use `--broker embedded`',
} as const;

export type ProgramName = keyof typeof REMEDIES;

/** The absolute path of an installed program; null where there is none. */
export function findProgram(name: ProgramName, path = process.env.PATH ?? ''): string | null {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...SERVER_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

/**
 * What a topology needs and is not installed here: for each a sentence that says how to get it.
 *
 * @param find stands in for this machine in tests
 */
export function checkParts(plan: TopologyPlan, find: typeof findProgram = findProgram): string[] {
  return programsOf(plan)
    .filter((name) => find(name) === null)
    .map((name) => `${name} is not installed: ${REMEDIES[name]}`);
}

function programsOf(plan: TopologyPlan): ProgramName[] {
  if (plan.kind !== 'cluster') return [];
  const { balancer, broker } = plan;
  return [
    ...(broker.kind === 'redis' && broker.url === null ? (['redis-server'] as const) : []),
    ...(balancer === 'nginx' ? (['nginx'] as const) : []),
  ];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
