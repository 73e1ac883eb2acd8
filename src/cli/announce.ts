import type { Announcement } from '../index.ts';
import type { Terminal } from './terminal.ts';

/** Tells the CI system what came of a run. */
export function announce({ lines, problems }: Announcement, terminal: Terminal): void {
  terminal.commands(lines);
  for (const problem of problems) terminal.err(`wsscale: ${problem}`);
}
