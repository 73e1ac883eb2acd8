import { execFileSync } from 'node:child_process';
import { usageError } from '../base/errors.ts';
import { printable } from '../base/text.ts';

const MAX_OUTPUT_BYTES = 2 ** 28;

/** What `git:<rev>:<path>` names: a file or a folder, as it was at a revision. */
export interface GitPath {
  rev: string;
  path: string;
}

/** Reads `git:<rev>:<path>`; null: the text is something else. */
export function readGitPath(text: string): GitPath | null {
  const match = /^git:([^:]+):(.+)$/.exec(text);
  return match === null ? null : { rev: match[1], path: match[2] };
}

/**
 * Files in git, by their paths from here.
 * @throws a usage error if there is no such revision or path
 */
export function filesInGit({ rev, path }: GitPath): string[] {
  const files = git(['ls-tree', '-r', '-z', '--name-only', '--end-of-options', rev, '--', path])
    .split('\0')
    .filter((file) => file !== '');
  if (files.length === 0) throw usageError(`git has no ${printable(path)} at ${printable(rev)}`);
  return files;
}

/** The text of a file at a revision. */
export function textInGit(rev: string, file: string): string {
  return git(['show', '--end-of-options', `${rev}:./${file}`]);
}

/** The commit that is checked out here, shortened; null outside of git. */
export function currentCommit(): string | null {
  try {
    return git(['rev-parse', '--short=12', 'HEAD']).trim();
  } catch {
    return null;
  }
}

function git(args: string[]): string {
  try {
    return execFileSync('git', args, {
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT_BYTES,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw usageError(`git ${args[0]} failed: ${printable(stderr?.trim() || message)}`);
  }
}
