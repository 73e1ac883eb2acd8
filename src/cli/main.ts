/** Entry of the command line: reads the arguments, runs the command, and turns what is thrown into an exit status. */

import { CommanderError } from 'commander';
import { messageOf, WsscaleError } from '../index.ts';
import { EXIT } from './exit.ts';
import { createProgram } from './program.ts';
import { createTerminal, type Terminal } from './terminal.ts';

const terminal = createTerminal();
try {
  await createProgram(terminal).parseAsync();
} catch (error) {
  terminal.exit(report(error, terminal));
}

function report(error: unknown, { err }: Terminal): number {
  // Commander has printed what it has to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.usage;
  if (error instanceof WsscaleError) {
    err(`wsscale: ${error.message}`);
    for (const detail of error.details) err(`  ${detail}`);
    return error.code === 'USAGE' ? EXIT.usage : EXIT.target;
  }
  err(`wsscale: this is a bug: ${messageOf(error)}`);
  if (error instanceof Error && error.stack !== undefined) err(error.stack);
  return EXIT.bug;
}
