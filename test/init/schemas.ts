/**
 * The published schemas of GitHub's and GitLab's files, as the program `check-jsonschema` has them. It is no package of Debian:
 * CI installs it where it can be had.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = 'check-jsonschema';

export const schemaCheckMissing = whyMissing();

function whyMissing(): string | null {
  if (spawnSync(PROGRAM, ['--version']).status === 0) return null;
  const reason = `${PROGRAM} is not installed`;
  process.stderr.write(`SKIPPED: ${reason}\n`);
  return reason;
}

/** @throws an error with its complaints, if the text does not satisfy the schema */
export function checkSchema(schema: string, text: string): void {
  const file = join(mkdtempSync(join(tmpdir(), 'wsscale-test-')), 'file.yml');
  writeFileSync(file, text);
  execFileSync(PROGRAM, ['--builtin-schema', schema, file], { stdio: ['ignore', 'pipe', 'pipe'] });
}
