import { findProgram, type ProgramName } from '../../src/topology/installed.ts';

/** Whether a program is here to be tested with. CI has them all; elsewhere, what is skipped is told. */
export function isInstalled(name: ProgramName): boolean {
  if (findProgram(name) !== null) return true;
  if (process.env.CI !== undefined) throw new Error(`${name} is not installed, and CI tests with it`);
  process.stderr.write(`SKIPPED: ${name} is not installed; the tests with it do not run.\n`);
  return false;
}
