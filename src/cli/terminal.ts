/**
 * What a command may do to the world: print, and say how it ended. Results go to stdout, everything else to stderr.
 */

import { inert, printable, readsCommands } from '../index.ts';

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** stdout as it is, for documents. */
  raw(text: string): Promise<void>;
  /** Lines for the CI system that reads the log. No other line is a command, whatever a server made us print. */
  commands(lines: readonly string[]): void;
  /** Columns of stdout, and whether it takes colour. */
  columns: number;
  color: boolean;
  /** Both ends are a person's: questions can be asked. */
  interactive: boolean;
  ask(question: string): Promise<string>;
  /** Resolves with the name of the first signal that asks to end. A second one ends at once. */
  interrupted: Promise<'SIGINT' | 'SIGTERM'>;
  exit(status: number): void;
}

/** The real terminal. */
export function createTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // Whoever reads may stop reading (`wsscale … | head`); that is no reason to lose a run.
  for (const stream of [stdout, stderr]) stream.on('error', () => {});
  const shown = readsCommands(env) ? inert : (text: string) => text;
  return {
    out: (text) => void stdout.write(`${shown(text)}\n`),
    err: (text) => void stderr.write(`${shown(text)}\n`),
    raw: (text) => new Promise((resolve) => stdout.write(text, () => resolve())),
    commands(lines) {
      for (const line of lines) stderr.write(`${line}\n`);
    },
    columns: Math.min(stdout.columns ?? 80, 120),
    color: wantsColor(stdout.isTTY, env),
    interactive: Boolean(process.stdin.isTTY && stderr.isTTY),
    async ask(question) {
      const { createInterface } = await import('node:readline/promises');
      const reader = createInterface({ input: process.stdin, output: stderr });
      const answer = await reader.question(printable(question));
      reader.close();
      return answer.trim();
    },
    interrupted: firstSignal(),
    exit(status) {
      process.exitCode = status;
    },
  };
}

/** no-color.org; FORCE_COLOR turns colour on where it would be off. */
function wantsColor(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0') return true;
  return isTerminal && env.TERM !== 'dumb';
}

function firstSignal(): Promise<'SIGINT' | 'SIGTERM'> {
  return new Promise((resolve) => {
    let first = true;
    const onSignal = (signal: 'SIGINT' | 'SIGTERM') => {
      if (!first) process.exit(signal === 'SIGINT' ? 130 : 143);
      first = false;
      resolve(signal);
    };
    process.on('SIGINT', () => onSignal('SIGINT'));
    process.on('SIGTERM', () => onSignal('SIGTERM'));
  });
}
