/**
 * Runs the steps of a CI job one by one, each in a shell of its own as GitHub does it, with the files through which they
 * talk. Steps that are actions of others are left to the test.
 */

import { spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './cli.ts';

export interface Step {
  id?: string;
  name?: string;
  if?: string;
  uses?: string;
  with?: Record<string, string>;
  run?: string;
  env?: Record<string, string>;
  'working-directory'?: string;
}

export interface StepResult {
  step: Step;
  status: number;
  log: string;
}

interface Job {
  steps: Step[];
  cwd: string;
  env: Record<string, string>;
  /** Inputs of an action, as `${{ inputs.name }}` names them. */
  inputs?: Record<string, string>;
  /** What an action of others would do. */
  uses?: (step: Step) => void;
  /** Called before each command. */
  before?: (step: Step) => void;
}

export interface JobResult {
  results: StepResult[];
  outputs: Record<string, Record<string, string>>;
  summary: string;
  /** Ends what the steps left running. */
  stop(): void;
}

export async function runJob({ steps, cwd, env, inputs = {}, uses, before }: Job): Promise<JobResult> {
  const files = scratch();
  const outputs: Record<string, Record<string, string>> = {};
  const summaryFile = join(files, 'summary');
  writeFileSync(summaryFile, '');
  const groups: number[] = [];
  const results: StepResult[] = [];
  const filled = (text: string) =>
    text.replace(/\$\{\{ (\S+) \}\}/g, (whole, name: string) => {
      const [context, ...path] = name.split('.');
      if (context === 'inputs') return inputs[path[0]];
      if (context === 'steps') return outputs[path[0]]?.[path[2]] ?? '';
      throw new Error(`the test does not know what ${whole} is`);
    });
  const isWanted = (condition: string | undefined) => {
    const hasFailed = results.some(({ status }) => status !== 0);
    const terms = (condition ?? '').split(' && ').filter((term) => term !== '');
    const others = terms.filter((term) => term !== 'always()');
    const hold = others.every((term) => {
      const [, name] = /^inputs\.(\w+) != ''$/.exec(term) as RegExpExecArray;
      return inputs[name] !== '';
    });
    return hold && (!hasFailed || terms.includes('always()'));
  };

  for (const [i, step] of steps.entries()) {
    if (!isWanted(step.if)) continue;
    if (step.run === undefined) {
      uses?.(step);
      continue;
    }
    before?.(step);
    const outputFile = join(files, `output-${i}`);
    const logFile = join(files, `log-${i}`);
    writeFileSync(outputFile, '');
    writeFileSync(join(files, `step-${i}.sh`), step.run);
    const log = openSync(logFile, 'a');
    const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value)]);
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', join(files, `step-${i}.sh`)], {
      cwd: join(cwd, step['working-directory'] ?? '.'),
      env: {
        ...process.env,
        ...env,
        ...Object.fromEntries(own),
        GITHUB_OUTPUT: outputFile,
        GITHUB_STEP_SUMMARY: summaryFile,
      },
      stdio: ['ignore', log, log],
      detached: true,
    });
    groups.push(child.pid as number);
    const status = await new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
    results.push({ step, status, log: readFileSync(logFile, 'utf8') });
    if (step.id !== undefined) outputs[step.id] = readOutputs(readFileSync(outputFile, 'utf8'));
  }
  return {
    results,
    outputs,
    summary: readFileSync(summaryFile, 'utf8'),
    stop() {
      for (const group of groups) {
        try {
          process.kill(-group, 'SIGKILL');
        } catch {
          // Nothing of it is left.
        }
      }
    },
  };
}

/** `name=value`, and `name<<END` with lines up to that word. */
function readOutputs(text: string): Record<string, string> {
  const read: Record<string, string> = {};
  const lines = text.split('\n');
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name, end] = /^(\w+)<<(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      read[name] = lines.splice(0, lines.indexOf(end)).join('\n');
      lines.shift();
    } else if (line.includes('=')) read[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
  }
  return read;
}

export function describeResults(results: readonly StepResult[]): string {
  return results.map(({ step, status, log }) => `${step.name}: ${status}\n${log}`).join('\n');
}
