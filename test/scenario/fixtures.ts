import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { WsscaleError } from '../../src/base/errors.ts';
import type { OsLimits } from '../../src/base/limits.ts';
import type { Plan } from '../../src/model/plan.ts';
import { compile, type Overrides } from '../../src/scenario/compile.ts';
import { parseScenario } from '../../src/scenario/load.ts';

export const LIMITS: OsLimits = {
  nofileSoft: 20_200,
  nofileHard: 20_200,
  ephemeralPorts: [32_768, 60_999],
  somaxconn: 4096,
  tcpMaxSynBacklog: 4096,
  fileMax: 1_000_000,
};

/** What a test's seed is where nothing else says. */
export const FRESH_SEED = 77;

/** The plan of a scenario's text, on a machine of 4 cores. */
export function planOf(text: string, overrides: Overrides = {}): Plan {
  return compile(parseScenario(text, 's.yaml'), overrides, { cores: 4 }, () => FRESH_SEED);
}

/** The lines of the usage error that something throws; the message first. */
export function errorLines(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof WsscaleError) || error.code !== 'USAGE') throw error;
    return [error.message, ...error.details];
  }
  throw new Error('nothing was thrown');
}

/** What is wrong with a scenario's text. */
export function faultsOf(text: string, overrides: Overrides = {}): string[] {
  return errorLines(() => planOf(text, overrides)).slice(1);
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'wsscale-scenario-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file with this content, gone when the tests are over. */
export function tempFile(name: string, content: string | Buffer): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}
