/**
 * What GitHub Actions reads: annotations as lines of the log, outputs and a summary as files. Names and texts in a record
 * are data, so nothing of them may become a command.
 */

import { printable } from '../base/text.ts';
import type { Place } from '../scenario/problems.ts';

/** Something to tell beside the code, or on top of the run where it has no place. */
export interface Annotation {
  level: 'error' | 'warning';
  title: string;
  message: string;
  /** Its file is relative to the repository. */
  place: Place | null;
}

/** More annotations of a level in one step are not shown. */
const MAX_ANNOTATIONS = 10;
/** Larger summaries of a step are refused as a whole. */
export const MAX_SUMMARY_BYTES = 2 ** 20;
const CUT = '\n\nThe rest is in summary.md.\n';

/** Lines that make annotations; the last of a level stands for those that are too many. */
export function annotationLines(annotations: readonly Annotation[]): string[] {
  return (['error', 'warning'] as const).flatMap((level) => {
    const all = annotations.filter((annotation) => annotation.level === level);
    if (all.length <= MAX_ANNOTATIONS) return all.map(annotationLine);
    const shown = all.slice(0, MAX_ANNOTATIONS - 1);
    const title = `${all.length - shown.length} more`;
    const message = all
      .slice(shown.length)
      .map((annotation) => annotation.title)
      .join('; ');
    return [...shown, { level, title, message, place: null }].map(annotationLine);
  });
}

function annotationLine({ level, title, message, place }: Annotation): string {
  const properties = [
    ...(place === null ? [] : [['file', place.file] as const]),
    ...(place === null || place.line === 0 ? [] : [['line', place.line] as const]),
    ...(place === null || place.line === 0 ? [] : [['col', place.column] as const]),
    ['title', title] as const,
  ];
  const said = properties.map(([name, value]) => `${name}=${escapeProperty(printable(String(value)))}`);
  return `::${level} ${said.join(',')}::${escapeData(printable(message))}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * Text for the log that no line of is a command. Commands stand at the beginning of a line; those of the older kind,
 * `##[…]`, anywhere.
 */
export function inert(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, '$1: ').replaceAll('##[', '## [');
}

/** Outputs of a step, for the file that GITHUB_OUTPUT names. A value may have any text, line breaks included. */
export function outputText(outputs: Record<string, string>): string {
  return Object.entries(outputs)
    .map(([name, value]) => {
      let end = 'END';
      while (value.includes(end)) end += '_';
      return `${name}<<${end}\n${value}\n${end}\n`;
    })
    .join('');
}

/** A summary that fits: cut at the end of a line, with a word on where the rest is. */
export function fitSummary(markdown: string, maxBytes: number): string {
  const bytes = Buffer.from(markdown);
  if (bytes.length <= maxBytes) return markdown;
  const room = maxBytes - Buffer.byteLength(CUT);
  const end = room < 0 ? -1 : bytes.lastIndexOf('\n', room);
  return end < 0 ? '' : bytes.subarray(0, end).toString() + CUT;
}
