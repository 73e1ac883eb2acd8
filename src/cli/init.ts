/** `wsscale init`: a first scenario, and a CI job that runs it. */

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import {
  filesOf,
  LOAD_OPTIONS,
  nextSteps,
  printable,
  startCommand,
  targetOf,
  usageError,
  WSSCALE_VERSION,
  writeNew,
} from '../index.ts';
import type { Terminal } from './terminal.ts';

const DEFAULT_FILE = 'wsscale.yaml';
const DEFAULT_TARGET = 'ws://127.0.0.1:8080';
const DEFAULT_CLIENTS = '100';

interface InitFlags {
  target?: string;
  clients?: string;
  serveCommand?: string;
  github?: true;
  gitlab?: true;
  yes?: true;
  force?: true;
}

export function addInit(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .summary('write a first scenario, and a CI job that runs it')
    .description(
      'Examples:\n' +
        '  wsscale init\n' +
        "  wsscale init --github --target ws://127.0.0.1:8080 --serve-command 'node server.js'\n\n" +
        'Writes a commented scenario, and asks on a terminal for what it needs. With --github or --gitlab it writes a CI\n' +
        'job, too, that starts your server, attacks it and keeps the reports; of a pull request it tells whether it is\n' +
        'slower than what it is to be merged into. A scenario that is there is used as it is.',
    )
    .argument('[scenario]', 'the file to write', DEFAULT_FILE)
    .option('--target <url>', `your server (default: ${DEFAULT_TARGET})`)
    .option('--clients <n>', `clients of a phase (default: ${DEFAULT_CLIENTS})`)
    .option('--github', 'write a workflow for GitHub Actions')
    .option('--gitlab', 'write jobs for GitLab CI')
    .option(
      '--serve-command <command>',
      'starts your server, in the CI job (default: npm start, where package.json has it)',
    )
    .option('--yes', 'ask nothing, and take the defaults')
    .option('--force', 'replace files that are there')
    .action(async (scenario: string, flags: InitFlags) => {
      const systems = (['github', 'gitlab'] as const).filter((system) => flags[system]);
      const ask = terminal.interactive && !flags.yes ? terminal.ask : null;
      const there = systems.length > 0 && existsSync(scenario) ? targetOf(scenario).target : null;
      const target = checkedTarget(
        flags.target ?? there ?? (await answer(ask, 'Where does your server listen?', DEFAULT_TARGET)),
      );
      const isNew = systems.length === 0 || !existsSync(scenario);
      const clients = checkedClients(
        flags.clients ?? (await answer(isNew ? ask : null, 'How many clients?', DEFAULT_CLIENTS)),
      );
      const serve = systems.length === 0 ? null : await serveCommand(flags, target, ask);
      const options = { scenario, target, clients, serve, systems, version: WSSCALE_VERSION };
      const files = filesOf(options);
      writeNew(files, flags.force === true);
      for (const { path } of files) terminal.out(`wrote ${printable(path)}`);
      for (const line of nextSteps(files, options)) terminal.err(printable(line));
    });
}

type Ask = Terminal['ask'] | null;

/** Null: nobody can be asked, or wants to be. */
async function answer(ask: Ask, question: string, fallback: string): Promise<string> {
  if (ask === null) return fallback;
  const said = await ask(`${question}${fallback === '' ? '' : ` [${fallback}]`} `);
  return said === '' ? fallback : said;
}

/** A server elsewhere runs already. One on the machine of the job has to be started there. */
async function serveCommand({ serveCommand }: InitFlags, target: string, ask: Ask): Promise<string | null> {
  if (serveCommand !== undefined) return serveCommand;
  if (!/^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(target).hostname)) return null;
  const said = await answer(ask, 'Which command starts your server?', startCommand('.') ?? '');
  if (said !== '') return said;
  throw usageError(
    `--serve-command: ${printable(target)} is on the machine of the CI job; say what starts your server there`,
  );
}

function checkedTarget(text: string): string {
  const { success } = LOAD_OPTIONS.target.schema.safeParse(text);
  if (success && URL.canParse(text)) return text;
  throw usageError(`--target: ${printable(text)} is no URL that begins with ws:// or wss://`);
}

function checkedClients(text: string): number {
  const { success, data } = LOAD_OPTIONS.clients.schema.safeParse(Number(text));
  if (success) return data;
  throw usageError(`--clients: ${printable(text)} is no whole number above 0`);
}
