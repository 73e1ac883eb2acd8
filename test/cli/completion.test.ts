import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

const scripts: Record<string, string> = {};
beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) scripts[shell] = await printed(['completion', shell]);
});

/** What the command line prints on stdout. */
async function printed(args: string[]): Promise<string> {
  let text = '';
  const terminal: Terminal = {
    ...{ out: () => {}, err: () => {}, commands: () => {}, exit: () => {}, ask: async () => '' },
    ...{ columns: 80, color: false, interactive: false, interrupted: new Promise(() => {}) },
    async raw(document) {
      text += document;
    },
  };
  await createProgram(terminal).parseAsync(args, { from: 'user' });
  return text;
}

/** A new folder with the script and a file to find. */
function place(shell: string): { folder: string; script: string } {
  const folder = mkdtempSync(join(tmpdir(), 'wsscale-test-'));
  const script = join(folder, `completion.${shell}`);
  writeFileSync(script, scripts[shell]);
  writeFileSync(join(folder, 'my.yaml'), '');
  return { folder, script };
}

/** What a shell offers behind these words, the last of which is begun. */
type Complete = (...words: string[]) => string[];

const bash: Complete = (...words) => {
  const { folder, script } = place('bash');
  // bash takes an equals sign for a word of its own.
  const split = words.flatMap((word) => word.split(/(=)/).filter((part, i) => part !== '' || i === 0));
  const line = `
    source "$0"
    compopt() { [[ $1 == +o ]] && files=no; [[ $1 == -o ]] && files=yes; return 0; }
    COMP_WORDS=(wsscale "$@"); COMP_CWORD=$#
    _wsscale
    printf '%s\\n' "\${COMPREPLY[@]}"
    if [[ \${#COMPREPLY[@]} == 0 && $files == yes ]]; then compgen -f -- "\${COMP_WORDS[COMP_CWORD]}" || true; fi`;
  const output = execFileSync('bash', ['--norc', '-c', line, script, ...split], {
    cwd: folder,
    encoding: 'utf8',
  });
  return output.split('\n').filter((word) => word !== '');
};

const fish: Complete = (...words) => {
  const { folder, script } = place('fish');
  const line = `source ${script}; complete -C ${quoted(['wsscale', ...words].join(' '))}`;
  const output = execFileSync('fish', ['--no-config', '-c', line], { cwd: folder, encoding: 'utf8' });
  return output
    .split('\n')
    .map((offer) => offer.split('\t')[0])
    .filter((word) => word !== '');
};

/** Its completion works at a prompt only, so it is given one, and what it offers is written down on the way. */
const zsh: Complete = (...words) => {
  const { folder, script } = place('zsh');
  writeFileSync(
    join(folder, 'setup'),
    `PROMPT= RPROMPT=
    autoload -U compinit; compinit -u -D
    source ${script}
    wsscale() { : }
    compadd() {
      local -a all
      if [[ \${(M)@:#-[OAD]*} == '' ]]; then builtin compadd -O all "$@"; print -l -- $all >> offers; fi
      builtin compadd "$@"
    }`,
  );
  const typed = `source setup\n${['wsscale', ...words].join(' ')}\t\nexit\n`;
  execFileSync('script', ['-qec', 'zsh -f -i', '/dev/null'], {
    cwd: folder,
    input: typed,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const offers = join(folder, 'offers');
  return existsSync(offers)
    ? readFileSync(offers, 'utf8')
        .split('\n')
        .filter((word) => word !== '')
    : [];
};

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}

function isMissing(shell: string): boolean {
  if (spawnSync(shell, ['-c', 'exit 0']).status === 0) return false;
  if (process.env.CI) throw new Error(`${shell} is not installed, and CI tests with it`);
  process.stderr.write(`SKIPPED: ${shell} is not installed; its completion is not tested.\n`);
  return true;
}

const shells: [string, Complete][] = [
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
];

describe.each(shells)('in %s', (shell, complete) => {
  describe.skipIf(isMissing(shell))('completion', () => {
    it('offers the commands', () => {
      const offered = complete('');
      expect(offered).toEqual(expect.arrayContaining(['attack', 'serve', 'plan', 'gate', 'report', 'init']));
      expect(complete('at')).toEqual(['attack']);
    });

    it('offers the flags of the command, and no others', () => {
      expect(complete('attack', '--conn').sort()).toEqual(['--connect-rate', '--connect-timeout']);
      expect(complete('plan', '--conn')).toEqual([]);
    });

    it('offers the words that a flag takes', () => {
      expect(complete('attack', '--mode', '').sort()).toEqual(['broadcast', 'direct', 'echo']);
      expect(complete('report', '--format', 'custom').sort()).toEqual([
        'customBiggerIsBetter',
        'customSmallerIsBetter',
      ]);
    });

    it('offers the words that a command takes', () => {
      expect(complete('completion', '').sort()).toEqual(['bash', 'fish', 'zsh']);
    });

    it('offers files where a file may stand, and only there', () => {
      expect(complete('attack', 'my').map((word) => word.split('/').at(-1))).toEqual(['my.yaml']);
      expect(complete('attack', '--clients', 'my')).toEqual([]);
      expect(complete('schema', 'my')).toEqual([]);
    });
  });
});

it('bash completes what stands behind an equals sign', () => {
  expect(bash('attack', '--mode=br')).toEqual(['broadcast']);
  expect(bash('attack', '--mode=').sort()).toEqual(['broadcast', 'direct', 'echo']);
});

it('every flag of every command is in every script', async () => {
  const help = await helpOf('attack');
  const flags = [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => flag);
  expect(flags.length).toBeGreaterThan(40);
  for (const flag of flags) {
    expect(scripts.bash).toContain(flag);
    expect(scripts.zsh).toContain(`*${flag}`);
    expect(scripts.fish).toContain(`-l ${flag.slice(2)} `);
  }
});

async function helpOf(command: string): Promise<string> {
  const terminal = { out: () => {}, err: () => {} } as unknown as Terminal;
  const found = createProgram(terminal).commands.find((each) => each.name() === command);
  return found?.helpInformation() ?? '';
}
