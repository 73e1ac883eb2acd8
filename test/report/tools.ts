/**
 * Programs that check what we write. Where one is missing its tests are skipped, and say so; CI must have them all.
 */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Why a tool cannot be used, or null. */
export function missing(tool: string, path: string): string | null {
  if (existsSync(path)) return null;
  const reason = `${tool} is not installed at ${path}`;
  if (process.env.CI) throw new Error(`${reason}, and CI must not skip what needs it`);
  process.stderr.write(`SKIPPED: ${reason}\n`);
  return reason;
}

const XMLLINT = '/usr/bin/xmllint';
export const xmllintMissing = missing('xmllint', XMLLINT);

/** @throws an error with xmllint's complaints, if the text is not well-formed XML */
export function assertWellFormed(xml: string): void {
  execFileSync(XMLLINT, ['--noout', '-'], { input: xml, stdio: ['pipe', 'pipe', 'pipe'] });
}
