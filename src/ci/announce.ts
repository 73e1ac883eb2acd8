/**
 * Tells the CI system that runs this job what came of it. Elsewhere nothing is done.
 */

import { appendFileSync, statSync } from 'node:fs';
import { messageOf } from '../base/errors.ts';
import type { GateResult } from '../model/comparison.ts';
import type { RunRecord } from '../model/record.ts';
import { gateLines } from '../report/gate.ts';
import { toMarkdown } from '../report/markdown.ts';
import { type Annotation, annotationLines, fitSummary, MAX_SUMMARY_BYTES, outputText } from './github.ts';
import { comparisonJudgement, judgementOf } from './judgement.ts';
import { rulePlaces } from './places.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Announcement {
  /** For the log, each a command to GitHub. */
  lines: string[];
  /** What could not be written, in words. It changes nothing of the outcome. */
  problems: string[];
}

/** Whether GitHub reads the log for commands. */
export function readsCommands(env: Environment): boolean {
  return env.GITHUB_ACTIONS === 'true';
}

/**
 * Announces a run.
 * @param scenario the file that it came from; its rules are annotated where they stand
 */
export function announceRun(
  record: RunRecord,
  { folder, scenario, env }: { folder: string; scenario: string | undefined; env: Environment },
): Announcement {
  if (!readsCommands(env)) return { lines: [], problems: [] };
  const placeOf = rulePlaces(scenario, env.GITHUB_WORKSPACE ?? '.');
  const outputs = { status: record.verdict.status, folder };
  return announce(judgementOf(record, placeOf), toMarkdown(record), outputs, env);
}

/** Announces what a gate said. */
export function announceGate(
  { status, judged, comparison }: GateResult,
  { env }: { env: Environment },
): Announcement {
  if (!readsCommands(env)) return { lines: [], problems: [] };
  const annotations = [
    ...judged.flatMap(({ record }) => judgementOf(record, () => null)),
    ...(comparison === null ? [] : comparisonJudgement(comparison)),
  ];
  // Four blanks make it code, whatever stands in it.
  const lines = gateLines({ judged, comparison }).map((line) => `    ${line}`);
  const markdown = ['## wsscale gate', '', ...lines, ''].join('\n');
  return announce(annotations, markdown, { status }, env);
}

function announce(
  annotations: Annotation[],
  markdown: string,
  outputs: Record<string, string>,
  env: Environment,
): Announcement {
  const problems = [
    ...append(env.GITHUB_STEP_SUMMARY, (bytes) => fitSummary(`${markdown}\n`, MAX_SUMMARY_BYTES - bytes)),
    ...append(env.GITHUB_OUTPUT, () => outputText(outputs)),
  ];
  return { lines: annotationLines(annotations), problems };
}

/** @param textFor what is added to a file of so many bytes */
function append(file: string | undefined, textFor: (bytes: number) => string): string[] {
  if (file === undefined || file === '') return [];
  try {
    const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    appendFileSync(file, textFor(bytes));
    return [];
  } catch (error) {
    return [`${file} could not be written: ${messageOf(error)}`];
  }
}
