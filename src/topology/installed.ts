/**
 * Programs that are not ours, as they are installed here.
 */

import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TopologyPlan } from '../model/plan.ts';
import { findWorkerd } from './npm-program.ts';

/** Where servers are installed that are not on everybody's PATH. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin', '/opt/homebrew/bin'];

const POSTGRES_VERSIONS = '/usr/lib/postgresql';

/** Programs by their names, with what installs them and what does without. */
const REMEDIES = {
  nginx: 'install it (`apt-get install nginx`, `brew install nginx`), or use `--balancer embedded`',
  'redis-server':
    'install it (`apt-get install redis-server`, `brew install redis`), give the URL of a Redis ' +
    '(`--broker redis://host:port`), or use `--broker embedded`',
  postgres:
    'install PostgreSQL (`apt-get install postgresql`, `brew install postgresql`), give the URL of one ' +
    '(`--store postgres://user@host:port/database`), or use `--store sqlite`',
  workerd: 'install it (`npm install workerd`), or use `--edge gateway`',
  pushpin: 'install it (`apt-get install --no-install-recommends pushpin`), or use `--edge gateway`',
} as const;

export type ProgramName = keyof typeof REMEDIES;

/** The absolute path of an installed program; null where there is none. */
export function findProgram(name: ProgramName, path = process.env.PATH ?? ''): string | null {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...SERVER_FOLDERS];
  const byName = name === 'postgres' ? [...folders, ...postgresFolders()] : folders;
  const onPath = byName.map((folder) => join(folder, name)).find(isExecutable) ?? null;
  return name === 'workerd' ? findWorkerd(onPath) : onPath;
}

/** Debian has a folder for each version, the newest of which comes first here. */
function postgresFolders(): string[] {
  try {
    const versions = readdirSync(POSTGRES_VERSIONS).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(POSTGRES_VERSIONS, version, 'bin'));
  } catch {
    return [];
  }
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
  if (plan.kind === 'edge') return plan.edge === 'gateway' ? [] : [plan.edge];
  const redis = 'broker' in plan && plan.broker.kind === 'redis' && plan.broker.url === null;
  const nginx = 'balancer' in plan && plan.balancer === 'nginx';
  const postgres = 'store' in plan && plan.store.kind === 'postgres' && plan.store.url === null;
  return [
    ...(redis ? (['redis-server'] as const) : []),
    ...(nginx ? (['nginx'] as const) : []),
    ...(postgres ? (['postgres'] as const) : []),
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
