/** `wsscale completion`: scripts for shells, made from the command line's own definition. */

import { Argument, type Command, type Option } from 'commander';
import { LOAD_OPTIONS } from '../index.ts';
import { type CompletedCommand, type CompletedFlag, SHELLS } from './completion-scripts.ts';
import type { Terminal } from './terminal.ts';

export function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .summary('print what completes commands and flags in your shell')
    .description(
      'Prints a script. To have it in each new shell:\n' +
        "  bash  echo 'source <(wsscale completion bash)' >> ~/.bashrc\n" +
        "  zsh   echo 'source <(wsscale completion zsh)' >> ~/.zshrc        (behind compinit)\n" +
        '  fish  wsscale completion fish > ~/.config/fish/completions/wsscale.fish',
    )
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(SHELLS)))
    .action((shell: string) => terminal.raw(SHELLS[shell](commandsOf(program))));
}

/** What can be typed: the commands with their flags, the program itself first, without a name. */
function commandsOf(program: Command): CompletedCommand[] {
  const help = program.createHelp();
  const commands = help.visibleCommands(program);
  return [program, ...commands].map((command) => ({
    name: command === program ? '' : command.name(),
    summary: command.summary() || command.description(),
    flags: help.visibleOptions(command).map(flagOf),
    words: wordsOf(command, commands),
    takesFiles: command.registeredArguments.some((argument) => isFile(argument.name())),
  }));
}

/** `help` is given the name of a command, and what has choices one of these. */
function wordsOf(command: Command, commands: Command[]): string[] {
  const [first] = command.registeredArguments;
  if (first === undefined) return [];
  return first.argChoices ?? (first.name() === 'command' ? commands.map((other) => other.name()) : []);
}

function flagOf(option: Option): CompletedFlag {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const placeholder = /[<[](.*?)[>\]]/.exec(option.flags)?.[1];
  if (placeholder === undefined) return { names, help: option.description, value: null };
  const words = option.argChoices ?? kindsOf(option.flags);
  return { names, help: option.description, value: { words, isFile: isFile(placeholder) } };
}

/** A load option that is one of a few words says so in its schema. */
function kindsOf(flags: string): string[] {
  const option = Object.values(LOAD_OPTIONS).find(({ flag }) => flag === flags);
  const { def } = option?.schema ?? {};
  return def?.type === 'enum' ? Object.values(def.entries) : [];
}

/** Placeholders say what they stand for. */
function isFile(placeholder: string): boolean {
  return /^(file|dir|folder|record|records|scenario)(\.\.\.)?$/.test(placeholder);
}
