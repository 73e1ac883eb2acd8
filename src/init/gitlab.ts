/**
 * Jobs for GitLab CI: the gate, and for merge requests the comparison with what they are to be merged into.
 */

import {
  attackCommand,
  compareCommand,
  INSTALL,
  indent,
  type JobPlan,
  REPORTS,
  START,
  variablesYaml,
  WAIT,
} from './job.ts';

const TITLE =
  '# Load test of the WebSocket server. Rules are shown as tests of the merge request, figures as its metrics.';

export const GITLAB_FILE = '.gitlab-ci.yml';
/** Beside a file that is there already, which includes it. */
export const GITLAB_EXTRA_FILE = '.gitlab/wsscale.gitlab-ci.yml';

/**
 * The jobs as text.
 * @param phase that is compared
 */
export function gitlabJobs(plan: JobPlan, phase: string): string {
  const script = [...(plan.serve === null ? [] : [INSTALL, START, WAIT]), attackCommand(plan)];
  return `${TITLE}
# https://www.npmjs.com/package/wsscale
.wsscale:
  image: node:24
  stage: test
  variables:
${indent(variablesYaml(plan, phase, literal), 4)}

wsscale:
  extends: .wsscale
  timeout: 30m
  # The rules stand in the scenario. Status 99: one failed; 3: it cannot be told; 4: the server was not reached.
  script:
${indent(script.map(item), 4)}
  after_script:
    - ${quoted(`npx --yes "$WSSCALE" report ${REPORTS}/record.json --format openmetrics > metrics.txt`)}
  artifacts:
    when: always
    paths:
${indent(keptFiles(plan), 6)}
    reports:
      junit: ${REPORTS}/junit.xml
      metrics: metrics.txt
${plan.serve === null ? '' : `\n${regressionJob()}`}`;
}

/** Whether we wrote it, and nothing else of a pipeline is in it. */
export function isOurs(text: string): boolean {
  return text.startsWith(TITLE);
}

function keptFiles({ serve }: JobPlan): string[] {
  return [REPORTS, ...(serve === null ? [] : ['server.log'])].map((path) => `- ${path}`);
}

function regressionJob(): string {
  const script = [
    INSTALL,
    'git fetch --depth=1 origin "$CI_MERGE_REQUEST_DIFF_BASE_SHA"',
    'git worktree add --force base FETCH_HEAD',
    `(cd base; ${INSTALL})`,
    compareCommand('base'),
  ];
  return `# Both by turns on the same machine. It fails only for what is worse for certain, and by more than 5 %.
wsscale-regression:
  extends: .wsscale
  timeout: 1h
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
${indent(script.map(item), 4)}
  artifacts:
    when: always
    paths:
      - reports/compared
`;
}

/** What looks like a variable in a command is the shell's, and not GitLab's. */
function literal(text: string): string {
  return `{ value: ${JSON.stringify(text)}, expand: false }`;
}

function item(command: string): string {
  return `- ${quoted(command)}`;
}

/** In single quotes nothing of a command means anything to YAML but the quote itself. */
function quoted(command: string): string {
  return `'${command.replaceAll("'", "''")}'`;
}
