/**
 * What is wrong with a scenario: single problems, each with its place, told all together.
 */

import { usageError, type WsscaleError } from '../base/errors.ts';
import { printable } from '../base/text.ts';

/** Keys and indices from the top of a scenario to a value in it. */
export type Path = readonly (string | number)[];

/** A place in a file, counted from 1; line 0 is the file as a whole. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** One thing that is wrong. */
export interface Problem {
  /** Null: on the command line. */
  place: Place | null;
  /** What it is about: a path in the file or a flag. Empty where the place says it all. */
  subject: string;
  /** What is wrong, and how to mend it. */
  message: string;
  /** Lines that show it. */
  below?: string[];
}

/** A path as people write it: `phases[0].clients`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** A usage error that lists the problems, those of the file first and in its order. */
export function problemsError(problems: readonly Problem[]): WsscaleError {
  const sorted = [...problems].sort((a, b) => lineOf(a) - lineOf(b) || columnOf(a) - columnOf(b));
  // What a default or a flag does wrong it does in every phase, but it has to be mended once.
  const texts = [...new Set(sorted.map(format))];
  const files = new Set(sorted.map(({ place }) => place?.file ?? 'the options'));
  const count = texts.length === 1 ? 'an error' : `${texts.length} errors`;
  return usageError(
    `${count} in ${printable([...files].join(' and '))}`,
    texts.flatMap((text) => text.split('\n')),
  );
}

function format({ place, subject, message, below = [] }: Problem): string {
  const head = [place === null ? '' : formatPlace(place), subject, message].filter((part) => part !== '');
  return [printable(head.join(': ')), ...below].join('\n');
}

function formatPlace({ file, line, column }: Place): string {
  return line === 0 ? file : `${file}:${line}:${column}`;
}

function lineOf({ place }: Problem): number {
  return place?.line ?? Number.MAX_SAFE_INTEGER;
}

function columnOf({ place }: Problem): number {
  return place?.column ?? 0;
}
