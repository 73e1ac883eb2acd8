/**
 * A workflow for GitHub Actions: the gate, and for pull requests the comparison with what they are to be merged into.
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

export const GITHUB_FILE = '.github/workflows/wsscale.yml';

/**
 * The workflow as text.
 * @param phase that is compared
 */
export function githubWorkflow(plan: JobPlan, phase: string): string {
  return `# Load test of the WebSocket server. Failed rules stand beside their lines in the scenario, and the summary of a run
# on its page. https://www.npmjs.com/package/wsscale
name: wsscale
on:
  pull_request:
  push:
    branches: [main]
  workflow_dispatch:
permissions:
  contents: read
env:
${indent(variablesYaml(plan, phase), 2)}

jobs:
  gate:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
${indent(CHECKOUT, 6)}
${plan.serve === null ? '' : `${indent(startSteps(), 6)}\n`}      # Its rules stand in the scenario. Status 99: one failed; 3: it cannot be told; 4: the server was not reached.
      - name: Attack
        run: ${attackCommand(plan)}
      - name: Keep the reports
        if: always()
        uses: actions/upload-artifact@v6
        with:
          name: wsscale
          path: |
${indent([REPORTS, ...(plan.serve === null ? [] : ['server.log'])], 12)}
          if-no-files-found: ignore
${plan.serve === null ? '' : `\n${regressionJob()}`}`;
}

const CHECKOUT = [
  '- uses: actions/checkout@v6',
  '- uses: actions/setup-node@v6',
  '  with:',
  '    node-version: 24',
];

function startSteps(): string[] {
  return [
    '- name: Install',
    `  run: ${INSTALL}`,
    '- name: Start the server',
    '  run: |',
    `    ${START}`,
    `    ${WAIT}`,
  ];
}

function regressionJob(): string {
  return `  regression:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
${indent(CHECKOUT, 6)}
      - uses: actions/checkout@v6
        with:
          ref: \${{ github.event.pull_request.base.sha }}
          path: base
      - name: Install
        run: ${INSTALL}
      - name: Install what it is compared with
        working-directory: base
        run: ${INSTALL}
      # Both by turns on the same machine. It fails only for what is worse for certain, and by more than 5 %.
      - name: Compare
        run: ${compareCommand('base')}
      - name: Keep the records
        if: always()
        uses: actions/upload-artifact@v6
        with:
          name: wsscale-compared
          path: reports/compared
          if-no-files-found: ignore
`;
}
