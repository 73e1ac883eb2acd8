/**
 * Completion scripts for shells, from commands as plain data. A script is whole: completing runs nothing.
 */

export interface CompletedFlag {
  names: string[];
  help: string;
  /** Null: it takes none. */
  value: { words: string[]; isFile: boolean } | null;
}

export interface CompletedCommand {
  /** Empty: before any command. */
  name: string;
  summary: string;
  flags: CompletedFlag[];
  /** What may stand there beside flags. */
  words: string[];
  takesFiles: boolean;
}

/** The shells by name. */
export const SHELLS: Record<string, (commands: CompletedCommand[]) => string> = { bash, zsh, fish };

function bash(commands: CompletedCommand[]): string {
  const [program, ...rest] = commands;
  const names = rest.map(({ name }) => name);
  const values = commands.flatMap(({ name, flags }) =>
    flags.flatMap(({ names: spelt, value }) =>
      value === null
        ? []
        : [`    ${spelt.map((flag) => `${quoted(`${name} ${flag}`)}`).join('|')}) ${bashValue(value)} ;;`],
    ),
  );
  const words = commands.map((command) => {
    const offered = command === program ? names : command.words;
    const flags = command.flags.flatMap((flag) => flag.names).join(' ');
    const files = command.takesFiles ? '' : '; compopt +o default';
    return `    ${quoted(command.name)}) words=${quoted(offered.join(' '))} flags=${quoted(flags)}${files} ;;`;
  });
  return `# Completion of wsscale for bash: source <(wsscale completion bash)
_wsscale() {
  local current=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD-1]} command= words= flags= word
  # bash takes --flag=value for three words.
  if [[ $current == = ]]; then current=; elif [[ $flag == = ]]; then flag=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      ${names.map(quoted).join('|')}) command=$word; break ;;
    esac
  done
  compopt -o default
  case "$command $flag" in
${values.join('\n')}
    *) case $command in
${words.map((line) => `  ${line}`).join('\n')}
    esac ;;
  esac
  [[ $current == -* ]] && words=$flags
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _wsscale wsscale
`;
}

/** Where nothing is offered, bash itself completes names of files, unless it is told not to. */
function bashValue({ words, isFile }: { words: string[]; isFile: boolean }): string {
  if (isFile) return 'return';
  return words.length === 0 ? 'compopt +o default; return' : `words=${quoted(words.join(' '))}`;
}

function zsh(commands: CompletedCommand[]): string {
  const [program, ...rest] = commands;
  const described = rest.map(({ name, summary }) => `    ${quoted(`${zshText(name)}:${summary}`)}`);
  const cases = rest.map(({ name, flags, words, takesFiles }) => {
    const operand = words.length > 0 ? [`*: :(${words.join(' ')})`] : takesFiles ? ['*:file:_files'] : [];
    const specs = [...flags.flatMap(zshFlag), ...operand].map((spec) => `        ${quoted(spec)}`);
    return `    ${name})\n      _arguments -s \\\n${specs.join(' \\\n')} ;;`;
  });
  const own = program.flags.flatMap(zshFlag).map((spec) => `      ${quoted(spec)}`);
  return `#compdef wsscale
# Completion of wsscale for zsh: source <(wsscale completion zsh)
_wsscale() {
  local -a commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    _arguments -s \\
${own.join(' \\\n')}
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
  esac
}
compdef _wsscale wsscale
`;
}

/** One spec for each spelling. A flag may be repeated, since some are. */
function zshFlag({ names, help, value }: CompletedFlag): string[] {
  const action = value === null ? '' : zshValue(value);
  return names.map(
    (name) => `*${name}${value === null ? '' : name.startsWith('--') ? '=' : '+'}[${zshText(help)}]${action}`,
  );
}

function zshValue({ words, isFile }: { words: string[]; isFile: boolean }): string {
  if (isFile) return ':file:_files';
  return words.length === 0 ? ':value: ' : `:value:(${words.join(' ')})`;
}

/** What ends a part of a spec is escaped. */
function zshText(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function fish(commands: CompletedCommand[]): string {
  const [program, ...rest] = commands;
  const own = program.flags.map((flag) => fishLine('__fish_use_subcommand', fishFlag(flag)));
  const names = rest.map(({ name, summary }) =>
    fishLine('__fish_use_subcommand', `-f -a ${fishQuoted(name)} -d ${fishQuoted(summary)}`),
  );
  const within = rest.flatMap(({ name, flags, words, takesFiles }) => {
    const here = `__fish_seen_subcommand_from ${name}`;
    const operands = words.length > 0 ? [`-f -a ${fishQuoted(words.join(' '))}`] : takesFiles ? [] : ['-f'];
    return [...operands, ...flags.map(fishFlag)].map((rule) => fishLine(here, rule));
  });
  return ['# Completion of wsscale for fish', ...own, ...names, ...within, ''].join('\n');
}

function fishLine(condition: string, rule: string): string {
  return `complete -c wsscale -n ${fishQuoted(condition)} ${rule}`;
}

function fishFlag({ names, help, value }: CompletedFlag): string {
  const spelt = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const taken = value === null ? [] : value.isFile ? ['-r'] : ['-x'];
  const words = value === null || value.words.length === 0 ? [] : [`-a ${fishQuoted(value.words.join(' '))}`];
  return [...spelt, ...taken, ...words, `-d ${fishQuoted(help)}`].join(' ');
}

/** For bash and zsh: in single quotes nothing means anything but the quote itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** In fish, a backslash does, too. */
function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
