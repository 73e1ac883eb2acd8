/**
 * Progress as plain lines on stderr: one when a stage begins and one every few seconds, each whole by itself, so that
 * a CI log reads as well as a terminal.
 */

import type { PhasePlan, UnjudgedRow } from '../index.ts';
import { formatCount, formatMs } from '../index.ts';

const EVERY_MS = 5000;

/** Takes each second of a run and writes the lines that are due. */
export function createProgress(
  write: (line: string) => void,
): (phase: PhasePlan, second: UnjudgedRow) => void {
  let stage = '';
  let toldMs = 0;
  return (phase, second) => {
    const here = `${phase.name} ${second.stage}`;
    if (here === stage && second.tMs - toldMs < EVERY_MS) return;
    stage = here;
    toldMs = second.tMs;
    write(toLine(phase, second));
  };
}

function toLine(phase: PhasePlan, second: UnjudgedRow): string {
  const parts = [
    phase.name.padEnd(8),
    second.stage.padEnd(6),
    `${Math.round(second.tMs / 1000)} s`.padStart(5),
    ` ${formatCount(second.connected)}/${formatCount(phase.clients)} connected`.padEnd(24),
  ];
  if (second.attempts > 0) parts.push(`${formatCount(second.attempts)} connects/s`);
  if (second.sent > 0) parts.push(`${formatCount(second.sent)} msg/s`);
  if (second.p50Ms !== null && second.p99Ms !== null) {
    parts.push(`p50 ${formatMs(second.p50Ms)}, p99 ${formatMs(second.p99Ms)}`);
  }
  return parts.join(' ');
}
