/**
 * What `init` writes, from what is asked of it and what is there already.
 */

import { existsSync, readFileSync } from 'node:fs';
import { printable } from '../base/text.ts';
import { GITHUB_FILE, githubWorkflow } from './github.ts';
import { GITLAB_EXTRA_FILE, GITLAB_FILE, gitlabJobs, isOurs } from './gitlab.ts';
import type { JobPlan } from './job.ts';
import { schemaPlace, targetOf } from './project.ts';
import { scenarioText } from './scenario-text.ts';
import type { NewFile } from './write.ts';

export interface InitOptions {
  scenario: string;
  target: string;
  clients: number;
  /** Null: the server runs elsewhere. */
  serve: string | null;
  systems: readonly ('github' | 'gitlab')[];
  version: string;
}

/** The first phase of the scenario that we write. */
const FIRST_PHASE = 'steady';
/** A phase without a name is called after its topology. */
const UNNAMED_PHASE = 'target';

/**
 * The files. A scenario that is there is kept where jobs are asked for, since they are about that one; a pipeline that is
 * there is kept, and the jobs go beside it.
 */
export function filesOf(options: InitOptions): NewFile[] {
  const { scenario, target, clients, version, systems } = options;
  const isKept = systems.length > 0 && existsSync(scenario);
  const phase = isKept ? (targetOf(scenario).phase ?? UNNAMED_PHASE) : FIRST_PHASE;
  const schema = schemaPlace(scenario, version);
  const jobs = systems.map((system): NewFile => {
    const plan: JobPlan = options;
    return system === 'github'
      ? { path: GITHUB_FILE, text: githubWorkflow(plan, phase) }
      : { path: gitlabPlace(), text: gitlabJobs(plan, phase) };
  });
  return [
    ...(isKept
      ? []
      : [{ path: scenario, text: scenarioText({ file: printable(scenario), target, clients, schema }) }]),
    ...jobs,
  ];
}

function gitlabPlace(): string {
  const isFree = !existsSync(GITLAB_FILE) || isOurs(readFileSync(GITLAB_FILE, 'utf8'));
  return isFree ? GITLAB_FILE : GITLAB_EXTRA_FILE;
}

/** What is left to do by hand once the files are there. */
export function nextSteps(files: readonly NewFile[], { scenario }: InitOptions): string[] {
  const isBeside = files.some(({ path }) => path === GITLAB_EXTRA_FILE);
  return [
    ...(isBeside
      ? [
          `${GITLAB_FILE} is there already. Add this to it, so that the jobs are part of the pipeline:`,
          '  include:',
          `    - local: ${GITLAB_EXTRA_FILE}`,
        ]
      : []),
    `Try it: npx wsscale attack ${scenario} --dry-run`,
  ];
}
